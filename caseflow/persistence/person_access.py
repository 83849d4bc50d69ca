"""Codes, passphrases and sessions of the person of a case, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from caseflow.domain.audit import AuditEvent
from caseflow.domain.words import Words
from caseflow.persistence import audit
from caseflow.persistence.errors import named_errors
from caseflow.services.ports.person_access import (
    GivenCode,
    NewCode,
    NewPersonSession,
    Occasion,
    PersonAtCase,
    WayIn,
)

_KEYS: Final = frozenset({"uq_person_code_key", "uq_audit_event_key"})
_WAY_IN: Final = text("""
select c.id, c.office_id, c.party_id, c.number, k.id as code_id, k.code_hash, p.hash as passphrase_hash
  from cases c
  left join person_code k on k.case_id = c.id and k.used_at is null and k.ended_at is null and k.expires_at > :at
  left join person_passphrase p on p.case_id = c.id and p.ended_at is null
 where c.office_id = :office_id and (c.number in (:number, upper(:number)) or c.number_zh = :number)
 order by c.number = :number desc limit 1
""")
_END_CODES: Final = text(
    "update person_code set ended_at = :at where case_id = :case_id and used_at is null and ended_at is null"
)
_GIVE: Final = text("""
insert into person_code (office_id, case_id, party_id, code_hash, occasion, paper_id, key, made_by, made_at, expires_at)
select office_id, id, party_id, :code_hash, :occasion, :paper_id, :key, :made_by, :made_at, :expires_at
  from cases where id = :case_id returning id
""")
_END_PASSPHRASE: Final = text(
    "update person_passphrase set ended_at = :at where case_id = :case_id and ended_at is null"
)
_END_SESSIONS: Final = text("update person_session set ended_at = :at where case_id = :case_id and ended_at is null")
_CODES: Final = text("""
select k.id, k.occasion, k.paper_id, p.kind as paper_kind, s.name_en as made_en, s.name_zh as made_zh, k.made_at,
       k.expires_at, k.used_at, k.ended_at
  from person_code k join staff s on s.id = k.made_by left join paper p on p.id = k.paper_id
 where k.case_id = :case_id order by k.id desc limit :limit
""")
_USE: Final = text(
    "update person_code set used_at = :at where id = :code_id and used_at is null and ended_at is null returning id"
)
_OPEN: Final = text("""
insert into person_session (office_id, case_id, party_id, token_hash, opened_by, code_id, opened_at, ends_at)
select office_id, id, party_id, :token_hash, :opened_by, :code_id, :at, :ends_at from cases where id = :case_id
returning id
""")
_AT_CASE: Final = text(
    "select s.case_id, s.office_id, s.party_id, s.id as session_id, c.number, c.number_zh "
    "from person_session s join cases c on c.id = s.case_id "
    "where s.token_hash = :token_hash and s.ended_at is null and s.ends_at > :at"
)
_END: Final = text("update person_session set ended_at = :at where id = :id and ended_at is null")
_KEEP_PASSPHRASE: Final = text("""
insert into person_passphrase (office_id, case_id, hash, chosen_at)
select office_id, id, :hash, :at from cases where id = :case_id
""")
_HAS_PASSPHRASE: Final = text(
    "select exists (select from person_passphrase where case_id = :case_id and ended_at is null)"
)
_OFFICES: Final = text("select id, title_en, title_zh from office order by title_zh, id limit :limit")
_ROLES: Final = text(
    "select staff_id, array_agg(role order by role) as roles from staff_role "
    "where staff_id = any(cast(:ids as integer[])) group by staff_id"
)


class PersonAccess:
    """Fulfils :class:`caseflow.services.ports.person_access.PersonAccessStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def way_in(self, office_id: int, number: str, at: datetime) -> WayIn | None:
        """Return what a case number of an office leads to at that moment."""
        row = self._connection.execute(_WAY_IN, {"office_id": office_id, "number": number, "at": at}).one_or_none()
        if row is None:
            return None
        return WayIn(row.id, row.office_id, row.party_id, row.number, row.code_id, row.code_hash, row.passphrase_hash)

    def give(self, new: NewCode, event: AuditEvent) -> int:
        """Write a code and end every older one that was not used."""
        parameters = {**vars(new), "occasion": new.occasion.value}
        with named_errors(_KEYS):
            self._connection.execute(_END_CODES, {"case_id": new.case_id, "at": new.made_at})
            given: int = self._connection.execute(_GIVE, parameters).scalar_one()
            audit.write(self._connection, event)
        return given

    def end_access(self, case_id: int, at: datetime) -> None:
        """End the passphrase and the open sessions of a case."""
        for statement in (_END_PASSPHRASE, _END_SESSIONS):
            self._connection.execute(statement, {"case_id": case_id, "at": at})

    def codes(self, case_id: int, limit: int) -> Sequence[GivenCode]:
        """Return the codes of a case, newest first."""
        rows = self._connection.execute(_CODES, {"case_id": case_id, "limit": limit})
        return [GivenCode(**{**row._asdict(), "occasion": Occasion(row.occasion)}) for row in rows]

    def open_session(self, new: NewPersonSession, event: AuditEvent) -> int | None:
        """Open a session, using up its code."""
        if new.code_id is not None:
            used = self._connection.execute(_USE, {"code_id": new.code_id, "at": new.at}).scalar_one_or_none()
            if used is None:
                return None
        opened: int = self._connection.execute(_OPEN, {**vars(new), "opened_by": new.opened_by.value}).scalar_one()
        audit.write(self._connection, event)
        return opened

    def at_case(self, token_hash: bytes, at: datetime) -> PersonAtCase | None:
        """Return whose session this is, if it is open at that moment."""
        row = self._connection.execute(_AT_CASE, {"token_hash": token_hash, "at": at}).one_or_none()
        return None if row is None else PersonAtCase(**row._asdict())

    def end_session(self, session_id: int, at: datetime, event: AuditEvent) -> None:
        """End a session."""
        self._connection.execute(_END, {"id": session_id, "at": at})
        audit.write(self._connection, event)

    def keep_passphrase(self, case_id: int, passphrase_hash: str, at: datetime, event: AuditEvent) -> None:
        """Keep the hash of a new passphrase in place of the old one."""
        self._connection.execute(_END_PASSPHRASE, {"case_id": case_id, "at": at})
        self._connection.execute(_KEEP_PASSPHRASE, {"case_id": case_id, "hash": passphrase_hash, "at": at})
        audit.write(self._connection, event)

    def has_passphrase(self, case_id: int) -> bool:
        """Tell whether the person of a case chose a passphrase."""
        return bool(self._connection.execute(_HAS_PASSPHRASE, {"case_id": case_id}).scalar_one())

    def roles_of(self, staff_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
        """Return the roles that these members of staff hold now, by their id."""
        rows = self._connection.execute(_ROLES, {"ids": sorted(staff_ids)})
        return {row.staff_id: row.roles for row in rows}

    def offices(self, limit: int) -> Sequence[tuple[int, Words]]:
        """Return every office by its id and title, in order of the Chinese title."""
        rows = self._connection.execute(_OFFICES, {"limit": limit})
        return [(row.id, Words(row.title_en, row.title_zh)) for row in rows]

    def note(self, event: AuditEvent) -> None:
        """Write an event alone."""
        audit.write(self._connection, event)
