"""What lists are ordered and found by stands in columns of its own, which row policies let an index answer.

Under a policy PostgreSQL gives an index no condition that might tell of rows before the policy has judged them, and
takes every expression but a plain column for one: lists ordered by ``coalesce(next_due_on, 'infinity')`` read every
case of an office.

Revision: 0036
Follows: 0035
"""

from __future__ import annotations

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

COLUMNS = (
    ("cases", "due_order_on", "date", "coalesce(next_due_on, 'infinity'::date)"),
    ("cases", "court_name", "text", "facts ->> 'court_name'"),
    ("cases", "number_reversed", "text", "reverse(number)"),
    ("party", "meeting_index", "bytea", "coalesce(identity_index_old, identity_index)"),
    ("wind_down_run_case", "tried_order_at", "timestamptz", "coalesce(tried_at, '-infinity'::timestamptz)"),
)
MINE = "waiting_for <> 'nobody'"
SECOND = f"{MINE} and second_officer_id is not null"
WAITING = "waiting_for in ('party', 'court', 'other')"
BOARD = "phase in ('collection', 'court_referral')"
OPEN = "outcome not in ('done', 'already_done')"
# Each index with its table and condition, and what it is over since now and was over before.
INDEXES = (
    ("ix_cases_mine", "cases", MINE, "owner_id, {cases.due_order_on}, id"),
    ("ix_cases_second", "cases", SECOND, "second_officer_id, {cases.due_order_on}, id"),
    ("ix_cases_desk", "cases", MINE, "office_id, desk_role, {cases.due_order_on}, id"),
    ("ix_cases_office_due", "cases", MINE, "office_id, {cases.due_order_on}, id"),
    ("ix_cases_board", "cases", BOARD, "office_id, regime, state, {cases.due_order_on}, id"),
    (
        "ix_cases_court",
        "cases",
        "{cases.court_name} is not null",
        "office_id, {cases.court_name}, regime, state, {cases.due_order_on}, id",
    ),
    ("ix_cases_number_suffix", "cases", "true", "office_id, {cases.number_reversed} text_pattern_ops"),
    ("ix_party_meets", "party", "identity_index is not null", "office_id, {party.meeting_index}"),
    (
        "ix_wind_down_run_case_open",
        "wind_down_run_case",
        OPEN,
        'run_id, {wind_down_run_case.tried_order_at}, "position"',
    ),
)


def upgrade() -> None:
    """Apply."""
    for table in dict.fromkeys(table for table, *_ in COLUMNS):
        added = ", ".join(
            f"add column {name} {kind} generated always as ({meant}) stored"
            for of, name, kind, meant in COLUMNS
            if of == table
        )
        op.execute(f"alter table {table} {added}")
    _make_indexes({f"{{{table}.{name}}}": name for table, name, *_ in COLUMNS})
    op.execute(f"create index ix_cases_waiting on cases (office_id, due_order_on, id) where {WAITING}")


def downgrade() -> None:
    """Take back."""
    _make_indexes({f"{{{table}.{name}}}": f"({meant})" for table, name, _, meant in COLUMNS})
    op.execute("drop index ix_cases_waiting")
    op.execute("drop index ix_cases_office_due")
    op.execute("create index ix_cases_office_due on cases (office_id, next_due_on, id) where waiting_for <> 'nobody'")
    for table, name, *_ in COLUMNS:
        op.execute(f"alter table {table} drop column {name}")


def _make_indexes(meanings: dict[str, str]) -> None:
    for name, table, condition, keys in INDEXES:
        made = f"create index {name} on {table} ({keys}) where {condition}"
        for written, meant in meanings.items():
            made = made.replace(written, meant)
        op.execute(f"drop index {name}")
        op.execute(made.removesuffix(" where true"))
