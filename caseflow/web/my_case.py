"""My case: what the person concerned is shown of their own case. No address here carries an id of anything.

Papers and receipts are asked for by their place in the person's own list, which the session's case alone makes.
"""

from __future__ import annotations

import io
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.reading import PURPOSE_WORDS, REASON_WORDS
from caseflow.domain.receipts import Status
from caseflow.domain.refund_grounds import GROUND_WORDS
from caseflow.domain.words import Words
from caseflow.services.my_case import MyCase, NotOfThisCase
from caseflow.services.person_access import PassphraseRefused
from caseflow.web import display
from caseflow.web.answer_fields import Faults
from caseflow.web.context import application
from caseflow.web.person_access import for_the_person, person
from caseflow.web.phrases import _
from caseflow.web.verify import verify_address

blueprint = Blueprint("my_case", __name__)
_BEYOND: Final = 2**62
# What a member of staff opened, in words for the person; by the first part of the endpoint.
_LOOKED_AT: Final = {
    "case_page": Words("the page of the case", "案件页面"),
    "case_list": Words("a list of cases", "案件列表"),
    "desk": Words("the list on their desk", "工作台列表"),
    "step_page": Words("a step of the case", "办理步骤"),
    "papers": Words("a document of the case", "案件文书"),
    "paper_act": Words("a document of the case", "案件文书"),
    "case_files": Words("a file of the case", "案卷文件"),
    "service": Words("how documents were served", "送达情况"),
    "receipts": Words("a receipt", "缴款票据"),
    "receipt_act": Words("a receipt", "缴款票据"),
    "bank": Words("the bank statement", "银行流水"),
    "bank_lines": Words("the bank statement", "银行流水"),
    "refunds": Words("what should be refunded", "应退款项"),
    "referral_bundle": Words("the application to the court", "强制执行申请材料"),
    "referrals": Words("the list of applications to the court", "强制执行申请列表"),
    "access_codes": Words("the page that gives you access", "办理您查看案件的页面"),
    "my_case": Words("this page", "本页面"),
    "person_submissions": Words("what you sent or may send", "您提交的内容以及提交页面"),
}
_SOMETHING: Final = Words("something of the case", "案件内容")


@blueprint.get("/my-case")
@for_the_person
def show() -> ResponseReturnValue:
    """Show the person their case."""
    page = application().my_case.show(person())
    return render_template(
        "my_case.html",
        page=page,
        definition=page.rules.definition,
        status=_status(page),
        grounds=GROUND_WORDS,
        RECEIPT_VOID=Status.VOID,
    )


@blueprint.get("/my-case/documents/<int:no>/<language>.pdf")
@for_the_person
def paper(no: int, language: str) -> ResponseReturnValue:
    """Hand out a paper of the person's list."""
    try:
        number, pdf = application().my_case.pdf(person(), no, language)
    except NotOfThisCase:
        abort(404)
    return send_file(io.BytesIO(pdf), mimetype="application/pdf", as_attachment=True, download_name=f"{number}.pdf")


@blueprint.get("/my-case/receipts/<int:no>.pdf")
@for_the_person
def receipt(no: int) -> ResponseReturnValue:
    """Hand out a receipt of the person's list."""
    try:
        number, pdf = application().my_case.receipt(person(), no, verify_address())
    except NotOfThisCase:
        abort(404)
    return send_file(io.BytesIO(pdf), mimetype="application/pdf", as_attachment=True, download_name=f"{number}.pdf")


@blueprint.get("/my-case/readers")
@for_the_person
def readers() -> ResponseReturnValue:
    """Show who looked at the case, when and why."""
    before = request.args.get("before", "")
    key = int(before) if before.isdecimal() and 0 < int(before[:20]) < _BEYOND else None
    looks = application().my_case.looks(person(), key)
    return render_template("my_case_readers.html", looks=looks, purposes=PURPOSE_WORDS, first=key is None)


@blueprint.get("/my-case/passphrase")
@for_the_person
def passphrase() -> ResponseReturnValue:
    """Show the form for a passphrase of the person's own."""
    has = application().person_access.has_passphrase(person())
    return render_template("my_case_passphrase.html", faults=Faults(), has_passphrase=has)


@blueprint.post("/my-case/passphrase")
@for_the_person
def choose_passphrase() -> ResponseReturnValue:
    """Keep the passphrase, or say what is wrong with it."""
    faults, typed = Faults(), request.form.get("passphrase", "")
    if typed != request.form.get("again", ""):
        faults.add(Words("The two are not the same.", "两次输入不一致。"), "again")
    else:
        try:
            application().person_access.choose_passphrase(person(), typed)
        except PassphraseRefused as refusal:
            faults.add(refusal.words, "passphrase")
    if faults.found:
        has = application().person_access.has_passphrase(person())
        return render_template("my_case_passphrase.html", faults=faults, has_passphrase=has), 422
    flash(_("Your passphrase is kept. Next time, sign in with the case number and this passphrase."))
    return redirect(url_for("my_case.show"))


@blueprint.app_template_filter()
def looked_at(what: str) -> str:
    """Return in words what was opened, from the name of an endpoint or command."""
    return display.words(_LOOKED_AT.get(what.split(".", 1)[0], _SOMETHING))


@blueprint.app_template_filter()
def reason_for_reading(kind: str) -> str:
    """Return in words the kind of reason that a member of staff stated."""
    known = {one.value: words for one, words in REASON_WORDS.items()}.get(kind)
    return kind if known is None else display.words(known)


def _status(page: MyCase) -> str:
    """Say in one sentence where the case stands; before the decision no more than that it is looked into."""
    case = page.case
    if case.phase == "closed":
        if page.ended is not None:
            return _("This case is closed. Nothing more is asked of you.")
        return _("This case is closed.")
    if page.ended is not None:
        return _("The law behind this case has ended. The office is closing it, and nothing more is collected.")
    if page.decided:
        state = page.rules.definition.states[case.state]
        return _("A decision was made and served on you. Now: %(state)s.", state=display.words(state.title))
    if case.served:
        return _("The office has told you what it intends to decide. Nothing is decided yet.")
    return _("The office is looking into the matter. Nothing is decided yet.")
