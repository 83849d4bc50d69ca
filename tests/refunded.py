"""Cases that the refund finder finds: two levies of one person for one fact."""

from __future__ import annotations

from datetime import date

from caseflow.services.party_details import PartyTold
from tests.office import Office
from tests.parties import know_as

NUMBER, OTHER = "11010519491231002X", "440524188001010014"
NUMBER_BEFORE_1999 = "110105491231002"


def known_as(office: Office, case_id: int, identity: str, address: str = "云岭县") -> None:
    """Let the party of a case have this identity number."""
    know_as(office, case_id, PartyTold("Harmony Clinic", "", identity, address))


def twice_levied(office: Office, until: str = "close_case") -> tuple[int, int]:
    """Return two paid cases of one person for one fact, the first one first."""
    first = office.walk("fee_double_levy_refunded", until=until)
    second = office.walk("fee_double_levy_refunded", until=until)
    for case_id in (first, second):
        known_as(office, case_id, NUMBER)
    office.time.day = date(2022, 3, 1)
    return first, second
