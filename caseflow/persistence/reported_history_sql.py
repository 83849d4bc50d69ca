"""The statements that write cases of old casebooks.

Cases, steps, money and receipts refer to one another, and their guards look at the end of a statement: so they are
staged by COPY and written by one statement, as a single step is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import text

from caseflow.persistence.ledger_sql import COPIED_TRANSFER, MONEY_COLUMNS

OFFICERS = text("""
select s.id from staff s join staff_role r on r.staff_id = s.id and r.role = 'officer'
 where s.office_id = :office_id and s.active order by s.id
""")
TAKE_IDS = text("""
select nextval('cases_id_seq') as case_id, nextval('party_id_seq') as party_id
  from generate_series(1, cast(:many as integer))
""")
RAISE_SERIALS = text("""
insert into case_serial (office_id, regime, year, last)
select :office_id, :regime, x.year, x.last
  from unnest(cast(:years as integer[]), cast(:lasts as integer[])) as x(year, last) order by x.year
on conflict (office_id, regime, year) do update set last = greatest(case_serial.last, excluded.last)
""")
OPEN_LIST = text("""
insert into receipt_lot (office_id, book, prefix, first_no, last_no, width, copies, opened_on, opened_by, event_key,
                         kind)
values (:office_id, :title, '', 1, :size, 12, 1, :day, :staff_id, :event_key, 'reported') returning id
""")
SOURCE = text('select file, "row", undated, notes from reported_case where case_id = :case_id')
# Which number of a batch was refused, seen after it was taken back: each looked for by its own index.
TAKEN_CASE = text("""
select coalesce(case when n.zh = c.number_zh then n.zh end, case when n.own = c.number then n.own end, n.zh, n.own)
  from unnest(cast(:numbers as text[]), cast(:numbers_zh as text[]), cast(:keys as text[]))
       with ordinality as n(own, zh, key, place)
  left join lateral (select number, number_zh from cases where office_id = :office_id and number_zh = n.zh
                     union all
                     select number, number_zh from cases where office_id = :office_id and number = n.own
                     limit 1) c on true
 where c.number is not null or exists (select from audit_event e where e.key = n.key)
 order by n.place limit 1
""")
TAKEN_RECEIPT = text("""
select number from receipt where office_id = :office_id and number = any(:numbers) order by number limit 1
""")
CALENDAR_VERSION = "select coalesce((select rounds from heartbeat where name = 'calendar'), 0)"

STAGED: Mapping[str, Sequence[str]] = {
    "cases": (
        "id", "office_id", "number", "number_zh", "regime", "definition_hash", "party_id", "owner_id",
        "second_officer_id", "state", "phase", "waiting_for", "version", "act_date", "opened_on", "filed_on",
        "decision_date", "served_on", "closed_on", "last_step_on", "facts", *MONEY_COLUMNS, "next_due_on", "next_clock",
        "desk_role", "idempotency_key",
    ),
    "step": (
        "case_id", "seq", "trigger", "from_state", "to_state", "actor_id", "role", "effective_on", "business_date",
        "answers", "postings", "law", "idempotency_key", "request_hash",
    ),
    "reported_case": ("case_id", "import_id", "file", "row", "undated", "notes", "event_key"),
    "transfer": (*COPIED_TRANSFER, "case_id", "seq"),
    "receipt": (
        "lot_id", "no", "office_id", "first_no", "last_no", "previous_no", "number", "case_id", "seq", "transfer_key",
        "amount_fen", "principal_fen", "charge_fen", "held_fen", "payer_sealed",
        "entered_on", "entered_by", "event_key",
    ),
}  # fmt: skip
# What every row of a table has besides.
_ALWAYS = {"step": {"reported": "true"}, "receipt": {"reported": "true", "status": "'issued'"}}
_IN_ORDER = {"cases": "id", "step": "case_id, seq", "transfer": "case_id, seq, leg", "receipt": "lot_id, no"}


def staging_table(name: str, columns: Sequence[str]) -> str:
    """Return the statement that makes the staging table of ``name`` for this transaction (again: nothing new)."""
    return (
        f"create temporary table if not exists imported_{name} on commit drop as "
        f"select {_listed(columns)} from public.{name} with no data"
    )


def copy_into(name: str) -> str:
    """Return the COPY into the staging table of ``name``."""
    return f"copy pg_temp.imported_{name} ({_listed(STAGED[name])}) from stdin"


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _insert(name: str) -> str:
    always = _ALWAYS.get(name, {})
    columns = _listed([*STAGED[name], *always])
    values = ", ".join([_listed(STAGED[name]), *always.values()])
    overriding = " overriding system value" if name == "cases" else ""
    order = f" order by {_IN_ORDER[name]}" if name in _IN_ORDER else ""
    return f"insert into public.{name} ({columns}){overriding} select {values} from pg_temp.imported_{name}{order}"


EMPTY = "truncate " + ", ".join(f"pg_temp.imported_{name}" for name in STAGED)
WRITE = "with " + ", ".join(f"w_{name} as ({_insert(name)})" for name in STAGED) + " select"
# The guards keep their plans: those made while a table was empty would walk it whole for every row of a large book.
BY_INDEX = ("discard plans", "set local enable_seqscan = off")
AS_BEFORE = "set local enable_seqscan to default"
EVENT_COLUMNS = ("key", "at", "actor_id", "office_id", "action", "case_id", "seq", "body", "leaf")
PARTY_COLUMNS = (
    "id", "office_id", "kind", "name_sealed", "name_index", "contact_sealed", "identity_sealed", "identity_index",
    "identity_index_old", "address_sealed",
)  # fmt: skip
CLOCK_COLUMNS = (
    "case_id", "rule_id", "binds", "status", "started_seq", "trigger_on", "due_on", "provisional", "after_rule",
    "closed_on", "closed_seq", "record", "rungs", "next_rung_on",
)  # fmt: skip
