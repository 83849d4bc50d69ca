"""Drawing audit samples, drawing them again to check them, and recording what was found of each item."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.ledger import MOVES
from caseflow.domain.sampling import MOST_ITEMS, Method, draw
from caseflow.domain.words import Words
from caseflow.services.cases import KeyReused
from caseflow.services.duties import check_duties
from caseflow.services.ports import AlreadyWritten, BusinessTime, Store
from caseflow.services.ports.auditing import NewSample, Population, Sample, SampleItem, Verdict

PAGE_SIZE = 50
LONGEST_PURPOSE = 200
LONGEST_NOTE = 500
VERDICTS = ("ok", "finding")
_EMPTY = ("", Words("No transfer was booked there", "该范围内没有记账分录"))
_PURPOSE = ("purpose", Words("Say in up to 200 characters what the sample is for", "请用不超过200字说明抽样目的"))
_PERIOD = ("booked_to", Words("The last day is not before the first", "截止日期不得早于起始日期"))
_OPERATION = ("operation", Words("This line has no such operation", "该收支线没有此项业务"))
_SIZE = ("size", Words(f"Give a number from 1 to {MOST_ITEMS}.", f"请填写1至{MOST_ITEMS}之间的样本量。"))
_NO_VERDICT = ("", Words("Give a verdict on at least one item", "请至少对一个样本作出结论"))
_NOTE = ("", Words("A remark has at most 500 characters", "备注不得超过500字"))


class NoSuchSample(LookupError):
    """No such sample in the actor's office."""


class SampleRefused(Exception):
    """A sample cannot be drawn so; ``field`` names the input it is about (empty: none)."""

    def __init__(self, field: str, words: Words) -> None:
        self.field, self.words = field, words
        super().__init__(words.en)


@dataclass(frozen=True)
class DrawSample:
    """What an auditor asks to be drawn."""

    purpose: str
    population: Population
    method: Method
    size: int
    idempotency_key: str


@dataclass(frozen=True)
class DrawnAgain:
    """What drawing a sample again from its seed gave, against what is stored."""

    population_count: int
    population_fen: int
    same_population: bool
    same_items: bool


@dataclass(frozen=True)
class Samples:
    """The use cases of sampling; the auditor's own."""

    store: Store
    time: BusinessTime

    def draw(self, actor: Actor, asked: DrawSample) -> int:
        """Draw a sample with a new seed and keep it; return its id. A repeated request answers its first result.

        Raises ``NotPermitted``, :class:`SampleRefused`, ``KeyReused``.
        """
        check_duties(actor, Permission.AUDIT)
        _check(asked)
        try:
            return self._draw(actor, asked)
        except AlreadyWritten:
            # The same form was sent twice at once; what the other one drew is there now.
            return self._draw(actor, asked)

    def _draw(self, actor: Actor, asked: DrawSample) -> int:
        with self.store.begin() as work:
            first = work.samples.by_key(actor.office_id, asked.idempotency_key)
            if first is not None:
                return _first_result(first, asked)
            below = work.samples.horizon()
            population = work.samples.population(actor.office_id, asked.population, below)
            if not population:
                raise SampleRefused(*_EMPTY)
            seed = secrets.token_hex(16)
            new = NewSample(
                key=asked.idempotency_key,
                purpose=asked.purpose.strip(),
                population=asked.population,
                method=asked.method,
                below=below,
                population_count=len(population),
                population_fen=sum(item.amount_fen for item in population),
                size=asked.size,
                seed=seed,
                items=draw(asked.method, population, asked.size, seed),
                drawn_on=self.time.today(),
            )
            event = self._event(actor, f"sample:{asked.idempotency_key}", "sample_drawn", _body(new))
            sample_id = work.samples.add(actor.office_id, new, event)
            work.commit()
        return sample_id

    def newest(self, actor: Actor, *, before_id: int | None = None) -> tuple[Sequence[Sample], int | None]:
        """Return one page of samples, newest first, and the key that continues it. Raises ``NotPermitted``."""
        check_permission(actor, Permission.AUDIT)
        with self.store.begin() as work:
            found = work.samples.newest(actor.office_id, before_id=before_id, limit=PAGE_SIZE + 1)
        shown = found[:PAGE_SIZE]
        return shown, shown[-1].id if len(found) > PAGE_SIZE else None

    def show(self, actor: Actor, sample_id: int) -> tuple[Sample, Sequence[SampleItem]]:
        """Return a sample and its items. Raises ``NotPermitted``, :class:`NoSuchSample`."""
        check_permission(actor, Permission.AUDIT)
        with self.store.begin() as work:
            sample = work.samples.get(actor.office_id, sample_id)
            if sample is None:
                raise NoSuchSample(sample_id)
            return sample, work.samples.items(sample_id)

    def draw_again(self, actor: Actor, sample_id: int) -> tuple[Sample, DrawnAgain]:
        """Draw a sample again from its population and seed, and compare.

        Raises ``NotPermitted``, :class:`NoSuchSample`.
        """
        check_permission(actor, Permission.AUDIT)
        with self.store.begin() as work:
            sample = work.samples.get(actor.office_id, sample_id)
            if sample is None:
                raise NoSuchSample(sample_id)
            population = work.samples.population(actor.office_id, sample.population, sample.below)
            stored = work.samples.chosen(sample_id)
        total_fen = sum(item.amount_fen for item in population)
        again = draw(sample.method, population, sample.size, sample.seed)
        same = (len(population), total_fen) == (sample.population_count, sample.population_fen)
        return sample, DrawnAgain(len(population), total_fen, same, list(again) == list(stored))

    def judge(self, actor: Actor, sample_id: int, verdicts: Sequence[Verdict], *, idempotency_key: str) -> None:
        """Record verdicts on items of a sample; the newest of an item counts. A repeated request changes nothing.

        Raises ``NotPermitted``, :class:`NoSuchSample`, ``KeyReused``.
        """
        check_duties(actor, Permission.AUDIT)
        try:
            self._judge(actor, sample_id, verdicts, idempotency_key)
        except AlreadyWritten:
            self._judge(actor, sample_id, verdicts, idempotency_key)

    def was_judged(self, actor: Actor, idempotency_key: str) -> bool:
        """Tell whether verdicts were recorded under this key."""
        check_permission(actor, Permission.AUDIT)
        with self.store.begin() as work:
            return bool(work.samples.verdicts_with(idempotency_key))

    def _judge(self, actor: Actor, sample_id: int, verdicts: Sequence[Verdict], idempotency_key: str) -> None:
        with self.store.begin() as work:
            sample = work.samples.get(actor.office_id, sample_id)
            if sample is None:
                raise NoSuchSample(sample_id)
            _check_verdicts(sample, verdicts)
            wanted = [(sample_id, Verdict(one.no, one.verdict, one.note)) for one in verdicts]
            written = work.samples.verdicts_with(idempotency_key)
            if written:
                if list(written) != wanted:
                    raise KeyReused(idempotency_key)
                return
            body = {
                "sample": sample_id,
                "verdicts": [{"no": one.no, "verdict": one.verdict, "note": one.note} for one in verdicts],
            }
            event = self._event(actor, f"verdict:{idempotency_key}", "sample_judged", body)
            work.samples.judge(sample_id, idempotency_key, verdicts, self.time.today(), event)
            work.commit()

    def _event(self, actor: Actor, key: str, action: str, body: Mapping[str, object]) -> AuditEvent:
        return AuditEvent(key, self.time.now(), actor.id, actor.office_id, action, body=body)


def _body(new: NewSample) -> dict[str, object]:
    of = new.population
    return {
        "purpose": new.purpose,
        "line": of.line.value,
        "operation": of.operation,
        "booked_from": of.booked_from.isoformat(),
        "booked_to": of.booked_to.isoformat(),
        "method": new.method.value,
        "population": new.population_count,
        "population_fen": new.population_fen,
        "size": new.size,
        "seed": new.seed,
        "items": [one.id for one in new.items],
    }


def _check(asked: DrawSample) -> None:
    if not 1 <= len(asked.purpose.strip()) <= LONGEST_PURPOSE:
        raise SampleRefused(*_PURPOSE)
    if asked.population.operation is not None and not any(
        (of, name) == (asked.population.line, asked.population.operation) for of, name, _debit, _credit in MOVES
    ):
        raise SampleRefused(*_OPERATION)
    if asked.population.booked_from > asked.population.booked_to:
        raise SampleRefused(*_PERIOD)
    if not 1 <= asked.size <= MOST_ITEMS:
        raise SampleRefused(*_SIZE)


def _first_result(first: Sample, asked: DrawSample) -> int:
    same = (first.purpose, first.population, first.method, first.size)
    if same != (asked.purpose.strip(), asked.population, asked.method, asked.size):
        raise KeyReused(asked.idempotency_key)
    return first.id


def _check_verdicts(sample: Sample, verdicts: Sequence[Verdict]) -> None:
    numbers = [one.no for one in verdicts]
    if not verdicts:
        raise SampleRefused(*_NO_VERDICT)
    whole = len(set(numbers)) == len(numbers) and all(1 <= no <= sample.item_count for no in numbers)
    if not whole or any(one.verdict not in VERDICTS or len(one.note) > LONGEST_NOTE for one in verdicts):
        raise SampleRefused(*_NOTE)
