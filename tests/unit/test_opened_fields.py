"""What was opened is noted by whoever opens the seals, and by nobody else's work."""

from __future__ import annotations

from caseflow.adapters.field_cipher import AesFieldCipher, DataKeys, new_key
from caseflow.services.opened_fields import NotingCipher, note_party, noting
from caseflow.services.ports.privacy import ADDRESS, IDENTITY


def test_every_party_whose_fields_are_opened_is_noted() -> None:
    cipher = NotingCipher(AesFieldCipher(lambda: DataKeys.of([new_key()], "a test")))
    sealed = {row: cipher.seal(IDENTITY, row, "110101199003070000") for row in (1, 2, 3)}
    address = cipher.seal(ADDRESS, 2, "1 High Street")
    with noting() as opened:
        assert cipher.open(IDENTITY, 1, sealed[1]) == "110101199003070000"
        with noting() as inner:
            assert cipher.open(ADDRESS, 2, address) == "1 High Street"
        note_party(9)
    assert (opened, inner) == ({1, 9}, {2})
    cipher.open(IDENTITY, 3, sealed[3])
    note_party(4)
    assert opened == {1, 9}
