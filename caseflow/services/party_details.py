"""What is personal of a case's party: sealed when it comes in; the identity number is masked when it is shown."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.identity_numbers import masked, normalised, person_key
from caseflow.services.ports.privacy import ADDRESS, CONTACT, IDENTITY, NAME, FieldCipher, SealBroken, SealedDetails
from caseflow.services.views import CaseHeader

log = structlog.get_logger()


@dataclass(frozen=True)
class PartyShown:
    """What may be shown of a party: the number with its last four characters only, and the address.

    Empty where nothing is kept. ``broken``: what is kept does not open, so it was changed outside caseflow or its key
    is missing; nothing of it is shown.
    """

    identity: str = ""
    address: str = ""
    broken: bool = False


@dataclass(frozen=True)
class PartyTold:
    """What is told of a party when its case is opened; empty where it is not known."""

    name: str
    contact: str = ""
    identity: str = ""
    address: str = ""


def sealed_details(cipher: FieldCipher, party_id: int, office_id: int, told: PartyTold) -> SealedDetails:
    """Return what a row of ``party`` keeps of what was told (empty: None).

    The number is kept as it was written; its index is that of the person, whose old and later number are one.
    """
    name, contact, place = told.name.strip(), told.contact.strip(), told.address.strip()
    number = normalised(told.identity)
    indexes = cipher.indexes(IDENTITY, office_id, person_key(number)) if number else ()
    return SealedDetails(
        name_sealed=cipher.seal(NAME, party_id, name),
        name_index=cipher.index(NAME, office_id, name),
        contact_sealed=cipher.seal(CONTACT, party_id, contact) if contact else None,
        identity_sealed=cipher.seal(IDENTITY, party_id, number) if number else None,
        identity_index=indexes[0] if indexes else None,
        identity_index_old=indexes[-1] if len(indexes) > 1 else None,
        address_sealed=cipher.seal(ADDRESS, party_id, place) if place else None,
    )


@dataclass(frozen=True)
class PartyDetails:
    """The use case that opens what is sealed, for those who read the case. It writes nothing."""

    cipher: FieldCipher

    def shown(self, actor: Actor, case: CaseHeader) -> PartyShown:
        """Return what may be shown of the party of a case of the actor's office; empty for any other case.

        Raises ``NotPermitted``.
        """
        check_permission(actor, Permission.READ_CASES)
        if case.office_id != actor.office_id:
            return PartyShown()
        try:
            return PartyShown(
                identity=masked(self._opened(IDENTITY, case.party_id, case.identity_sealed)),
                address=self._opened(ADDRESS, case.party_id, case.address_sealed),
            )
        except SealBroken:
            log.exception("sealed_field_broken", case_id=case.id)
            return PartyShown(broken=True)

    def _opened(self, field: str, party_id: int, sealed: bytes | None) -> str:
        return "" if sealed is None else self.cipher.open(field, party_id, sealed)
