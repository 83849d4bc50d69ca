"""What issued papers say, sealed by the application; what an erased case's papers said is sealed over.

As in 0026: papers that are here already stay plain until the step after the migrations seals them, and no paper is issued
plain any more. ``erase_case`` is handed what takes the place of what each issued paper said.

Revision: 0034
Follows: 0033
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# A seal under another key, or in place of what was plain: the only change of an issued paper that stays what it is.
_SEALED_ANEW = """begin
  if tg_op = 'UPDATE' then
    if old.status = 'issued' and new.inputs is null
       and to_jsonb(new) - 'inputs' - 'inputs_sealed' = to_jsonb(old) - 'inputs' - 'inputs_sealed'
       and may_seal_anew(tg_relid, old.inputs_sealed, new.inputs_sealed) then
      return new;
    end if;
  end if;
"""
_ONLY_SEALED = """if new.inputs is not null then
    raise exception 'what a paper says is kept sealed' using errcode = '23514', constraint = 'paper_sealed';
  end if;
  if data_key_is_retired(new.inputs_sealed) then
    raise exception 'this key was taken away: nothing is sealed with it' using errcode = '23514', constraint = 'paper_key';
  end if;
  if new.serial is not null and not exists ("""
# What becomes of the text of guards that stand already: (function, text, text in its place).
CHANGED_GUARDS = (
    ("guard_paper()", "begin\n", _SEALED_ANEW),
    ("guard_paper()", "if new.serial is not null and not exists (", _ONLY_SEALED),
)
_ISSUE = "issued_by, issued_at, issued_on, number_en, number_zh, template_hash, training, pdf_zh_sha256, pdf_en_sha256"
BEFORE = (
    f"(status = 'issued' and num_nulls({_ISSUE}, inputs) = 0) or "
    f"(status <> 'issued' and num_nonnulls({_ISSUE}, inputs, mark, number_year, serial) = 0)"
)
CHECKS = {
    "issued_whole": (
        f"(status = 'issued' and num_nulls({_ISSUE}) = 0 and num_nonnulls(inputs, inputs_sealed) = 1) or "
        f"(status <> 'issued' and num_nonnulls({_ISSUE}, inputs, inputs_sealed, mark, number_year, serial) = 0)"
    ),
    "inputs_sealed_form": (
        r"inputs_sealed is null or substr(inputs_sealed, 1, 1) = '\x01' and octet_length(inputs_sealed) "
        "between 34 and 16777216"
    ),
}
_OLD_PAPERS = """foretold = '{}', inputs = case when inputs is null then null else '{}'::jsonb end,
         review_note"""
_NEW_PAPERS = """foretold = '{}', inputs = null,
         inputs_sealed = (select n.sealed from unnest(issued, told) as n(id, sealed) where n.id = p.id),
         review_note"""
_EVERY_PAPER = """if exists (select from paper p where p.case_id = wanted and p.status = 'issued' and p.id <> all(issued)) then
    raise exception 'every issued paper is erased' using errcode = '23514', constraint = 'retention_papers';
  end if;
  update paper p set texts"""
ERASE_BEFORE = "erase_case(bigint, bigint, text, bytea, bytea, bigint[], bytea[], bigint[], bytea[])"
ERASE_AFTER = ERASE_BEFORE.replace(")", ", bigint[], bytea[])")
_ERASE_CHANGES = (
    ("reasons bytea[])", "reasons bytea[], issued bigint[], told bytea[])"),
    ("update paper set texts", _EVERY_PAPER),
    (_OLD_PAPERS, _NEW_PAPERS),
)


def _body_of(function: str) -> str:
    found = op.get_bind().execute(sa.text("select pg_get_functiondef(cast(:name as regprocedure))"), {"name": function})
    body: str = found.scalar_one()
    return body


def _changed(body: str, before: str, after: str) -> str:
    if before not in body:
        message = f"0034 does not find what it changes: {before}"
        raise RuntimeError(message)
    return body.replace(before, after, 1)


def _run(body: str) -> None:
    op.get_bind().exec_driver_sql(body.replace("%", "%%"))


def _change_erase(was: str, becomes: str, changes: tuple[tuple[str, str], ...]) -> None:
    body = _body_of(was)
    for before, after in changes:
        body = _changed(body, before, after)
    op.execute(f"drop function {was}")
    _run(body)
    op.execute(f"revoke execute on function {becomes} from public")
    op.execute(f"grant execute on function {becomes} to caseflow_application")


def upgrade() -> None:
    """Apply."""
    op.add_column("paper", sa.Column("inputs_sealed", sa.LargeBinary(), nullable=True))
    op.drop_constraint(op.f("ck_paper_issued_whole"), "paper")
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_paper_{name}"), "paper", rule)
    op.create_index("ix_paper_plain", "paper", ["id"], postgresql_where=sa.text("inputs is not null"))
    for function, before, after in CHANGED_GUARDS:
        _run(_changed(_body_of(function), before, after))
    op.execute("grant update (inputs_sealed) on paper to caseflow_application")
    _change_erase(ERASE_BEFORE, ERASE_AFTER, _ERASE_CHANGES)


def downgrade() -> None:
    """Take back, where nothing is sealed yet: the database cannot open what is."""
    connection = op.get_bind()
    if connection.execute(sa.text("select exists (select from paper where inputs_sealed is not null)")).scalar_one():
        message = "what papers say is sealed, and only caseflow can open it: 0034 cannot be taken back"
        raise RuntimeError(message)
    _change_erase(ERASE_AFTER, ERASE_BEFORE, tuple((after, before) for before, after in reversed(_ERASE_CHANGES)))
    for function, before, after in reversed(CHANGED_GUARDS):
        _run(_changed(_body_of(function), after, before))
    op.drop_index("ix_paper_plain", table_name="paper")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_paper_{name}"), "paper")
    op.drop_column("paper", "inputs_sealed")
    op.create_check_constraint(op.f("ck_paper_issued_whole"), "paper", BEFORE)
