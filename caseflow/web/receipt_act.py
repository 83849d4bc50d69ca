"""Acts on the receipt book: one form each, a confirmation before what cannot be undone, every refusal in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.receipts import MOST_COPIES, Lot, Receipt, ReceiptRefused, Status, Stubs
from caseflow.domain.words import Words
from caseflow.domain.workflow import Field, clean_fields
from caseflow.services.cases import KeyReused
from caseflow.services.ports import LedgerRefused
from caseflow.services.receipts import CheckOff, EndBlanks, EndReceipt, OpenLot
from caseflow.web import display
from caseflow.web.answer_fields import Faults, fields_form, idempotency_key, input_id, typed_answers
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.security import needs

blueprint = Blueprint("receipt_act", __name__)


class Act(StrEnum):
    """What a cashier does to the receipt book."""

    OPEN = "open"
    BLANKS = "blanks"
    CHECK_OFF = "check_off"
    VOID = "void"
    LOSE = "lose"


TITLES: Mapping[Act, Words] = {
    Act.OPEN: Words("Open a lot", "启用票据"),
    Act.BLANKS: Words("Take blank numbers out of use", "停用空白票据"),
    Act.CHECK_OFF: Words("Check the lot off", "核销本批票据"),
    Act.VOID: Words("Void the receipt and take its money back", "作废票据并冲销收款"),
    Act.LOSE: Words("Report the receipt lost", "报告票据遗失"),
}
CONSEQUENCES: Mapping[Act, Words] = {
    Act.OPEN: Words(
        "Every number of the lot will have to be accounted for, in order. A lot cannot be changed or closed before all "
        "its numbers are used and its stubs counted.",
        "本批每个号码均须按顺序使用并有去向。启用后不得更改；用完并清点存根后方可核销。",
    ),
    Act.BLANKS: Words(
        "These numbers will never be issued. The record keeps who took them out of use, when and why.",
        "这些号码不再开具；停用人、时间和原因记入台账。",
    ),
    Act.CHECK_OFF: Words(
        "The lot is closed for ever: nothing in it can be voided or reported lost afterwards. The next lot may open.",
        "本批票据就此了结：其中票据不得再作废或者报失；核销后方可启用下一批。",
    ),
    Act.VOID: Words(
        "The receipt becomes void for good and the payment is taken back in the ledger: the case owes the sum again.",
        "票据作废，款项同时在账上冲销：本案恢复为未缴该款。此操作不可撤销。",
    ),
    Act.LOSE: Words(
        "The receipt stays reported lost; its money stands. Finance must be told in time (law in force: loss of "
        "receipts), and the loss published.",
        "票据登记为遗失，款项不变。须在规定期限内向财政部门报告并公告声明作废。",
    ),
}
PATHS: Mapping[Act, str] = {
    Act.OPEN: "/receipts/lots/new",
    Act.BLANKS: "/receipts/lots/<int:lot_id>/blanks",
    Act.CHECK_OFF: "/receipts/lots/<int:lot_id>/check-off",
    Act.VOID: "/receipts/lots/<int:lot_id>/<int:no>/void",
    Act.LOSE: "/receipts/lots/<int:lot_id>/<int:no>/lose",
}


def _asks(name: str, kind: str, en: str, zh: str, **more: Any) -> Field:
    help_words = more.get("help")
    return Field(
        name=name,
        type=kind,
        label=Words(en, zh),
        help=help_words,
        required=more.get("required", True),
        not_after=None,
        not_before=(),
        min=more.get("min"),
        max=more.get("max"),
        choices=more.get("choices", {}),
    )


_REASON = _asks("reason", "text", "Reason", "原因")
_FOUND_ON = _asks("found_on", "date", "Found on", "发现日期")
_KEPT = _asks(
    "copies", "integer", "Copies kept with the stub", "随存根保存的联数", min=1, max=MOST_COPIES,
    help=Words("A void receipt is kept with all its copies.", "作废票据须各联齐全保存。"),
)  # fmt: skip
_MISSING = _asks("copies", "integer", "Copies lost", "遗失的联数", min=1, max=MOST_COPIES)
FIELDS: Mapping[Act, tuple[Field, ...]] = {
    Act.OPEN: (
        _asks(
            "book", "text", "Kind of receipts, as on the cover", "票据种类（见封面）",
            help=Words(
                "One lot of a kind is open at a time; the next one opens when it is checked off.",
                "同一种类一次只启用一批；上一批核销后方可启用下一批。",
            ),
        ),
        _asks(
            "first_no", "reference", "First number, as printed", "起始号（按票面填写）",
            help=Words(
                "For instance 云财A000101; all figures at the end belong to the number.",
                "例如云财A000101，末尾数字均计入号码。",
            ),
        ),
        _asks("last_no", "reference", "Last number, as printed", "终止号（按票面填写）"),
        _asks("copies", "integer", "Copies of each receipt", "每份联数", min=1, max=MOST_COPIES),
        _asks("mine", "boolean", "Only I write from this lot", "本批仅由本人使用", required=False),
    ),
    Act.BLANKS: (
        _asks(
            "what", "choice", "What happened", "情形",
            choices={
                "void": Words("Spoiled; every copy is here", "写废或者损毁，各联齐全"), "lost": Words("Lost", "遗失"),
            },
        ),
        _asks(
            "through", "reference", "Up to and including number", "停用至（含）号码",
            help=Words(
                "From the next blank number on: numbers are used in order, so all before it go out of use too.",
                "自下一个空白号码起：票据按顺序使用，其前的空白号码一并停用。",
            ),
        ),
        _REASON,
        _asks(
            "copies", "integer", "Copies of each that are kept (spoiled) or lost", "每份保存（作废）或者遗失的联数",
            min=1, max=MOST_COPIES,
        ),
        _asks("found_on", "date", "Loss found on", "发现遗失日期", required=False),
    ),
    Act.CHECK_OFF: (
        _asks(
            "issued", "integer", "Stubs of issued receipts", "已开具存根份数", min=0,
            help=Words("Count the stubs; what the record has is not shown here.", "请清点存根；台账数字不在此显示。"),
        ),
        _asks("void", "integer", "Void receipts with all copies", "作废票据份数（各联齐全）", min=0),
        _asks("lost", "integer", "Numbers reported lost", "已报遗失份数", min=0),
        _asks("issued_fen", "money", "Sum of the issued receipts", "已开具票据合计金额", min=0),
        _asks("reference", "reference", "Number of finance's check sheet", "财政部门核销单号"),
    ),
    Act.VOID: (_REASON, _KEPT),
    Act.LOSE: (_REASON, _MISSING, _FOUND_ON),
}  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """The lot and the receipt that an act is done to; ``fault``: why it is closed."""

    lot: Lot | None = None
    receipt: Receipt | None = None
    fault: Words | None = None

    @property
    def page(self) -> str:
        """The address of the page it stands on."""
        if self.receipt is not None:
            return url_for("receipts.one", lot_id=self.receipt.lot_id, no=self.receipt.no)
        return url_for("receipts.lots") if self.lot is None else url_for("receipts.lot", lot_id=self.lot.id)


@dataclass(frozen=True)
class Screen:
    """What a form shows."""

    act: Act
    subject: Subject
    key: str
    faults: Faults
    sent_before: bool = False


def _subject(act: Act, lot_id: int, no: int) -> Subject:
    """Return what the act is done to. Raises ``ReceiptNotFound``."""
    book, me = application().receipt_book, actor()
    if act is Act.OPEN:
        return Subject()
    if act in (Act.BLANKS, Act.CHECK_OFF):
        page = book.book(me, lot_id)
        return Subject(page.lot, fault=_lot_fault(act, page.lot))
    lot, receipt = book.one(me, lot_id, no)
    return Subject(lot, receipt, _receipt_fault(act, lot, receipt))


def _lot_fault(act: Act, lot: Lot) -> Words | None:
    if lot.checked_off_on is not None:
        return Words(f"The lot was checked off on {lot.checked_off_on}.", f"本批票据已于{lot.checked_off_on}核销。")
    if act is Act.BLANKS and lot.next_no is None:
        return Words("No number of the lot is blank.", "本批已无空白号码。")
    if act is Act.CHECK_OFF and lot.next_no is not None:
        return Words(
            f"{lot.blank_count} numbers are still blank: use them, or take them out of use first.",
            f"尚有{lot.blank_count}个空白号码：请先用完或者办理停用。",
        )
    return None


def _receipt_fault(act: Act, lot: Lot, receipt: Receipt) -> Words | None:
    if lot.checked_off_on is not None:
        return Words("Its lot is checked off.", "所属批次已经核销。")
    if receipt.status is not Status.ISSUED:
        return Words("Only an issued receipt can be voided or reported lost.", "只有已开具的票据可以作废或者报失。")
    if act is Act.VOID and receipt.cashier_id == actor().id:
        return Words(
            "You took this money: another cashier must void its receipt.", "该款由您经手收取：须由另一名出纳办理作废。"
        )
    return None


def _do(screen: Screen, answers: Mapping[str, Any], *, rehearse: bool) -> None:
    keep, me, key = application().receipts, actor(), screen.key
    lot_id = screen.subject.lot.id if screen.subject.lot is not None else 0
    no = screen.subject.receipt.no if screen.subject.receipt is not None else 0
    match screen.act:
        case Act.OPEN:
            opened = OpenLot(
                answers["book"], answers["first_no"], answers["last_no"], answers["copies"], key, mine=answers["mine"]
            )
            keep.open_lot(me, opened, rehearse=rehearse)
        case Act.BLANKS:
            status = Status(answers["what"])
            found_on = answers.get("found_on") if status is Status.LOST else None
            blanks = EndBlanks(
                lot_id, status, answers["through"], answers["reason"], answers["copies"], key, found_on=found_on
            )
            keep.end_blanks(me, blanks, rehearse=rehearse)
        case Act.CHECK_OFF:
            counted = Stubs(answers["issued"], answers["void"], answers["lost"], answers["issued_fen"])
            keep.check_off(me, CheckOff(lot_id, counted, answers["reference"], key), rehearse=rehearse)
        case Act.VOID:
            keep.void(me, EndReceipt(lot_id, no, answers["reason"], answers["copies"], key), rehearse=rehearse)
        case Act.LOSE:
            lost = EndReceipt(lot_id, no, answers["reason"], answers["copies"], key, found_on=answers["found_on"])
            keep.report_lost(me, lost, rehearse=rehearse)


def _open(act: Act, lot_id: int, no: int) -> ResponseReturnValue:
    return _form(Screen(act, _subject(act, lot_id, no), idempotency_key(), Faults()))


def _send(act: Act, lot_id: int, no: int) -> ResponseReturnValue:
    screen = Screen(act, _subject(act, lot_id, no), idempotency_key(), Faults())
    pressed = request.form.get("act", "")
    typed = typed_answers([declared.name for declared in FIELDS[act]])
    cleaned = clean_fields(FIELDS[act], typed)
    if pressed == "back":
        return _form(screen)
    for problem in cleaned.problems:
        screen.faults.add(problem.words, input_id(problem.field))
    try:
        if not cleaned.problems:
            _do(screen, cleaned.answers, rehearse=pressed != "confirm")
    except KeyReused:
        return _form(replace(screen, sent_before=True)), 409
    except (ReceiptRefused, LedgerRefused) as refusal:
        field = refusal.field if isinstance(refusal, ReceiptRefused) else ""
        screen.faults.add(refusal.words, input_id({"prefix": "first_no"}.get(field, field)) if field else "")
    if screen.faults.found:
        return _form(screen), 422
    if pressed != "confirm":
        return _confirmation(screen, typed)
    flash(_("Recorded: %(step)s", step=display.words(TITLES[act])))
    return redirect(screen.subject.page)


def _form(screen: Screen) -> str:
    filled = fields_form(FIELDS[screen.act], request.form if request.method == "POST" else None)
    screen.faults.put_in_order([input_id(declared.name) for declared in FIELDS[screen.act]])
    return render_template(
        "receipt_form.html",
        screen=screen,
        subject=screen.subject,
        title=TITLES[screen.act],
        consequence=CONSEQUENCES[screen.act],
        asked=[(declared, filled[input_id(declared.name)]) for declared in FIELDS[screen.act]],
        faults=screen.faults,
    )


def _confirmation(screen: Screen, typed: Mapping[str, str]) -> str:
    return render_template(
        "receipt_confirm.html",
        screen=screen,
        subject=screen.subject,
        title=TITLES[screen.act],
        consequence=CONSEQUENCES[screen.act],
        typed=[(declared, typed[declared.name]) for declared in FIELDS[screen.act]],
    )


def _route(act: Act, path: str) -> None:
    """Open the form of an act to whoever keeps receipts."""

    def show(lot_id: int = 0, no: int = 0) -> ResponseReturnValue:
        return _open(act, lot_id, no)

    def send(lot_id: int = 0, no: int = 0) -> ResponseReturnValue:
        return _send(act, lot_id, no)

    views: tuple[tuple[str, str, Callable[..., ResponseReturnValue]], ...] = (
        ("GET", act.value, show),
        ("POST", f"send_{act.value}", send),
    )
    for method, name, view in views:
        blueprint.add_url_rule(path, name, needs(Permission.KEEP_RECEIPTS, confirmed=True)(view), methods=[method])


for _act, _path in PATHS.items():
    _route(_act, _path)
