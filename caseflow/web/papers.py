"""Papers to read and draft: the documents of a case, a paper with its sections, its pages, what waits for a review."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field

from caseflow.domain.access import Permission
from caseflow.domain.cases import SEALED
from caseflow.domain.paper_life import Paper, PaperStatus
from caseflow.domain.words import Words
from caseflow.domain.workflow import Field as Declared
from caseflow.domain.workflow import money_text
from caseflow.services.papers import BeginPaper, EditPaper, PaperAct, PaperMovedOn, PaperPage, PaperShut
from caseflow.services.ports.files import FileDamaged, NoSuchFile
from caseflow.services.ports.papers import PaperRefused
from caseflow.web import display
from caseflow.web.answer_fields import Faults, fields_form, idempotency_key, input_id
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("papers", __name__)
STATUS_WORDS: Mapping[PaperStatus, Words] = {
    PaperStatus.DRAFT: Words("draft", "草稿"),
    PaperStatus.IN_REVIEW: Words("in review", "审核中"),
    PaperStatus.REVIEWED: Words("reviewed, to be issued", "审核通过，待印发"),
    PaperStatus.ISSUED: Words("issued", "已印发"),
    PaperStatus.DROPPED: Words("dropped", "已放弃"),
}
_DAMAGED = Words(
    "The stored file is not what was issued, or is missing; nothing of it is handed out. Tell the administrator.",
    "存储的文件与印发时不一致或者缺失，不予提供。请告知系统管理员。",
)


@dataclass
class Screen:
    """What the page of a paper shows beside the paper: what was typed, what is wrong, whether somebody was first."""

    page: PaperPage
    faults: Faults = field(default_factory=Faults)
    typed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sent: bool = False
    note: str = ""
    moved_on: bool = False

    def text(self, name: str, language: str) -> str:
        """Return what a section holds: what was typed, else what is stored."""
        if name in self.typed:
            return self.typed[name][language]
        section = next(one for one in self.page.sections if one.name == name)
        return section.text.in_locale(language)

    def asked(self) -> list[tuple[Declared, Field]]:
        """Return the fields whose answers the paper states before its step asks them, filled."""
        fields, known = self.page.foretold, self.page.paper.foretold
        form = fields_form(fields, {} if self.sent else None)
        for declared in fields:
            if not self.sent and declared.name in known:
                value = known[declared.name]
                form[input_id(declared.name)].data = money_text(value) if declared.type == "money" else value
        return [(declared, form[input_id(declared.name)]) for declared in fields]


@blueprint.get("/cases/<int:case_id>/papers")
@needs(Permission.READ_CASES)
def of_case(case_id: int) -> ResponseReturnValue:
    """Show the documents of a case with their papers."""
    return _listed(case_id, Faults(), idempotency_key())


@blueprint.post("/cases/<int:case_id>/papers")
@needs(Permission.TAKE_STEP)
def begin(case_id: int) -> ResponseReturnValue:
    """Begin a draft and lead to it, or say what stands in the way."""
    key, faults = idempotency_key(), Faults()
    try:
        asked = BeginPaper(case_id, request.form.get("kind", ""), key)
        paper_id = application().papers.drafting.begin(actor(), asked)
    except PaperRefused as refusal:
        note_refusal(faults, refusal)
        return _listed(case_id, faults, key), 422
    return redirect(url_for("papers.one", paper_id=paper_id))


@blueprint.get("/papers/review")
@needs(Permission.REVIEW_PAPERS)
def to_review() -> ResponseReturnValue:
    """Show the papers that wait for a review, the longest waiting first."""
    after = request.args.get("after", type=row_id)
    lines, next_key = application().papers.reading.to_review(actor(), after)
    return render_template("papers_to_review.html", lines=lines, after=after, next_key=next_key)


@blueprint.get("/papers/<int:paper_id>")
@needs(Permission.READ_CASES)
def one(paper_id: int) -> ResponseReturnValue:
    """Show a paper and what may be done with it now."""
    return shown(Screen(application().papers.reading.show(actor(), paper_id)))


@blueprint.post("/papers/<int:paper_id>")
@needs(Permission.TAKE_STEP)
def edit(paper_id: int) -> ResponseReturnValue:
    """Keep the sections, and submit them for review if asked; what was typed stays through every error."""
    page = application().papers.reading.show(actor(), paper_id)
    version, act = asked_version(), request.form.get("act", "")
    typed = {
        section.name: {language: request.form.get(f"{section.name}-{language}", "") for language in ("zh", "en")}
        for section in page.sections
    }
    foretold = {one.name: request.form.get(input_id(one.name), "") for one in page.foretold}
    screen, drafting = Screen(page, typed=typed, sent=True), application().papers.drafting
    if act == "back":
        return shown(screen)
    try:
        drafting.edit(actor(), EditPaper(paper_id, version, typed, foretold))
        if act == "submit":
            drafting.submit(actor(), PaperAct(paper_id, version + 1))
    except PaperRefused as refusal:
        # Kept already, where only the submission was refused; the form goes on from there.
        screen.page = application().papers.reading.show(actor(), paper_id)
        note_refusal(screen.faults, refusal, screen.page.foretold)
        return shown(screen), 422
    except PaperMovedOn:
        screen.page, screen.moved_on = application().papers.reading.show(actor(), paper_id), True
        return shown(screen), 409
    if act == "submit":
        flash(_("The paper is submitted for review."))
    else:
        flash(_("The draft is kept."))
    return redirect(url_for("papers.one", paper_id=paper_id))


@blueprint.get("/papers/<int:paper_id>/preview/<language>")
@needs(Permission.READ_CASES)
def preview(paper_id: int, language: str) -> ResponseReturnValue:
    """Show the pages of a paper as pictures: as it is issued, or as it would be, marked as a draft."""
    page = application().papers.reading.show(actor(), paper_id)
    try:
        pictures = application().papers.reading.pages(actor(), paper_id, language)
    except PaperShut:
        return damaged(paper_id)
    return render_template(
        "paper_preview.html",
        page=page,
        language=language,
        pictures=[base64.b64encode(picture).decode() for picture in pictures],
    )


@blueprint.get("/papers/<int:paper_id>/<language>.pdf")
@needs(Permission.READ_CASES)
def pdf(paper_id: int, language: str) -> ResponseReturnValue:
    """Hand out a paper as a PDF file: the issued one as it was issued, any other marked as a draft."""
    try:
        number, file = application().papers.reading.pdf(actor(), paper_id, language)
    except (FileDamaged, NoSuchFile):
        return damaged(paper_id)
    name = f"{number or f'draft-{paper_id}'}-{language}.pdf"
    return send_file(io.BytesIO(file), mimetype="application/pdf", as_attachment=True, download_name=name)


def damaged(paper_id: int) -> ResponseReturnValue:
    """Show the paper with what is wrong with what is stored of it."""
    screen = Screen(application().papers.reading.show(actor(), paper_id))
    screen.faults.add(_DAMAGED)
    return shown(screen), 500


def asked_version() -> int:
    """Return the version of the paper that the form was made for."""
    version = request.form.get("version", type=row_id)
    if version is None:
        abort(400)
    return version


def note_refusal(faults: Faults, refusal: PaperRefused, foretold: Sequence[Declared] = ()) -> None:
    """Put every fault at its section or question, or at the top; ``foretold`` are the questions of the form."""
    places = {one.name: input_id(one.name) for one in foretold}
    for name, words in refusal.faults:
        faults.add(words, places.get(name, name))


def shown(screen: Screen) -> str:
    """Return the page of a paper."""
    order = [f"{section.name}-{language}" for section in screen.page.sections for language in ("zh", "en")]
    screen.faults.put_in_order([*(input_id(one.name) for one in screen.page.foretold), *order, "note"])
    return render_template(
        "paper.html",
        screen=screen,
        page=screen.page,
        paper=screen.page.paper,
        faults=screen.faults,
        asked=screen.asked() if screen.page.foretold else (),
    )


def _listed(case_id: int, faults: Faults, key: str) -> str:
    papers = application().papers.reading.of_case(actor(), case_id)
    return render_template("papers.html", papers=papers, header=papers.header, faults=faults, key=key, sealed=SEALED)


@blueprint.app_template_filter()
def paper_status(status: PaperStatus) -> str:
    """Return where a paper stands, in words."""
    return display.words(STATUS_WORDS[status])


@blueprint.app_template_filter()
def said_here(words: Mapping[str, str]) -> str:
    """Return a stored phrase in the language of the page, or in the other one where it has none."""
    return display.pick(words["en"] or words["zh"], words["zh"] or words["en"])


@blueprint.app_template_global()
def past_papers(papers: Sequence[Paper]) -> list[Paper]:
    """Return the papers that came before the newest one."""
    return list(papers[1:])
