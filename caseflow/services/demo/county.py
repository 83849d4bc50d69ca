"""The county's file: staff, parties, what people write into fields, and the paths cases take, all of it data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from caseflow.domain.access import Role

_TOKEN = re.compile(
    r"(?P<step>[a-z0-9_]+)(?:>(?P<after>[a-z0-9_.]+))?(?:\+(?P<wait_days>[0-9]+)|-(?P<days_ago>[0-9]+))?(?:@(?P<on>[0-9]{4}-[0-9]{2}-[0-9]{2}))?"
)


class CountyRefused(Exception):
    """The county's file cannot be used; the message names the place and the fault."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(_Part):
    """A name in both languages."""

    en: str
    zh: str


class OfficePlan(_Part):
    """The office. ``head`` is the login of its head, to whom escalations go in the end."""

    code: str
    title: Named
    mail_domain: str
    head: str


class StaffPlan(_Part):
    """One member of staff."""

    login: str
    name: Named
    roles: tuple[Role, ...]
    locale: str = "zh"


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) else value


def _as_choices(value: Any) -> Any:
    return [_as_text(item) for item in value] if isinstance(value, list | tuple) else [_as_text(value)]


Answer = Annotated[str, BeforeValidator(_as_text)]
# Several texts: each case takes one of them.
Choices = Annotated[tuple[str, ...], BeforeValidator(_as_choices)]


class TriedPlan(_Part):
    """An attempt to serve a document that did not succeed, so many days before the step that follows."""

    document: str
    method: str
    result: str
    days_before: int = Field(ge=0)
    hour: int = Field(default=10, ge=0, le=23)
    note: str = ""


class StepPlan(_Part):
    """One step of a path.

    It is taken ``wait_days`` after the step before, or that many days after the first day on which the clock ``after``
    has run out, or ``days_ago`` before the business date, or exactly ``on`` a day of record. Where it is not ``on`` a
    day, a rest day moves to the next working day. ``tried`` are the attempts to serve that failed before it.
    """

    step: str
    wait_days: int = 0
    after: str | None = None
    days_ago: int | None = None
    on: date | None = None
    tried: tuple[TriedPlan, ...] = ()
    answers: Mapping[str, Answer] = Field(default_factory=dict)


class Ends(_Part):
    """Where the histories of a batch stand in time; every number or date makes one case.

    ``last``: days from the last step to the business date. ``due``: days from the business date to the next due date.
    ``opened``: the day the case was opened.
    """

    last: tuple[int, ...] = ()
    due: tuple[int, ...] = ()
    opened: tuple[date, ...] = ()


class Batch(_Part):
    """Cases that take the same path. Only counties as at ``since`` <= day < ``before`` have them."""

    regime: str
    party: str
    path: tuple[str | StepPlan, ...]
    upto: str | None = None
    ends: Ends
    since: date | None = None
    before: date | None = None
    golden: str | None = None
    answers: Mapping[str, Answer] = Field(default_factory=dict)
    party_name: str | None = None
    owner: str | None = None

    def belongs_on(self, day: date) -> bool:
        """Tell whether a county as at ``day`` has this batch."""
        return (self.since is None or self.since <= day) and (self.before is None or day < self.before)


class ReceiptPlan(_Part):
    """The county's receipts: lots of ``lot_size`` numbers from ``first`` on, and what becomes of some of them.

    ``spoiled`` and ``lost`` count the numbers from the first one (1).
    """

    book: str
    first: str
    lot_size: int = Field(ge=1)
    copies: int = Field(ge=1)
    check_sheet: str
    spoiled: tuple[int, ...] = ()
    why_spoiled: str
    lost: tuple[int, ...] = ()
    why_lost: str


class StrayPlan(_Part):
    """Money nobody can explain: on day ``day`` (0: the first) of the last whole month; ``fen`` above zero."""

    day: int = Field(ge=0, le=27)
    fen: int = Field(gt=0)
    payer: str
    text: str
    reason: str


class BankingPlan(_Part):
    """The county's collecting account, and what goes wrong there.

    ``missing`` and ``misread`` count receipts from the last one that a statement can show (1): no line shows them, or a
    line whose number is one digit off. ``misadvised_fen``: by how much the advice that is corrected differed.
    """

    bank: str
    account: str
    file: str
    text: str
    text_out: str
    treasury: str
    voucher: str
    advice: str
    misadvised_fen: int
    missing: tuple[int, ...] = ()
    misread: tuple[int, ...] = ()
    stray: StrayPlan


class County(_Part):
    """A whole county, which can be had as at ``earliest`` or later.

    ``answers`` maps ``all`` or a regime to field names and what is written there. ``serials_after`` maps a regime to
    the number above which its cases are numbered in every year; below is room for an old casebook.
    """

    office: OfficePlan
    earliest: date
    password: str
    staff: tuple[StaffPlan, ...]
    parties: Mapping[str, Choices]
    receipts: ReceiptPlan
    banking: BankingPlan
    serials_after: Mapping[str, Annotated[int, Field(ge=0, le=8000)]] = Field(default_factory=dict)
    answers: Mapping[str, Mapping[str, Choices]]
    paths: Mapping[str, tuple[str | StepPlan, ...]]
    cases: tuple[Batch, ...]

    @model_validator(mode="after")
    def _head_works_here(self) -> Self:
        if self.office.head not in {one.login for one in self.staff}:
            message = f"nobody has the login of the office's head, '{self.office.head}'"
            raise ValueError(message)
        return self

    def steps_of(self, batch: Batch) -> tuple[StepPlan, ...]:
        """Return the steps of a batch with its named paths written out. Raises :class:`CountyRefused`."""
        steps = list(self._written_out(batch.path))
        if batch.upto is None:
            return tuple(steps)
        names = [step.step for step in steps]
        if batch.upto not in names:
            message = f"a batch of {batch.regime} goes up to '{batch.upto}', which is not on its path {names}"
            raise CountyRefused(message)
        return tuple(steps[: names.index(batch.upto) + 1])

    def _written_out(self, path: Sequence[str | StepPlan]) -> list[StepPlan]:
        steps: list[StepPlan] = []
        for item in path:
            if isinstance(item, StepPlan):
                steps.append(item)
            elif item.startswith("~"):
                if item[1:] not in self.paths:
                    message = f"there is no path called '{item[1:]}'"
                    raise CountyRefused(message)
                steps += self._written_out(self.paths[item[1:]])
            else:
                steps.append(_step(item))
        return steps


def read_county(data: Mapping[str, Any], name: str) -> County:
    """Return the county that ``data`` describes; ``name`` is quoted in a refusal. Raises :class:`CountyRefused`."""
    try:
        return County.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = f"{name}: {where}: {first['msg']}"
        raise CountyRefused(message) from error


def _step(token: str) -> StepPlan:
    found = _TOKEN.fullmatch(token)
    if found is None:
        message = (
            f"'{token}' is not a step: write name, name+DAYS, name>CLOCK, name>CLOCK+DAYS, name-DAYS_AGO or name@DATE"
        )
        raise CountyRefused(message)
    given = {key: value for key, value in found.groupdict().items() if value is not None}
    return StepPlan.model_validate(given)
