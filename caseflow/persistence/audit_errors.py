"""The database's refusals about samples and findings become named errors here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError

from caseflow.domain.words import Words
from caseflow.services.ports import AlreadyWritten
from caseflow.services.ports.auditing import AuditRefused

_TURN = Words(
    "Somebody else wrote on this finding a moment ago: look at it again", "该审计发现刚刚有新的记录，请重新查看"
)
_REFUSALS: Mapping[str, Words] = {
    "audit_role": Words("Your role may not write this", "您的岗位不得作此登记"),
    "finding_note_in_turn": _TURN,
    "uq_finding_note_finding_id_seq": _TURN,
    "finding_closed_by_another": Words("Who replied to a finding does not close it", "答复人不得办结该审计发现"),
    "sample_population_final": Words("The population moved: draw again", "抽样总体有变动，请重新抽取"),
}
_USED_KEYS = frozenset(
    {"uq_sample_key", "uq_finding_key", "uq_finding_note_key", "uq_sample_verdict_key_no", "uq_audit_event_key"}
)


@contextmanager
def audit_errors() -> Iterator[None]:
    """Turn a used key into ``AlreadyWritten`` and a broken rule into :class:`AuditRefused`."""
    try:
        yield
    except DBAPIError as error:
        cause = error.orig
        name = cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
        if name in _USED_KEYS:
            raise AlreadyWritten from error
        if name is not None and name in _REFUSALS:
            raise AuditRefused(name, _REFUSALS[name]) from error
        raise
