"""Papers: documents of a case drafted, reviewed, issued, corrected; their templates and counts (guards: 0014)."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from caseflow.domain.paper_life import LONGEST_NOTE, PaperStatus
from caseflow.persistence.tables.base import big_id, metadata, one_of

_SHA256 = "'^[0-9a-f]{64}$'"
_ISSUE = "issued_by, issued_at, issued_on, number_en, number_zh, template_hash, training, pdf_zh_sha256, pdf_en_sha256"

# What a paper was set from, for ever: so that it can be set again when the office's templates have changed.
paper_template = Table(
    "paper_template",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("main", Text, nullable=False),
    Column("files", JSONB, nullable=False),
    CheckConstraint(f"hash ~ {_SHA256}", name="hash"),
)

paper_serial = Table(
    "paper_serial",
    metadata,
    Column("office_id", ForeignKey("office.id"), primary_key=True),
    Column("mark", Text, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    CheckConstraint("last > 0", name="last"),
)

paper = Table(
    "paper",
    metadata,
    big_id(),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("texts", JSONB, nullable=False),
    # What a paper prepared before its step states: the answers that the step is then given.
    Column("foretold", JSONB, nullable=False, server_default="{}"),
    Column("drafted_by", ForeignKey("staff.id"), nullable=False),
    Column("drafted_at", DateTime(timezone=True), nullable=False),
    Column("writers", ARRAY(Integer), nullable=False),
    # The version of the case when the paper was begun; of an issued one, when it was issued.
    Column("case_seq", Integer, nullable=False),
    Column("made_seq", Integer),
    Column("submitted_by", ForeignKey("staff.id")),
    Column("submitted_at", DateTime(timezone=True)),
    Column("reviewed_by", ForeignKey("staff.id")),
    Column("reviewed_at", DateTime(timezone=True)),
    Column("reviewed_hash", Text),
    Column("returned_by", ForeignKey("staff.id")),
    Column("review_note", Text, nullable=False, server_default=""),
    Column("issued_by", ForeignKey("staff.id")),
    Column("issued_at", DateTime(timezone=True)),
    Column("issued_on", Date),
    Column("number_en", Text),
    Column("number_zh", Text),
    Column("mark", Text),
    Column("number_year", Integer),
    Column("serial", Integer),
    # Plain only in rows from before 0034 that are not sealed yet; the guard keeps every new one from being so.
    Column("inputs", JSONB),
    Column("inputs_sealed", LargeBinary),
    Column("template_hash", ForeignKey("paper_template.hash")),
    Column("training", Boolean),
    Column("pdf_zh_sha256", Text),
    Column("pdf_en_sha256", Text),
    Column("corrects_id", ForeignKey("paper.id")),
    Column("correction_reason", Text, nullable=False, server_default=""),
    # A paper written out for a step is of the kind which that step made.
    ForeignKeyConstraint(
        ["case_id", "made_seq", "kind"],
        ["case_document.case_id", "case_document.seq", "case_document.kind"],
        name="fk_paper_made",
    ),
    ForeignKeyConstraint(
        ["office_id", "mark", "number_year"],
        ["paper_serial.office_id", "paper_serial.mark", "paper_serial.year"],
        name="fk_paper_serial",
    ),
    UniqueConstraint("office_id", "number_en"),
    UniqueConstraint("office_id", "number_zh"),
    UniqueConstraint("office_id", "mark", "number_year", "serial"),
    CheckConstraint(one_of("status", tuple(one.value for one in PaperStatus)), name="status"),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("length(key) between 1 and 200", name="key_length"),
    CheckConstraint("jsonb_typeof(texts) = 'object'", name="texts"),
    CheckConstraint("drafted_by = any(writers)", name="drafter_writes"),
    CheckConstraint("submitted_by = any(writers)", name="submitter_writes"),
    CheckConstraint("reviewed_by <> all(writers)", name="reviewed_by_other_eyes"),
    CheckConstraint(
        "status = 'dropped' or (status in ('reviewed', 'issued')) = (num_nulls(reviewed_by, reviewed_at, reviewed_hash)"
        " = 0) and (status in ('reviewed', 'issued') or num_nonnulls(reviewed_by, reviewed_at, reviewed_hash) = 0)",
        name="reviewed_whole",
    ),
    CheckConstraint(
        "status in ('draft', 'dropped') or num_nulls(submitted_by, submitted_at) = 0", name="submitted_whole"
    ),
    CheckConstraint(
        f"(status = 'issued' and num_nulls({_ISSUE}) = 0 and num_nonnulls(inputs, inputs_sealed) = 1) or "
        f"(status <> 'issued' and num_nonnulls({_ISSUE}, inputs, inputs_sealed, mark, number_year, serial) = 0)",
        name="issued_whole",
    ),
    CheckConstraint(
        r"inputs_sealed is null or substr(inputs_sealed, 1, 1) = '\x01' and octet_length(inputs_sealed) "
        "between 34 and 16777216",
        name="inputs_sealed_form",
    ),
    CheckConstraint("num_nulls(mark, number_year, serial) in (0, 3)", name="serial_whole"),
    CheckConstraint("length(number_en) between 1 and 200 and length(number_zh) between 1 and 200", name="number"),
    CheckConstraint(f"pdf_zh_sha256 ~ {_SHA256} and pdf_en_sha256 ~ {_SHA256}", name="pdf"),
    CheckConstraint(f"length(review_note) <= {LONGEST_NOTE}", name="review_note"),
    CheckConstraint(
        f"(corrects_id is null) = (correction_reason = '') and length(correction_reason) <= {LONGEST_NOTE}",
        name="correction",
    ),
    Index("ix_paper_case", "case_id", text("id desc")),
    Index("ix_paper_issued", "case_id", postgresql_where=text("status = 'issued'")),
    Index("ix_paper_all_issued", "office_id", "id", postgresql_where=text("status = 'issued'")),
    Index("ix_paper_plain", "id", postgresql_where=text("inputs is not null")),
    Index("ix_paper_review", "office_id", "id", postgresql_where=text("status = 'in_review'")),
    # One paper of a kind is under way at a time, and one correction of a paper there is at most.
    Index(
        "uq_paper_under_way",
        "case_id",
        "kind",
        unique=True,
        postgresql_where=text("status in ('draft', 'in_review', 'reviewed')"),
    ),
    Index(
        "uq_paper_correction",
        "corrects_id",
        unique=True,
        postgresql_where=text("corrects_id is not null and status <> 'dropped'"),
    ),
)
