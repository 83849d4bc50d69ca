"""Nothing is sealed or indexed under a key that was taken away, in any sealed column and by any change.

Only new rows of ``party`` were held to it. The columns are those of ``persistence/sealed_columns.py`` as they are today:
a migration that adds a sealed column adds its guard (``tests/attack/test_retired_keys.py`` goes through the list).

Revision: 0038
Follows: 0037
"""

from __future__ import annotations

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# Of each table its sealed columns, and its blind indexes: the id of the key stands behind one byte, or at the front.
GUARDED = {
    "party": (("name_sealed", "contact_sealed", "identity_sealed", "address_sealed"), ("name_index", "identity_index")),
    "receipt": (("payer_sealed",), ()),
    "casebook_row": (("sealed",), ()),
    "staff_totp": (("secret_sealed", "offered_sealed"), ()),
    "submission": (("text_sealed",), ()),
    "submission_answer": (("reasons_sealed",), ()),
    "bank_line": (("said_sealed",), ("identity_index",)),
    "paper": (("inputs_sealed",), ()),
    "bank_file": (("content_sealed",), ()),
    "court_reply_file": (("content_sealed",), ()),
}
_HEAD = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$"
GUARD = f"""
create function guard_{{table}}_keys() {_HEAD}
begin
  if exists (select from retired_data_key k where k.key_id in ({{keys}})) then
    raise exception 'this key was taken away: nothing is sealed with it'
      using errcode = '23514', constraint = 'retired_data_key';
  end if;
  return new;
end $$;
create trigger data_keys before insert or update of {{columns}} on {{table}}
  for each row when ({{written}}) execute function guard_{{table}}_keys();
"""
_NEW_ROWS_ONLY = """  if tg_op = 'INSERT' and exists (
       select from retired_data_key k
        where k.key_id in (substr(new.name_sealed, 2, 4), substr(new.identity_sealed, 2, 4))) then
    raise exception 'this key was taken away: nothing is sealed with it' using errcode = '23514', constraint = 'party_key';
  end if;
"""
GUARD_PARTY = f"""
create or replace function guard_party_seals() {_HEAD}
begin
  if new.name is not null and (tg_op = 'INSERT' or new.name is distinct from old.name)
     or new.contact is not null and (tg_op = 'INSERT' or new.contact is distinct from old.contact) then
    raise exception 'the name and the contact of a party are kept sealed'
      using errcode = '23514', constraint = 'party_sealed';
  end if;
{{new_rows_only}}  -- Who still holds the old key indexes with both; the older index is nobody's after the key was taken away.
  if new.identity_index_old is not null and exists (
       select from retired_data_key k where k.key_id = substr(new.identity_index_old, 1, 4)) then
    new.identity_index_old := null;
  end if;
  return new;
end $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute(GUARD_PARTY.format(new_rows_only=""))
    for table, (sealed, indexes) in GUARDED.items():
        columns = (*sealed, *indexes)
        keys = [f"substr(new.{one}, 2, 4)" for one in sealed] + [f"substr(new.{one}, 1, 4)" for one in indexes]
        written = " or ".join(f"new.{one} is not null" for one in columns)
        op.execute(GUARD.format(table=table, keys=", ".join(keys), columns=", ".join(columns), written=written))


def downgrade() -> None:
    """Take back."""
    for table in GUARDED:
        op.execute(f"drop trigger data_keys on {table}")
        op.execute(f"drop function guard_{table}_keys()")
    op.execute(GUARD_PARTY.format(new_rows_only=_NEW_ROWS_ONLY))
