"""What the lines of the bank say of people, sealed by the application: reference, text, other party, identity.

As in 0026: rows that are here already stay plain until the step after the migrations seals them, and no new row can be
plain. What makes a line the same line is its blind index now; while keys are rotated, the older one, which every line
has then.

Revision: 0033
Follows: 0032
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

PLAIN = ("reference", "remark", "counterparty", "identity")
_PLAIN = ", ".join(PLAIN)
_SET = "set search_path = pg_catalog, public, pg_temp"

IS_RETIRED = f"""
create function data_key_is_retired(sealed bytea) returns boolean language sql stable {_SET} as $$
  select exists (select from retired_data_key k where k.key_id = substr(sealed, 2, 4))
$$
"""
# Seals what was plain, or seals under another key: only who owns the tables, as the step after a migration and the
# commands do. The application and the auditor never change what only grows.
MAY_SEAL_ANEW = f"""
create function may_seal_anew(of_table oid, was bytea, becomes bytea) returns boolean language sql stable {_SET} as $$
  select becomes is not null and substr(becomes, 1, 1) = '\\x01' and octet_length(becomes) >= 34
     and (was is null or substr(was, 2, 4) <> substr(becomes, 2, 4))
     and pg_has_role(current_user, (select c.relowner from pg_class c where c.oid = of_table), 'USAGE')
$$
"""
GUARD_LINE = f"""
create function guard_bank_line() returns trigger language plpgsql {_SET} as $$
declare was bank_line; becomes bank_line;
begin
  if tg_op = 'INSERT' then
    if num_nonnulls({", ".join(f"new.{name}" for name in PLAIN)}) > 0 then
      raise exception 'what a line of the bank says is kept sealed'
        using errcode = '23514', constraint = 'bank_line_sealed';
    end if;
    if data_key_is_retired(new.said_sealed) then
      raise exception 'this key was taken away: nothing is sealed with it'
        using errcode = '23514', constraint = 'bank_line_key';
    end if;
    -- Who still holds the old key indexes with both; the older index is nobody's after the key was taken away.
    if exists (select from retired_data_key k where k.key_id = substr(new.identity_index_old, 1, 4)) then
      new.identity_index_old := null;
    end if;
    return new;
  end if;
  if tg_op = 'UPDATE' then
    was := old;
    becomes := new;
    was.identity_index_old := null;
    if old.identity_index_old is not null and was is not distinct from becomes then
      return new;
    end if;
    was.identity_index := new.identity_index;
    was.identity_index_old := new.identity_index_old;
    was.said_sealed := new.said_sealed;
    {" ".join(f"was.{name} := null;" for name in PLAIN)}
    if was is not distinct from becomes and may_seal_anew(tg_relid, old.said_sealed, new.said_sealed) then
      return new;
    end if;
  end if;
  raise exception 'table % is append-only', tg_table_name using errcode = '42501';
end $$
"""
FUNCTIONS = (IS_RETIRED, MAY_SEAL_ANEW, GUARD_LINE)
CHECKS = {
    "kept_once": f"num_nonnulls({_PLAIN}) in (0, 4) and num_nonnulls(identity, said_sealed) = 1",
    "said_sealed_form": (
        r"said_sealed is null or substr(said_sealed, 1, 1) = '\x01' and octet_length(said_sealed) between 34 and 12000"
    ),
    "identity_is_indexed": (
        "(said_sealed is null) = (identity_index is null) and (identity_index is null or octet_length(identity_index) "
        "= 36) and (identity_index_old is null or identity_index is not null and "
        "octet_length(identity_index_old) = 36)"
    ),
}
_SAME = ("account_id", "booked_on", "direction", "amount_fen")


def upgrade() -> None:
    """Apply."""
    for name in ("said_sealed", "identity_index", "identity_index_old"):
        op.add_column("bank_line", sa.Column(name, sa.LargeBinary(), nullable=True))
    for name in PLAIN:
        op.alter_column("bank_line", name, existing_type=sa.Text(), nullable=True)
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_bank_line_{name}"), "bank_line", rule)
    op.drop_constraint("uq_bank_line_same", "bank_line")
    op.create_index(
        "uq_bank_line_same",
        "bank_line",
        [*_SAME, sa.text("coalesce(identity_index_old, identity_index)"), "occurrence"],
        unique=True,
    )
    op.create_index(
        "ix_bank_line_plain",
        "bank_line",
        ["account_id", "booked_on"],
        postgresql_where=sa.text(" or ".join(f"{name} is not null" for name in PLAIN)),
    )
    for function in FUNCTIONS:
        op.execute(function)
    op.execute("drop trigger append_only on bank_line")
    op.execute(
        "create trigger append_only before insert or update or delete on bank_line "
        "for each row execute function guard_bank_line()"
    )
    op.execute("grant usage on sequence bank_line_id_seq to caseflow_application")


def downgrade() -> None:
    """Take back, where nothing is sealed yet: the database cannot open what is."""
    connection = op.get_bind()
    if connection.execute(sa.text("select exists (select from bank_line where said_sealed is not null)")).scalar_one():
        message = "lines of the bank are sealed, and only caseflow can open them: 0033 cannot be taken back"
        raise RuntimeError(message)
    op.execute("revoke usage on sequence bank_line_id_seq from caseflow_application")
    op.execute("drop trigger append_only on bank_line")
    op.execute(
        "create trigger append_only before update or delete on bank_line for each row execute function refuse_change()"
    )
    op.execute("drop function guard_bank_line()")
    op.execute("drop function may_seal_anew(oid, bytea, bytea)")
    op.execute("drop function data_key_is_retired(bytea)")
    op.drop_index("ix_bank_line_plain", table_name="bank_line")
    op.drop_index("uq_bank_line_same", table_name="bank_line")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_bank_line_{name}"), "bank_line")
    for name in ("identity_index_old", "identity_index", "said_sealed"):
        op.drop_column("bank_line", name)
    for name in PLAIN:
        op.alter_column("bank_line", name, existing_type=sa.Text(), nullable=False)
    op.create_unique_constraint("uq_bank_line_same", "bank_line", [*_SAME, "identity", "occurrence"])
