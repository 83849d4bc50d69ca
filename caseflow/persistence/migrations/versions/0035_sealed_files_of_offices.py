"""The files of banks and courts as they came, sealed by the application.

As in 0026: files that are here already stay plain until the step after the migrations seals them, and no new one can be
plain. The digest of a bank's file stays beside it, and whoever opens the file compares it.

Revision: 0035
Follows: 0034
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

# The sealed form is longer than the file by what seals it.
LARGEST = {"bank_file": 16_777_216 + 33, "court_reply_file": 2_097_152 + 33}
GUARD_FILE = """
create function guard_sealed_file() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare was record; becomes record;
begin
  if tg_op = 'INSERT' then
    if new.content is not null then
      raise exception 'a file is kept sealed' using errcode = '23514', constraint = tg_table_name || '_sealed';
    end if;
    if data_key_is_retired(new.content_sealed) then
      raise exception 'this key was taken away: nothing is sealed with it'
        using errcode = '23514', constraint = tg_table_name || '_key';
    end if;
    return new;
  end if;
  if tg_op = 'UPDATE' then
    was := old;
    becomes := new;
    was.content := null;
    was.content_sealed := null;
    becomes.content := null;
    becomes.content_sealed := null;
    if new.content is null and was is not distinct from becomes
       and may_seal_anew(tg_relid, old.content_sealed, new.content_sealed) then
      return new;
    end if;
  end if;
  raise exception 'table % is append-only', tg_table_name using errcode = '42501';
end $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute(GUARD_FILE)
    for table, largest in LARGEST.items():
        op.add_column(table, sa.Column("content_sealed", sa.LargeBinary(), nullable=True))
        op.alter_column(table, "content", existing_type=sa.LargeBinary(), nullable=True)
        op.create_check_constraint(op.f(f"ck_{table}_kept_once"), table, "num_nonnulls(content, content_sealed) = 1")
        op.create_check_constraint(
            op.f(f"ck_{table}_content_sealed_form"),
            table,
            r"content_sealed is null or substr(content_sealed, 1, 1) = '\x01' and octet_length(content_sealed) "
            f"between 34 and {largest}",
        )
        op.create_index(f"ix_{table}_plain", table, ["id"], postgresql_where=sa.text("content is not null"))
        op.execute(f"drop trigger append_only on {table}")
        op.execute(
            f"create trigger append_only before insert or update or delete on {table} "
            "for each row execute function guard_sealed_file()"
        )
        op.execute(f"grant usage on sequence {table}_id_seq to caseflow_application")


def downgrade() -> None:
    """Take back, where nothing is sealed yet: the database cannot open what is."""
    connection = op.get_bind()
    for table in LARGEST:
        # The names stand above.
        sealed = f"select exists (select from {table} where content_sealed is not null)"
        if connection.exec_driver_sql(sealed).scalar_one():
            message = "files are sealed, and only caseflow can open them: 0035 cannot be taken back"
            raise RuntimeError(message)
    for table in LARGEST:
        op.execute(f"revoke usage on sequence {table}_id_seq from caseflow_application")
        op.execute(f"drop trigger append_only on {table}")
        op.execute(
            f"create trigger append_only before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
        op.drop_index(f"ix_{table}_plain", table_name=table)
        for name in ("kept_once", "content_sealed_form"):
            op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
        op.drop_column(table, "content_sealed")
        op.alter_column(table, "content", existing_type=sa.LargeBinary(), nullable=False)
    op.execute("drop function guard_sealed_file()")
