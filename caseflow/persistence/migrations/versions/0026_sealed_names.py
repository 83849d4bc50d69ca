"""Names and contacts of parties, and the payers of receipts, sealed by the application; keys that were taken away.

The database cannot seal: rows that are here already stay plain until the step after the migrations seals them
(``caseflow.persistence.resealing``). From here on no new row can be plain.

Revision: 0026
Follows: 0025
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_HEAD = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$"
GUARD_PARTY = f"""
create function guard_party_seals() {_HEAD}
begin
  if new.name is not null and (tg_op = 'INSERT' or new.name is distinct from old.name)
     or new.contact is not null and (tg_op = 'INSERT' or new.contact is distinct from old.contact) then
    raise exception 'the name and the contact of a party are kept sealed'
      using errcode = '23514', constraint = 'party_sealed';
  end if;
  if tg_op = 'INSERT' and exists (
       select from retired_data_key k
        where k.key_id in (substr(new.name_sealed, 2, 4), substr(new.identity_sealed, 2, 4))) then
    raise exception 'this key was taken away: nothing is sealed with it' using errcode = '23514', constraint = 'party_key';
  end if;
  -- Who still holds the old key indexes with both; the older index is nobody's after the key was taken away.
  if new.identity_index_old is not null and exists (
       select from retired_data_key k where k.key_id = substr(new.identity_index_old, 1, 4)) then
    new.identity_index_old := null;
  end if;
  return new;
end $$
"""
# A seal under another key, or in place of a plain name: the only change of a receipt that stays what it is.
_SEALED_ANEW = """begin
  if tg_op = 'UPDATE' and to_jsonb(new) - 'payer' - 'payer_sealed' = to_jsonb(old) - 'payer' - 'payer_sealed'
     and (new.payer, new.payer_sealed) is distinct from (old.payer, old.payer_sealed) then
    if new.payer is null and (new.payer_sealed is null) = (old.amount_fen is null) then
      return new;
    end if;
    raise exception 'the payer of receipt % is kept sealed', old.number using errcode = '42501';
  end if;
  if tg_op = 'INSERT' and new.payer is not null then
    raise exception 'the payer of a receipt is kept sealed' using errcode = '23514', constraint = 'receipt_sealed';
  end if;
"""
_CELLS_SEALED_ANEW = """begin
  if to_jsonb(new) - 'sealed' = to_jsonb(old) - 'sealed' and new.sealed is not null and old.sealed is not null then
    return new;
  end if;
"""
# What becomes of the text of guards that stand already: (function, text, text in its place).
CHANGED_GUARDS = (
    ("guard_receipt()", "begin\n", _SEALED_ANEW),
    ("guard_receipt()", "new.payer, new.entered_on", "new.payer, new.payer_sealed, new.entered_on"),
    ("guard_receipt()", "old.payer, old.entered_on", "old.payer, old.payer_sealed, old.entered_on"),
    ("guard_casebook_row()", "begin\n", _CELLS_SEALED_ANEW),
)
PARTY_CHECKS = {
    "kept_once": "num_nonnulls(name, name_sealed) = 1 and num_nonnulls(contact, contact_sealed) <= 1",
    "name_sealed_form": (
        r"(name_sealed is null or substr(name_sealed, 1, 1) = '\x01' and octet_length(name_sealed) between 34 and 1000) "
        r"and (contact_sealed is null or substr(contact_sealed, 1, 1) = '\x01' and octet_length(contact_sealed) "
        "between 34 and 2000)"
    ),
    "name_is_indexed": (
        "(name_sealed is null) = (name_index is null) and (name_index is null or octet_length(name_index) = 36) "
        "and (identity_index_old is null or identity_index is not null and octet_length(identity_index_old) = 36)"
    ),
}
_MONEY = (
    "num_nulls(amount_fen, principal_fen, charge_fen, held_fen) in (0, 4) and (amount_fen is null or ("
    "amount_fen > 0 and least(principal_fen, charge_fen, held_fen) >= 0 "
    "and principal_fen + charge_fen + held_fen = amount_fen{payer}))"
)
RECEIPT_CHECKS = {
    "items_make_the_amount": _MONEY.format(payer=""),
    "payer_kept_once": (
        "num_nonnulls(nullif(payer, ''), payer_sealed) = case when amount_fen is null then 0 else 1 end "
        r"and (payer_sealed is null or substr(payer_sealed, 1, 1) = '\x01' and octet_length(payer_sealed) "
        "between 34 and 1000) and length(payer) <= 200"
    ),
}
_ITEMS_BEFORE = _MONEY.format(payer=" and length(payer) between 1 and 200")


def _change_guards(changes: Sequence[tuple[str, str, str]]) -> None:
    for name, before, after in changes:
        found = op.get_bind().execute(sa.text("select pg_get_functiondef(cast(:name as regprocedure))"), {"name": name})
        body = found.scalar_one()
        if before not in body:
            message = f"{name} is not the guard that 0026 changes"
            raise RuntimeError(message)
        op.get_bind().exec_driver_sql(body.replace(before, after, 1).replace("%", "%%"))


def upgrade() -> None:
    """Apply."""
    for name in ("name_sealed", "name_index", "contact_sealed", "identity_index_old"):
        op.add_column("party", sa.Column(name, sa.LargeBinary(), nullable=True))
    for name in ("name", "contact"):
        op.alter_column("party", name, existing_type=sa.Text(), nullable=True, server_default=None)
    for name, rule in PARTY_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_party_{name}"), "party", rule)
    op.drop_index("ix_party_name", table_name="party")
    op.create_index("ix_party_name", "party", ["office_id", "name_index"])
    op.create_index(
        "ix_party_meets",
        "party",
        ["office_id", sa.text("coalesce(identity_index_old, identity_index)")],
        postgresql_where=sa.text("identity_index is not null"),
    )
    op.create_index(
        "ix_party_plain", "party", ["id"], postgresql_where=sa.text("name is not null or contact is not null")
    )
    op.create_table(
        "retired_data_key",
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("octet_length(key_id) = 4", name=op.f("ck_retired_data_key_key_id_length")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_retired_data_key")),
    )
    op.add_column("receipt", sa.Column("payer_sealed", sa.LargeBinary(), nullable=True))
    op.alter_column("receipt", "payer", existing_type=sa.Text(), nullable=True, server_default=None)
    op.drop_constraint(op.f("ck_receipt_items_make_the_amount"), "receipt")
    for name, rule in RECEIPT_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_receipt_{name}"), "receipt", rule)
    op.create_index("ix_receipt_plain", "receipt", ["lot_id", "no"], postgresql_where=sa.text("payer is not null"))
    op.execute(GUARD_PARTY)
    _change_guards(CHANGED_GUARDS)
    op.execute(
        "create trigger seals before insert or update on party for each row execute function guard_party_seals()"
    )
    op.execute("grant update (payer, payer_sealed) on receipt to caseflow_application")
    op.execute("grant select on retired_data_key to caseflow_application, caseflow_spending, caseflow_auditor")


def downgrade() -> None:
    """Take back, where nothing is sealed yet: the database cannot open what is."""
    connection = op.get_bind()
    if connection.execute(sa.text("select exists (select from party where name_sealed is not null)")).scalar_one():
        message = "names are sealed, and only caseflow can open them: 0026 cannot be taken back"
        raise RuntimeError(message)
    op.execute("revoke update (payer, payer_sealed) on receipt from caseflow_application")
    op.execute("drop trigger seals on party")
    op.execute("drop function guard_party_seals()")
    _change_guards([(name, after, before) for name, before, after in reversed(CHANGED_GUARDS)])
    op.drop_index("ix_receipt_plain", table_name="receipt")
    for name in RECEIPT_CHECKS:
        op.drop_constraint(op.f(f"ck_receipt_{name}"), "receipt")
    op.alter_column("receipt", "payer", existing_type=sa.Text(), nullable=False, server_default="")
    op.drop_column("receipt", "payer_sealed")
    op.create_check_constraint(op.f("ck_receipt_items_make_the_amount"), "receipt", _ITEMS_BEFORE)
    op.drop_table("retired_data_key")
    for name in ("ix_party_plain", "ix_party_meets", "ix_party_name"):
        op.drop_index(name, table_name="party")
    op.create_index("ix_party_name", "party", ["office_id", "name"], postgresql_ops={"name": "text_pattern_ops"})
    for name in PARTY_CHECKS:
        op.drop_constraint(op.f(f"ck_party_{name}"), "party")
    op.alter_column("party", "name", existing_type=sa.Text(), nullable=False)
    op.alter_column("party", "contact", existing_type=sa.Text(), nullable=False, server_default="")
    for name in ("identity_index_old", "contact_sealed", "name_index", "name_sealed"):
        op.drop_column("party", name)
