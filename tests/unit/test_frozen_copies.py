from __future__ import annotations

import pytest

from caseflow.domain.frozen_copies import changed
from caseflow.domain.ledger import Money


def test_a_copy_has_other_values_and_the_first_stays() -> None:
    before = Money(assessed_fen=1, held_fen=2)
    after = changed(before, held_fen=3)
    assert (after, before) == (Money(assessed_fen=1, held_fen=3), Money(assessed_fen=1, held_fen=2))


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match="Money has no held"):
        changed(Money(), held=3)
