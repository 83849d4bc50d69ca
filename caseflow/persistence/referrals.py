"""Referrals in PostgreSQL: written by the steps themselves, read here; their bundles, the evidence chosen for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from caseflow.domain.audit import AuditEvent
from caseflow.domain.words import Words
from caseflow.persistence import audit
from caseflow.persistence.errors import named_errors
from caseflow.services.ports.referrals import CaseEvent, MadeBundle, NotOfTheCase, ReferralRow

_NEWEST: Final = text("""
select id, case_id, office_id, decision_no, decision_seq, signed_seq, filed_seq, filed_on, court, withdrawn_seq,
       ended_seq
  from referral where case_id = :case_id order by id desc limit 1
""")
_BUNDLES: Final = text("""
select b.referral_id, b.tagmanifest_sha256, b.made_at, s.name_en, s.name_zh
  from referral_bundle b left join staff s on s.id = b.made_by
 where b.case_id = :case_id order by b.id desc limit :limit
""")
_NOTE: Final = text("""
insert into referral_bundle (case_id, referral_id, tagmanifest_sha256, made_by)
values (:case_id, :referral_id, :hash, :made_by)
""")
_EVENTS: Final = text("""
select e.id, e.key, e.at, e.actor_id, e.office_id, e.action, c.number as case_number, e.seq, e.body, e.leaf,
       l.seq as place
  from audit_event e join cases c on c.id = e.case_id left join log_leaf l on l.kind = 'event' and l.ref_id = e.id
 where e.case_id = :case_id and e.seq is not null order by e.seq, e.id
""")
_CHOSEN: Final = text(
    "select file_id from referral_evidence where case_id = :case_id and dropped_at is null order by file_id"
)
_DROP: Final = text("""
update referral_evidence set dropped_at = clock_timestamp(), dropped_by = :staff_id
 where case_id = :case_id and dropped_at is null and file_id <> all(:files)
""")
_CHOOSE: Final = text("""
insert into referral_evidence (case_id, file_id, chosen_by)
select :case_id, chosen, :staff_id from unnest(cast(:files as bigint[])) as chosen
 where not exists (select from referral_evidence e where e.file_id = chosen and e.dropped_at is null)
on conflict do nothing
""")


class Referrals:
    """Fulfils :class:`caseflow.services.ports.referrals.ReferralStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def newest(self, case_id: int) -> ReferralRow | None:
        """Return the newest referral of a case."""
        row = self._connection.execute(_NEWEST, {"case_id": case_id}).mappings().one_or_none()
        return None if row is None else ReferralRow(**row)

    def bundles(self, case_id: int, limit: int) -> Sequence[MadeBundle]:
        """Return the bundles of a case, newest first."""
        rows = self._connection.execute(_BUNDLES, {"case_id": case_id, "limit": limit})
        return [
            MadeBundle(
                row.referral_id,
                bytes(row.tagmanifest_sha256),
                Words(row.name_en, row.name_zh) if row.name_en is not None else None,
                row.made_at,
            )
            for row in rows
        ]

    def note_bundle(self, referral: ReferralRow, tagmanifest_sha256: bytes, event: AuditEvent) -> None:
        """Write down that a bundle was made. Raises ``AlreadyWritten`` for a used key."""
        with named_errors():
            audit.write(self._connection, event)
            self._connection.execute(
                _NOTE,
                {
                    "case_id": referral.case_id,
                    "referral_id": referral.id,
                    "hash": tagmanifest_sha256,
                    "made_by": event.actor_id,
                },
            )

    def events_of_case(self, case_id: int) -> Sequence[CaseEvent]:
        """Return the audit events of a case's steps, in order."""
        found = []
        for row in self._connection.execute(_EVENTS, {"case_id": case_id}):
            event = AuditEvent(
                row.key, row.at, row.actor_id, row.office_id, row.action, row.case_number, row.seq, row.body
            )
            found.append(CaseEvent(row.id, row.seq, event.canonical(), row.place, bytes(row.leaf)))
        return found

    def chosen(self, case_id: int) -> Sequence[int]:
        """Return the numbers of the files that were chosen for the court, in order."""
        return list(self._connection.execute(_CHOSEN, {"case_id": case_id}).scalars())

    def choose(self, case_id: int, files: Collection[int], event: AuditEvent) -> None:
        """Let exactly these files be chosen for the court. Raises :class:`NotOfTheCase` and ``AlreadyWritten``."""
        asked = {"case_id": case_id, "files": sorted(files), "staff_id": event.actor_id}
        try:
            with named_errors():
                audit.write(self._connection, event)
                self._connection.execute(_DROP, asked)
                self._connection.execute(_CHOOSE, asked)
        except IntegrityError as error:
            if isinstance(error.orig, psycopg.errors.CheckViolation):
                raise NotOfTheCase from error
            raise
