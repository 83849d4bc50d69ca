"""Where nothing is collected any more, nobody is offered to pay it later, and the person is told why."""

from __future__ import annotations

import pytest

from caseflow.domain.submissions import Kind
from caseflow.services.submissions import SubmissionRefused
from tests.fee_cases import STAGES, fee_cases
from tests.office import Office
from tests.submitted import person_of, submit


@pytest.mark.parametrize("stage", STAGES)
def test_nobody_applies_to_pay_an_abolished_fee_by_instalments(office: Office, stage: str) -> None:
    person = person_of(office, fee_cases(office, stage)[stage])
    standing = {one.kind: one for one in office.application.submissions.intake.kinds(person)}
    said = standing[Kind.INSTALMENTS].closed
    assert said is not None
    for words in ("abolished on", "Nothing is collected in this case any more", "claim for a refund"):
        assert words in said.en
    assert "不再收取" in said.zh
    with pytest.raises(SubmissionRefused) as refusal:
        submit(office, person, Kind.INSTALMENTS)
    assert refusal.value.faults == (("", said),)
    assert standing[Kind.STATEMENT].closed is None
    assert (standing[Kind.REFUND_CLAIM].closed is None) is (stage in ("part", "paid"))


def test_a_closed_case_takes_no_application_for_instalments(office: Office) -> None:
    case_id = office.walk("fee_paid_2011", until="close_case")
    said = office.application.submissions.intake.kinds(person_of(office, case_id))
    [closed] = [one.closed for one in said if one.kind is Kind.INSTALMENTS]
    assert closed is not None
    assert closed.en.startswith("This case is closed.")
