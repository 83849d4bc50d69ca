"""Imports of old casebooks: the file while it is needed, its rows and what became of each (guards: 0020)."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from caseflow.domain.casebook.imports import LONGEST_NAME, LONGEST_REASON, Fate, ImportState, Phase
from caseflow.domain.casebook.rows import Grade
from caseflow.persistence.tables.base import big_id, metadata, one_of

_HELD = "(state in ('committing', 'committed'))"

casebook_import = Table(
    "casebook_import",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("entered_by", ForeignKey("staff.id"), nullable=False),
    Column("entered_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("idempotency_key", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    # What was chosen by a person (columns, encoding, sheet), and how the file was read with it.
    Column("regime", Text),
    Column("asked", JSONB, nullable=False, server_default="{}"),
    Column("read", JSONB),
    Column("fault_en", Text, nullable=False, server_default=""),
    Column("fault_zh", Text, nullable=False, server_default=""),
    # Counters and sums, of the rows as they were judged last and of what became of them.
    Column("totals", JSONB, nullable=False, server_default="{}"),
    Column("fates", JSONB, nullable=False, server_default="{}"),
    Column("good_rows_only", Boolean),
    Column("committed_by", ForeignKey("staff.id")),
    Column("committed_at", DateTime(timezone=True)),
    # Nothing waits any more, or it was dropped: then the file and the cells of its rows are gone.
    Column("finished_at", DateTime(timezone=True)),
    CheckConstraint(f"length(name) between 1 and {LONGEST_NAME} and name !~ '[/\\\\[:cntrl:]]'", name="name_is_safe"),
    CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),
    CheckConstraint("size_bytes > 0", name="not_empty"),
    CheckConstraint(one_of("state", tuple(one.value for one in ImportState)), name="state"),
    CheckConstraint(f"{_HELD} = (committed_by is not null and good_rows_only is not null)", name="commit_is_asked_for"),
    CheckConstraint("(state = 'committed') = (committed_at is not null)", name="committed_has_a_time"),
    CheckConstraint("state not in ('committing', 'committed') or regime is not null", name="regime_is_known"),
    CheckConstraint("finished_at is null or state in ('committed', 'dropped')", name="finished_when_done"),
    CheckConstraint("state <> 'dropped' or finished_at is not null", name="dropped_is_finished"),
    Index("ix_casebook_import_newest", "office_id", text("id desc")),
    Index("ix_casebook_import_at_work", "id", postgresql_where=text("state in ('checking', 'committing')")),
)

casebook_file = Table(
    "casebook_file",
    metadata,
    Column("import_id", ForeignKey("casebook_import.id"), primary_key=True, autoincrement=False),
    # Encrypted with the keys of the files of cases.
    Column("sealed", LargeBinary, nullable=False),
)

casebook_row = Table(
    "casebook_row",
    metadata,
    Column("import_id", ForeignKey("casebook_import.id"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("case_number", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("fate", Text, nullable=False),
    # The cells of mapped columns and what was found about them; gone once nobody needs them.
    Column("sealed", LargeBinary),
    # What equal contents have in common within the office: a row that was written is known when it comes again.
    Column("content_index", LargeBinary),
    Column("case_id", ForeignKey("cases.id")),
    Column("reason", Text, nullable=False, server_default=""),
    Column("decided_by", ForeignKey("staff.id")),
    Column("decided_at", DateTime(timezone=True)),
    CheckConstraint("number > 0", name="number_positive"),
    CheckConstraint("length(case_number) <= 200", name="case_number_length"),
    CheckConstraint(one_of("grade", tuple(one.value for one in Grade)), name="grade"),
    CheckConstraint(one_of("fate", tuple(one.value for one in Fate)), name="fate"),
    CheckConstraint("(fate in ('waiting', 'quarantined')) = (sealed is not null)", name="cells_only_while_open"),
    CheckConstraint(
        "(fate in ('written', 'mended', 'already_there')) = (case_id is not null)", name="case_of_its_fate"
    ),
    CheckConstraint("(fate in ('written', 'mended')) = (content_index is not null)", name="index_of_what_was_written"),
    CheckConstraint("(fate = 'left_out') = (length(reason) > 0)", name="left_out_with_a_reason"),
    CheckConstraint(f"length(reason) <= {LONGEST_REASON}", name="reason_length"),
    CheckConstraint(
        "(fate in ('mended', 'left_out')) <= (decided_by is not null) and (decided_by is null) = (decided_at is null)",
        name="decided_by_somebody",
    ),
    Index("ix_casebook_row_grade", "import_id", "grade", "number"),
    Index("ix_casebook_row_fate", "import_id", "fate", "number"),
    Index("ix_casebook_row_case", "case_id", postgresql_where=text("case_id is not null")),
)

casebook_columns = Table(
    "casebook_columns",
    metadata,
    Column("office_id", ForeignKey("office.id"), primary_key=True),
    Column("headings_sha256", Text, primary_key=True),
    Column("regime", Text, nullable=False),
    Column("columns", JSONB, nullable=False),
    Column("saved_by", ForeignKey("staff.id"), nullable=False),
    Column("saved_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    CheckConstraint("headings_sha256 ~ '^[0-9a-f]{64}$'", name="headings_sha256_form"),
)

# No record: how far the work has come, written beside the transaction that does it.
casebook_progress = Table(
    "casebook_progress",
    metadata,
    Column("import_id", ForeignKey("casebook_import.id"), primary_key=True, autoincrement=False),
    Column("phase", Text),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("total", Integer, nullable=False, server_default="0"),
    Column("beat_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("tries", Integer, nullable=False, server_default="0"),
    CheckConstraint(one_of("phase", tuple(one.value for one in Phase)), name="phase"),
    CheckConstraint("done >= 0 and total >= 0 and tries >= 0", name="not_below_zero"),
)
