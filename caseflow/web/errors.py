"""Error pages: what happened and what to do, in the reader's language, never a trace."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, g, render_template, request
from flask_babel import force_locale
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from caseflow.domain.access import NotPermitted
from caseflow.domain.words import Words
from caseflow.services.case_files import FileUnreadable, NoSuchCaseFile
from caseflow.services.case_imports import NoSuchImport
from caseflow.services.cases import CaseNotFound, KeyReused
from caseflow.services.duties import DutiesRefused
from caseflow.services.erased_cases import CaseErased
from caseflow.services.ports.bank import NotThere
from caseflow.services.ports.privacy import FileShut
from caseflow.services.ports.reading import ReadingNotRecorded
from caseflow.services.receipt_book import ReceiptNotFound
from caseflow.services.rulebook import UnknownRegime
from caseflow.services.spending import SpendingNotFound
from caseflow.web.api_access import is_for_programs, problem
from caseflow.web.context import LOCALES, locale
from caseflow.web.security import NulSent, largest_file_bytes

# Set where an answer is an error page: whatever the request had opened before, it shows nothing of it.
SHOWS_NOTHING = "caseflow_shows_nothing"
_TITLES = {
    400: Words("This page is out of date", "页面已不是最新"),
    403: Words("Your desk does not include this", "您的岗位无此权限"),
    404: Words("There is no such page or case", "没有此页面或者案件"),
    405: Words("This address does not take that", "此地址不接受该操作"),
    409: Words("This was already sent", "该内容已经提交过"),
    410: Words("This was erased", "该内容已经删除"),
    413: Words("Too much was sent at once", "一次提交的内容过大"),
    500: Words("Something went wrong on our side", "系统内部出现故障"),
    503: Words("Nothing is shown: the reading could not be recorded", "本次查阅未能登记，因此未显示任何内容"),
}
_ADVICE = {
    400: Words(
        "What was sent holds a value that this page does not offer, so nothing was recorded. The page was made before "
        "something changed, or its address was cut short. Go back, load it anew, and send it again.",
        "提交的内容含有页面上没有的选项，因此未作任何登记。页面可能是在有关内容变动之前打开的，或者网址不完整。请返回并刷新页面，核对后重新提交。",
    ),
    403: Words(
        "Nothing was changed. If it is part of your work, ask the administrator for the role.",
        "未作任何更改。如属您的工作职责，请向系统管理员申请相应角色。",
    ),
    404: Words(
        "Check the address. A case of another office is not shown here either.",
        "请核对地址。其他单位的案件也不在此显示。",
    ),
    405: Words("Go back to your desk and start from there.", "请返回工作台重新操作。"),
    409: Words(
        "The same form was sent before with other content, and that was recorded. Open the case to see it.",
        "同一表单此前已以不同内容提交并登记。请打开案件查看。",
    ),
    410: Words("It cannot be brought back.", "该内容不可恢复。"),
    413: Words(
        "Nothing was recorded. All the texts of one form together may hold about 50,000 characters. Go back, where "
        "your browser keeps what you typed, shorten the text and send it again.",
        "未作任何登记。同一表单的全部文字合计不得超过约5万字。请返回上一页（浏览器会保留您已填写的内容），缩短后重新提交。",
    ),
    500: Words(
        "Nothing was recorded. Try again in a minute; if it happens again, tell the administrator when it happened.",
        "未作任何登记。请稍后重试；如仍出现，请将发生时间告知系统管理员。",
    ),
    503: Words(
        "Every reading of a file is recorded first, and that failed: nothing was handed out. Try again in a minute; if "
        "it happens again, tell the administrator.",
        "读取文件前须先登记，而登记未成功，因此未提供任何内容。请稍后重试；如仍出现，请告知系统管理员。",
    ),
}
_PERSONS_READING = Words(
    "Whoever looks at a case is written down first, and so are you; just now that failed. Your case is as it was. Try "
    "again in a few minutes; if it happens again, ask the office that handles your case.",
    "任何人查看案件前都要先登记，您本人查看也一样；刚才登记未能成功。您的案件没有任何变化。请过几分钟再试；如仍出现，请联系办理本案的单位。",
)
_UNREADABLE = Words(
    "The stored file was lost or is not what was put in, so nothing of it is shown. That was recorded. Tell the "
    "administrator, who can put it back from the backup; whoever sent it can also add it again.",
    "存储的文件已丢失或者与当初存入的内容不符，因此不予显示；此情况已登记。请告知系统管理员从备份中恢复，也可以由原提交人重新上传。",
)
_SHUT = Words(
    "The stored file cannot be opened or is not what was received, so nothing of it is shown. Tell the administrator: "
    "a key may be missing, or the file was changed in the database.",
    "存储的文件无法打开或者与当初收到的不一致，因此不予显示。请告知系统管理员：可能缺少密钥，或者数据库中的文件被改动。",
)
_NO_IMPORT = Words(
    "Your office has no such import, or no such row of it. Open the list of old casebooks and go on from there.",
    "本单位没有该次导入，或者没有该行。请打开旧案台账列表后继续操作。",
)


_NOT_READ = Words("The request could not be read", "无法识别该请求")
_LOAD_ANEW = Words(
    "Nothing was recorded. Go back, load the page anew and try again.", "未作任何登记。请返回并刷新页面后重试。"
)
_NOT_TAKEN = Words("The form could not be taken", "无法接收该表单")
_NO_TOKEN = Words(
    "The page may have been open since before you signed in. Go back, reload it and send it again; your browser keeps "
    "what you typed.",
    "页面可能是在您登录之前打开的。请返回并刷新页面后重新提交；浏览器会保留您已填写的内容。",
)
_ELSEWHERE = Words(
    "It did not come from a page of this site, or your browser does not say from which page it came. Nothing was "
    "recorded. Open the page here and send it from there; if it happens again, tell the administrator.",
    "该表单不是从本系统的页面提交的，或者浏览器未说明来自哪个页面。未作任何登记。请在本系统中打开该页面后提交；如仍出现，请告知系统管理员。",
)
_NUL_ADVICE = Words(
    "What was sent holds a NUL character, which no text has. Nothing was recorded. Go back, where your browser keeps "
    "what you typed, type that field anew and send it again.",
    "提交的内容中含有空字符（NUL），文字中不得含有该字符。未作任何登记。请返回上一页（浏览器会保留您已填写的内容），重新填写该项后提交。",
)


def register(app: Flask) -> None:
    """Answer every refusal with a page of its own."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(NulSent, lambda _error: _page(400, _NUL_ADVICE, _NOT_TAKEN))
    app.register_error_handler(NotPermitted, lambda _error: _page(403))
    app.register_error_handler(DutiesRefused, lambda error: _page(403, _not_you(error)))
    app.register_error_handler(CaseNotFound, lambda _error: _page(404))
    app.register_error_handler(NoSuchImport, lambda _error: _page(404, _NO_IMPORT))
    app.register_error_handler(NoSuchCaseFile, lambda _error: _page(404))
    app.register_error_handler(CaseErased, _erased)
    app.register_error_handler(FileUnreadable, lambda _error: _page(500, _UNREADABLE))
    app.register_error_handler(FileShut, lambda _error: _page(500, _SHUT))
    app.register_error_handler(ReceiptNotFound, lambda _error: _page(404))
    app.register_error_handler(SpendingNotFound, lambda _error: _page(404))
    app.register_error_handler(UnknownRegime, lambda _error: _page(404))
    app.register_error_handler(NotThere, lambda _error: _page(404))
    app.register_error_handler(KeyReused, lambda _error: _page(409))
    app.register_error_handler(ReadingNotRecorded, lambda _error: not_recorded())


def _http(error: HTTPException) -> tuple[str, int] | Response:
    code = error.code or 500
    if code not in _TITLES:
        return _page(500) if code >= HTTPStatus.INTERNAL_SERVER_ERROR else _page(400, _LOAD_ANEW, _NOT_READ)
    largest = largest_file_bytes()
    if code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and largest is not None:
        return _page(code, _file_too_large(largest // 1024 // 1024))
    return _page(code)


def _forged(error: CSRFError) -> tuple[str, int] | Response:
    # flask-wtf tells only by its words whether the token or the page that the form came from does not fit.
    advice = _ELSEWHERE if "referrer" in (error.description or "") else _NO_TOKEN
    return _page(400, advice, _NOT_TAKEN)


def not_recorded() -> tuple[str, int] | Response:
    """Return the page that says that nothing is shown, because the reading could not be written down."""
    return _page(503, _PERSONS_READING if request.path.startswith("/my-case") else None)


def _erased(error: CaseErased) -> tuple[str, int] | Response:
    reads = request.method in {"GET", "HEAD"}
    return _page(HTTPStatus.GONE, error.words) if reads else _page(HTTPStatus.CONFLICT, error.words, _TITLES[410])


def _not_you(refused: DutiesRefused) -> Words:
    return Words(
        f"Nothing was changed. It {refused.words.en}."
        if refused.words.en.startswith("needs")
        else f"Nothing was changed: {refused.words.en}.",
        f"未作任何更改：{refused.words.zh}。",
    )


def _file_too_large(most: int) -> Words:
    return Words(
        f"Nothing was recorded. The file may have at most {most} MB. Go back and choose a smaller one, such as the "
        "statement of fewer days, a casebook in two parts, a scan at 300 dpi, or the part of a film that matters.",
        f"未作任何登记。文件不得超过{most}兆字节。请返回上一页，选择较小的文件，例如天数较少的对账单、分成两份的台账、"
        "300 dpi的扫描件、视频的相关片段。",
    )


def _page(code: int, advice: Words | None = None, title: Words | None = None) -> tuple[str, int] | Response:
    setattr(g, SHOWS_NOTHING, True)
    if is_for_programs():
        return problem(code)
    language = _language_of_the_reader()
    with force_locale(language):
        again = request.full_path.rstrip("?") if _may_go_better(code) else ""
        told = {"code": code, "title": title or _TITLES[code], "advice": advice or _ADVICE[code], "again": again}
        return render_template("error.html", **told), code


def _may_go_better(code: int) -> bool:
    """Tell whether the same address may answer in a while: what only reads may be asked for once more."""
    return code == HTTPStatus.SERVICE_UNAVAILABLE and request.method in {"GET", "HEAD"}


def _language_of_the_reader() -> str:
    try:
        return locale()
    except Exception:  # noqa: BLE001 - whatever broke the page may break the look at who reads it
        return request.accept_languages.best_match(LOCALES) or LOCALES[0]
