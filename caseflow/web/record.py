"""The sealed record: how far it is sealed, its heads to take away, and the proof of one record."""

from __future__ import annotations

import json
from datetime import timedelta

from babel.dates import format_timedelta
from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.heads import key_id
from caseflow.domain.proofs import KINDS, NotAProof
from caseflow.domain.words import Words
from caseflow.services.sealed_record import COUNTED, ProofCheck, RecordNotFound
from caseflow.web.context import actor, application, locale
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("record", __name__)
# What PostgreSQL's bigint holds.
LARGEST_NUMBER = 2**63 - 1
_SHORTEST = timedelta(minutes=1)
LONGEST_KEY_CHARACTERS = 200
LONGEST_PROOF_CHARACTERS = 6000
KIND_WORDS = {"event": Words("Event", "操作记录"), "transfer": Words("Transfer", "账务分录")}


@blueprint.get("/record")
@needs(Permission.READ_LEDGER)
def show() -> ResponseReturnValue:
    """Show how far the record is sealed and its heads."""
    return _page()


@blueprint.get("/record/find")
@needs(Permission.READ_LEDGER)
def find() -> ResponseReturnValue:
    """Lead to the record with a number or a key; several transfers of one entry are offered as a list."""
    kind = request.args.get("kind", "")
    wanted = request.args.get("wanted", "").strip()[:LONGEST_KEY_CHARACTERS]
    if not kind:
        return redirect(url_for("record.show"))
    if kind not in KINDS:
        abort(404)
    if not wanted:
        return _page(kind=kind, fault=_("Type the number or the key of the record."))
    numbers = application().record.find(actor(), kind, wanted)
    if len(numbers) == 1:
        return redirect(url_for("record.one", kind=kind, number=numbers[0]))
    fault = (
        "" if numbers else _("The office has no such record. A key is the whole text, as exports and receipts show it.")
    )
    return _page(kind=kind, wanted=wanted, fault=fault, numbers=numbers)


@blueprint.get("/record/check")
@needs(Permission.READ_LEDGER)
def check() -> ResponseReturnValue:
    """Hold the proof of a receipt against the record."""
    text = request.args.get("proof", "").strip()[:LONGEST_PROOF_CHARACTERS]
    try:
        checked = application().record.check(actor(), text)
    except NotAProof:
        fault = _("This is no proof, or it was not read whole: it begins with CASEFLOW-PROOF-1 and is one long text.")
        return _page(proof_text=text, proof_fault=fault)
    return _page(proof_text=text, checked=checked)


@blueprint.get("/record/<kind>/<int:number>")
@needs(Permission.READ_LEDGER)
def one(kind: str, number: int) -> ResponseReturnValue:
    """Show one record of the office with its proof."""
    try:
        shown = application().record.show(actor(), kind, min(number, LARGEST_NUMBER))
    except RecordNotFound:
        abort(404)
    sealed = json.loads(shown.found.canonical or b"{}")
    content = {name: json.dumps(value, ensure_ascii=False) for name, value in sealed.items()}
    return render_template("record_proof.html", shown=shown, content=content, kinds=KIND_WORDS, key_id=key_id)


@blueprint.get("/record/heads/<int:tree_size>.json")
@needs(Permission.READ_LEDGER)
def head(tree_size: int) -> ResponseReturnValue:
    """Hand out one head as a file to be kept outside the office."""
    try:
        signed = application().record.head(actor(), min(tree_size, LARGEST_NUMBER))
    except RecordNotFound:
        abort(404)
    name = f"head-{signed.head.at.date().isoformat()}-{tree_size:012d}.json"
    return Response(
        json.dumps(signed.to_json(), indent=2) + "\n",
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _page(
    *,
    kind: str = "transfer",
    wanted: str = "",
    fault: str = "",
    numbers: list[int] | None = None,
    proof_text: str = "",
    proof_fault: str = "",
    checked: ProofCheck | None = None,
) -> str:
    before = request.args.get("before", type=row_id)
    record = application().record
    status = record.status(actor())
    return render_template(
        "record.html",
        status=status,
        waiting=_waiting(status.unsealed.count),
        age=_age(status.oldest_age),
        page=record.heads(actor(), min(before, LARGEST_NUMBER) if before else None),
        before=before,
        kinds=KIND_WORDS,
        kind=kind,
        wanted=wanted,
        fault=fault,
        numbers=numbers or [],
        proof_text=proof_text,
        proof_fault=proof_fault,
        checked=checked,
        key_id=key_id,
    )


def _waiting(count: int) -> str:
    return _("%(count)s or more", count=f"{COUNTED:,}") if count >= COUNTED else f"{count:,}"


def _age(age: timedelta) -> str:
    """Return a span of time in its largest unit, in words; a minute at least."""
    written: str = format_timedelta(max(age, _SHORTEST), granularity="minute", threshold=1, locale=locale())
    return written
