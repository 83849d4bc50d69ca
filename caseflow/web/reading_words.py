"""What was read, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from caseflow.domain.words import Words
from caseflow.web import display
from caseflow.web.phrases import _

_PAGES: Final[Mapping[str, Words]] = {
    "case_list.show": Words("list of cases", "案件列表"),
    "desk.export": Words("a desk as a file", "工作台导出文件"),
    "wind_down.export": Words("the wind-down as a file", "清理名单导出文件"),
    "case_files.download": Words("a file of the case", "案件文件"),
    "papers.preview": Words("preview of a paper", "文书预览"),
    "papers.pdf": Words("a paper as PDF", "文书PDF"),
    "referral_bundle.show": Words("bundle for the court", "移送法院的材料包"),
    "referrals.one": Words("referral to the court", "移送法院情况"),
    "refunds.one": Words("refund sheet", "退款单"),
    "identity_search.look": Words("search by identity number", "按证件号码查询"),
}
_PARTS: Final[Mapping[str, Words]] = {
    "case_page": Words("page of the case", "案件页面"),
    "desk": Words("a desk", "工作台"),
    "case_files": Words("files of the case", "案件文件"),
    "step_page": Words("form of a step", "办理步骤表单"),
    "papers": Words("papers of the case", "案件文书"),
    "paper_act": Words("papers of the case", "案件文书"),
    "service": Words("service of papers", "文书送达"),
    "calendar_feeds": Words("deadlines of the case", "案件期限"),
    "referral_bundle": Words("bundle for the court", "移送法院的材料包"),
    "referrals": Words("referrals to the court", "移送法院"),
    "withdrawals": Words("withdrawals from the court", "撤回移送"),
    "refunds": Words("refunds", "退款"),
    "wind_down": Words("wind-down", "清理"),
    "receipts": Words("receipts", "票据"),
    "bank": Words("bank lines", "银行流水"),
    "bank_lines": Words("bank lines", "银行流水"),
    "remittances": Words("remittances", "缴库"),
    "released": Words("persons released", "已解除名单"),
    "ledger": Words("ledger", "账簿"),
    "samples": Words("samples", "抽样"),
    "findings": Words("findings", "审计发现"),
    "access_codes": Words("access for the person", "当事人查看案件"),
    "my_case": Words("My case", "我的案件"),
    "person_submissions": Words("My case: what was submitted", "我的案件：提交的内容"),
    "submissions": Words("what the person submitted", "当事人提交的内容"),
    "recusals": Words("recusals", "回避"),
    "ageing": Words("receipts not yet remitted", "未缴库票据"),
    "api": Words("read by a program", "程序读取"),
    "case_imports": Words("old casebooks", "旧案台账"),
    "import_columns": Words("old casebooks", "旧案台账"),
    "import_rows": Words("old casebooks", "旧案台账"),
    "court_replies": Words("replies of the court", "法院回复"),
    "exports": Words("exports", "导出文件"),
    "inbox": Words("inbox", "消息"),
    "new_case": Words("form of a new case", "登记案件表单"),
    "reading_log": Words("read log", "查阅记录"),
    "reading_requests": Words("requests to read more", "查阅申请"),
    "receipt_act": Words("receipts", "票据"),
    "record": Words("record of what was done", "操作记录"),
    "reminder_settings": Words("reminders", "提醒设置"),
    "grants": Words("work left over", "遗留案件"),
    "spending": Words("expenditure", "支出"),
    "spending_act": Words("expenditure", "支出"),
    "substitutes": Words("substitutes", "代岗"),
    "verify": Words("check of a receipt", "票据核验"),
    "retention": Words("retention", "保存期限"),
}


def what_words(what: str) -> str:
    """Return what was read, by the endpoint or command that the log keeps, in the reader's language."""
    part = what.partition(".")[0]
    known = _PAGES.get(what) or _PARTS.get(part) or _PARTS.get(part.rpartition("_")[0])
    if known is not None:
        return display.words(known)
    return what.replace("_", " ").replace(".", ": ")


def told_of_reading(kind: str, told: Mapping[str, Any]) -> str:
    """Return a message about somebody's reading in words."""
    who = display.pick(str(told["who_en"]), str(told["who_zh"]))
    if "approval_id" in told:
        return _of_approval(kind, told, who)
    most, files = int(told["most"]), told["allowance"] == "files"
    if kind == "reading_near":
        if files:
            return _("%(who)s has opened four fifths of the %(num)d files a day allows", who=who, num=most)
        return _("%(who)s has been shown four fifths of the %(num)d cases a day allows in lists", who=who, num=most)
    if files:
        return _("%(who)s was stopped: more than %(num)d different files opened in a day", who=who, num=most)
    return _("%(who)s was stopped: more than %(num)d different cases shown in lists in a day", who=who, num=most)


def _of_approval(kind: str, told: Mapping[str, Any], who: str) -> str:
    if kind == "reading_decided":
        if told["approved"]:
            return _("%(who)s approved what you asked to read", who=who)
        return _("%(who)s did not approve what you asked to read", who=who)
    if told["allowance"] == "export":
        return _("%(who)s asks to take a file of %(num)d cases", who=who, num=int(told["cases"]))
    return _("%(who)s asks to read more today", who=who)
