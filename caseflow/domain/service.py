"""Service of a paper (送达): what a step that serves must prove, and what is kept of it. Pure.

The names of the fields are the same in every regime: ``service_method``, ``service_receiver``, ``service_record_no``
and one ``service_NAME`` for each proof that the file of service knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from caseflow.domain.issued import served_on_paper
from caseflow.domain.law.service_law import PROOFS, RECEIVER_WORDS, MethodVersion, ServiceLaw, ServiceMethod
from caseflow.domain.served import Attempt, Service
from caseflow.domain.words import Words

if TYPE_CHECKING:
    from caseflow.domain.cases import Case
    from caseflow.domain.workflow_model import Definition, Step

METHOD_FIELD = "service_method"
RECEIVER_FIELD = "service_receiver"
RECORD_FIELD = "service_record_no"
ONE_DAY = timedelta(days=1)


def proof_field(proof: str) -> str:
    """Return the field in which a step asks for a proof (``witness``, ``postal_no`` ...)."""
    return f"service_{proof}"


PROOF_FIELDS: Mapping[str, str] = {proof_field(name): name for name in PROOFS}


def attempts_now(definition: Definition, case: Case, document: str) -> list[Attempt]:
    """Return the attempts to serve ``document`` as it now stands: since it was last made or served."""
    since = 0
    for taken in case.history:
        step = definition.steps.get(taken.trigger)
        if step is not None and (document in step.makes or step.serves == document):
            since = taken.seq
    return [one for one in case.attempts if one.document == document and one.seq >= since]


def made_by(attempts: list[Attempt], on: date) -> list[Attempt]:
    """Return the attempts made on or before ``on``: what a step of that day may rest on."""
    return [one for one in attempts if one.attempted_on <= on]


def has_failed(law: ServiceLaw, attempts: list[Attempt], times: int) -> bool:
    """Tell whether serving has failed ``times``, or once because nobody knows where the party is (CPL article 95)."""
    results = [law.results[one.result] for one in attempts if one.result in law.results]
    return any(result.unknown for result in results) or sum(result.failed for result in results) >= times


def was_refused(law: ServiceLaw, attempts: list[Attempt]) -> bool:
    """Tell whether the party has refused to take the paper."""
    return any(law.results[one.result].refused for one in attempts if one.result in law.results)


def service_wanted(
    law: ServiceLaw, definition: Definition, case: Case, step: Step, on: date
) -> Iterator[tuple[str, Words]]:
    """Yield what keeps ``step`` of ``on`` closed for want of a service, or of failed ones, each as (code, words).

    Source: CPL article 95: public notice comes last, when the whereabouts are unknown or every other way has failed.
    """
    for name in step.needs.served:
        if name not in case.served and name not in served_on_paper(definition, case):
            title = definition.documents[name].title
            yield "not_served", Words(f"the {title.en.lower()} has not been served", f"{title.zh}尚未送达")
    for name, times in step.needs.failed_service.items():
        attempts = attempts_now(definition, case, name)
        if has_failed(law, made_by(attempts, on), times):
            continue
        title = definition.documents[name].title
        if has_failed(law, attempts, times):
            words = Words(
                f"on {on.isoformat()} serving the {title.en.lower()} in other ways had not failed yet: "
                "an attempt made after that day does not count for it",
                f"截至{on.isoformat()}，{title.zh}以其他方式送达尚无足够的未果记录：此后的送达情况不能作为依据",
            )
            yield "service_not_tried", words
        else:
            words = Words(
                f"serving the {title.en.lower()} in other ways must have failed first, {times} times, or once because "
                "nobody knows where the party is: record the attempts under Service",
                f"须先以其他方式送达{title.zh}未果{times}次，或者一次查明当事人下落不明：请在“送达”中登记送达未果情况",
            )
            yield "service_not_tried", words


def method_of(law: ServiceLaw, step: Step, answers: Mapping[str, Any]) -> ServiceMethod | None:
    """Return the method by which a step serves; None where it serves nothing or no law knows the method."""
    if step.serves is None:
        return None
    return law.methods.get(step.served_by or str(answers.get(METHOD_FIELD, "")))


def service_faults(
    law: ServiceLaw, definition: Definition, case: Case, step: Step, answers: Mapping[str, Any], on: date
) -> Iterator[tuple[str, Words]]:
    """Yield what is missing or does not fit for the service that ``step`` records on ``on``, each with its field."""
    method = method_of(law, step, answers)
    if method is None:
        return
    version = method.version_on(on)
    if version is None:
        yield (
            METHOD_FIELD,
            Words(
                f"{method.title.en}: no law in force on {on.isoformat()} allows it",
                f"{method.title.zh}：{on.isoformat()}尚无允许该方式的法律规定",
            ),
        )
        return
    yield from _receiver_faults(method, version, step, answers)
    if step.served_by is None:
        attempts = attempts_now(definition, case, str(step.serves))
        refused = was_refused(law, made_by(attempts, on))
        later = None if refused or not was_refused(law, attempts) else on
        yield from _proof_faults(method, version, step, answers, refused=refused, refused_after=later)
    if method.after is not None:
        yield from _date_faults(method, case, step, on)


def service_of(
    law: ServiceLaw, step: Step, answers: Mapping[str, Any], on: date, clocks: tuple[str, ...]
) -> Service | None:
    """Return the service that ``step`` records; None where it serves nothing, or no law knows the method.

    A case whose workflow was published before methods had their law has steps that name no document: nothing is kept.
    """
    method = method_of(law, step, answers)
    version = method.version_on(on) if method is not None else None
    if method is None or version is None or step.serves is None:
        return None
    proof = {PROOF_FIELDS[name]: str(answers[name]) for name in step.asks if name in PROOF_FIELDS and answers.get(name)}
    receiver = str(answers.get(RECEIVER_FIELD) or version.receivers[0])
    return Service(step.serves, method.name, receiver, on, str(answers.get(RECORD_FIELD, "")), proof, clocks)


def _receiver_faults(
    method: ServiceMethod, version: MethodVersion, step: Step, answers: Mapping[str, Any]
) -> Iterator[tuple[str, Words]]:
    named = answers.get(RECEIVER_FIELD)
    if RECEIVER_FIELD not in step.asks:
        return
    if named is None and len(version.receivers) > 1:
        yield RECEIVER_FIELD, Words(f"{method.title.en}: say who received it", f"{method.title.zh}：须填明签收人身份")
    elif named is not None and named not in version.receivers:
        allowed = [RECEIVER_WORDS[one] for one in version.receivers]
        words = Words(
            f"{method.title.en}: received by {' or '.join(one.en for one in allowed)}, nobody else",
            f"{method.title.zh}：签收人只能是{'或'.join(one.zh for one in allowed)}",
        )
        yield RECEIVER_FIELD, words


def _proof_faults(
    method: ServiceMethod,
    version: MethodVersion,
    step: Step,
    answers: Mapping[str, Any],
    *,
    refused: bool,
    refused_after: date | None,
) -> Iterator[tuple[str, Words]]:
    for proof in version.proof:
        given = any(answers.get(proof_field(name)) for name in proof.any)
        if not given and not (proof.or_refused and refused):
            words = Words(f"{method.title.en}: needs {proof.words.en}", f"{method.title.zh}：须填{proof.words.zh}")
            if proof.or_refused and refused_after is not None:
                day = refused_after.isoformat()
                words = Words(
                    f"{words.en}; the refusal recorded under Service was made after {day} and does not count for it",
                    f"{words.zh}；“送达”中登记的拒收发生在{day}之后，不能作为依据",
                )
            yield proof_field(proof.any[0]), words
    for name, proved in PROOF_FIELDS.items():
        if name in step.asks and answers.get(name) and proved not in version.proofs:
            words = Words(
                f"{method.title.en}: this belongs to another way of serving, leave it empty",
                f"{method.title.zh}：该项属于其他送达方式，请留空",
            )
            yield name, words


def _date_faults(method: ServiceMethod, case: Case, step: Step, on: date) -> Iterator[tuple[str, Words]]:
    clock = case.latest_clock(method.after) if method.after is not None else None
    if clock is None or step.effective is None:
        return
    served_on = clock.due_on + ONE_DAY
    if on > served_on:
        # A later day would lengthen the party's time and the office's own at somebody's will. An earlier one the step's
        # own limit refuses.
        words = Words(
            f"{method.title.en}: counts as served on {served_on.isoformat()}, {method.day.en}",
            f"{method.title.zh}：{method.day.zh}即{served_on.isoformat()}视为送达",
        )
        yield step.effective, words
