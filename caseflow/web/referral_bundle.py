"""The referral of a case: its conditions, the evidence chosen for the court, and the bundle to save."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.bootstrap import BundleTooLarge, SigningKeyUnusable
from caseflow.domain.access import Permission
from caseflow.domain.case_files import PURPOSE_WORDS
from caseflow.domain.law import CHECKED_WORDS
from caseflow.domain.words import Words
from caseflow.services.ports.files import FileDamaged, NoSuchFile
from caseflow.services.ports.referrals import WrittenBundle
from caseflow.services.referral_bundles import BundleRefused, ReferralPage
from caseflow.web.answer_fields import Faults
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.security import needs

blueprint = Blueprint("referral_bundle", __name__)
_DAMAGED = Words(
    "A paper or a file is not what was stored, or is missing: no bundle is made. Tell the administrator.",
    "文书或者文件与存储时不一致或者缺失，不能生成材料包。请告知系统管理员。",
)
_TOO_LARGE = Words(
    "The chosen files are too large for one ZIP: choose fewer, or use `caseflow referral bundle` with a folder.",
    "所选文件过大，无法放入一个ZIP：请减少选择，或者用 caseflow referral bundle 输出到文件夹。",
)
_LONGEST_ID = 15


@blueprint.get("/referrals/<int:case_id>/bundle")
@needs(Permission.READ_CASES)
def show(case_id: int) -> ResponseReturnValue:
    """Show the conditions of a referral, its evidence and its bundles."""
    return _shown(application().referral_bundles.show(actor(), case_id), Faults())


@blueprint.post("/referrals/<int:case_id>/bundle")
@needs(Permission.MAKE_BUNDLES)
def make(case_id: int) -> ResponseReturnValue:
    """Make the bundle and hand it out as an attachment, or show what is missing."""
    bundles, faults = application().referral_bundles, Faults()
    try:
        bundle = bundles.make(actor(), case_id)
    except BundleRefused as refused:
        for words in refused.missing:
            faults.add(words, "missing")
    except (FileDamaged, NoSuchFile):
        faults.add(_DAMAGED)
    except SigningKeyUnusable:
        abort(503)
    else:
        try:
            return _handed(bundle)
        except BundleTooLarge:
            faults.add(_TOO_LARGE)
    return _shown(bundles.show(actor(), case_id), faults), 422


@blueprint.post("/referrals/<int:case_id>/evidence")
@needs(Permission.CHOOSE_EVIDENCE)
def choose(case_id: int) -> ResponseReturnValue:
    """Keep which files go to the court."""
    bundles, faults = application().referral_bundles, Faults()
    typed = [
        one for one in request.form.getlist("file") if one.isascii() and one.isdecimal() and len(one) <= _LONGEST_ID
    ]
    chosen = {int(one) for one in typed}
    try:
        bundles.choose(actor(), case_id, chosen)
    except BundleRefused as refused:
        for words in refused.missing:
            faults.add(words, "files")
        return _shown(bundles.show(actor(), case_id), faults, frozenset(chosen)), 422
    flash(_("The choice is kept."))
    return redirect(url_for("referral_bundle.show", case_id=case_id))


def _shown(page: ReferralPage, faults: Faults, typed: frozenset[int] | None = None) -> str:
    return render_template(
        "referral_bundle.html",
        page=page,
        faults=faults,
        chosen=page.chosen if typed is None else typed,
        purposes=PURPOSE_WORDS,
        checked_words=CHECKED_WORDS,
    )


def _handed(bundle: WrittenBundle) -> ResponseReturnValue:
    """Return the ZIP; the bundle is taken off the disk when its last byte has left, or the reader has gone."""
    writer = application().referral_bundles.writer
    pieces = writer.archive(bundle)
    try:
        first = next(pieces)
    except BaseException:
        writer.discard(bundle)
        raise

    def rest() -> Iterator[bytes]:
        try:
            yield first
            yield from pieces
        finally:
            writer.discard(bundle)

    response = Response(rest(), content_type="application/zip")
    response.call_on_close(lambda: writer.discard(bundle))
    response.headers["Content-Disposition"] = f'attachment; filename="{bundle.name}.zip"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
