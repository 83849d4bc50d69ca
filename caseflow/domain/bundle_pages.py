"""The pages of a bundle that a person reads: its index and the statement of what is owed. HTML, both languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape

from caseflow.domain.assessment import CalculationSheet
from caseflow.domain.bundle_contents import GROUPS
from caseflow.domain.referral_document import Both, ReferralDocument, both

STATEMENT_FILE, INDEX_FILE = "04-statement.html", "index.html"
_STYLE = (
    "body{font-family:sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;line-height:1.5}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #767676;padding:.3rem .5rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}h1{overflow-wrap:anywhere}"
)
_SUMS = (("项目", "What"), ("元", "Yuan"))
_MOVES = (("日期", "Date"), ("事项", "What"), ("元", "Yuan"))
_SHEET = (("项目", "Line"), ("算式", "Formula"), ("元", "Yuan"), ("依据", "Source"))
_LIMITS = (("期限", "Limit"), ("起止", "From, to"), ("计算", "How counted"))
_EVENTS = {
    "assess": Both(en="Assessed", zh="核定"),
    "charge": Both(en="Added charge entered", zh="登记加处罚款（滞纳金）"),
    "confiscate": Both(en="Confiscation entered", zh="登记没收"),
    "collect": Both(en="Paid", zh="缴款"),
    "annul": Both(en="Annulled", zh="撤销"),
    "write_off": Both(en="Written off", zh="核销"),
    "refund": Both(en="Refunded", zh="退付"),
    "interest": Both(en="Interest", zh="利息"),
}


def index_page(document: ReferralDocument) -> bytes:
    """Return the index: what the application is about, its papers in order, its conditions, with links."""
    rows = []
    for group, title in GROUPS.items():
        found = [entry for entry in document.entries if entry.group == group]
        rows.append(f'<tr><th scope="rowgroup" colspan="3">{group}. {escape(title.zh)} / {escape(title.en)}</th></tr>')
        for entry in found:
            links = " ".join(f'<a href="{escape(one.path)}">{escape(one.path)}</a>' for one in entry.files)
            number = _pair(entry.number) if entry.number else ""
            rows.append(
                f"<tr><td>{_pair(entry.title)}</td><td>{number} {_day(entry.issued_on)}</td><td>{links}</td></tr>"
            )
        if not found:
            rows.append('<tr><td colspan="3">无 / none</td></tr>')
    head = (("材料", "What"), ("文号、日期", "Number, date"), ("文件", "Files"))
    conditions = [
        (
            _pair(one.title),
            "是 / yes" if one.holds else "否 / no",
            _pair(one.words),
            _pair(one.source) if one.source else "",
        )
        for one in document.conditions
    ]
    heads = (("条件", "Condition"), ("符合", "Holds"), ("说明", "Words"), ("依据", "Source"))
    body = (
        f"<h1>强制执行申请材料 / Application for compulsory execution: {_pair(document.case)}</h1>{_facts(document)}"
        f"<h2>材料目录（行政强制法第五十五条） / Papers in order (ACL article 55)</h2>{_table(head, rows)}"
        f"<h2>申请条件（签署之日） / Conditions on the day of signing</h2>{_table(heads, _rows(conditions))}"
        "<h2>记录证明 / Proofs of the record</h2>"
        f'<p><a href="{escape(document.proofs)}">{escape(document.proofs)}</a></p>'
        '<p>机器可读 / Machine-readable: <a href="referral.json">referral.json</a></p>'
    )
    return _page("强制执行申请材料 / Referral", body)


def statement_page(document: ReferralDocument) -> bytes:
    """Return the statement of what is owed and paid, with every movement and the limits that were counted."""
    said = document.statement
    sums = [
        ("应缴合计 / Assessed in all", said.assessed_fen),
        ("其中加处罚款（滞纳金） / Of it added charge", said.charged_fen),
        ("已缴 / Paid", said.collected_fen),
        ("已退 / Refunded", said.refunded_fen),
        ("已核销 / Written off", said.written_off_fen),
        ("未缴本金 / Principal outstanding", said.principal_open_fen),
        ("未缴加处罚款（滞纳金） / Added charge outstanding", said.charge_open_fen),
        ("未缴合计 / Outstanding in all", said.outstanding_fen),
    ]
    moves = [
        (_day(one.on), _pair(_EVENTS.get(one.event, Both(en=one.event, zh=one.event))), _yuan(one.amount_fen))
        for one in said.postings
    ]
    limits = [
        (_pair(one.title), f"{_day(one.begins_on)} – {_day(one.ends_on)}", "<br>".join(_pair(why) for why in one.why))
        for one in document.limits
    ]
    reckoned = ""
    if said.reckoning is not None:
        sheet = CalculationSheet.from_json(said.reckoning)
        lines = [
            (_pair(both(line.label)), escape(line.formula), _yuan(line.amount_fen), _pair(both(line.cite.text)))
            for line in sheet.lines
        ]
        reckoned = f"<h2>加处罚款（滞纳金）计算表 / Reckoning of the added charge</h2>{_table(_SHEET, _rows(lines))}"
    body = (
        f"<h1>申请强制执行标的情况 / State of the object: {_pair(document.case)}</h1>{_facts(document)}"
        f"<h2>金额 / Sums</h2>{_table(_SUMS, _rows((name, _yuan(fen)) for name, fen in sums))}"
        f"<h2>收支明细 / Movements</h2>{_table(_MOVES, _rows(moves))}{reckoned}"
        f"<h2>期限 / Time limits</h2>{_table(_LIMITS, _rows(limits))}"
    )
    return _page("标的情况 / Statement", body)


def _facts(document: ReferralDocument) -> str:
    said = document.referral
    rows = [
        ("申请机关 / Office", _pair(document.office)),
        ("案由 / Regime", _pair(document.regime)),
        ("被申请人 / Party", f"{escape(document.party.name)} ({_pair(document.party.kind)})"),
        ("决定 / Decision", f"{escape(said.decision_no or '')} {_day(said.decided_on)}"),
        ("送达 / Served", _day(said.served_on)),
        ("签署 / Signed", _day(said.signed_on)),
        ("申请 / Filed", f"{_day(said.filed_on)} {escape(said.court or '')}"),
    ]
    return (
        "<table>"
        + "".join(f'<tr><th scope="row">{name}</th><td>{value}</td></tr>' for name, value in rows)
        + "</table>"
    )


def _pair(words: Both) -> str:
    return escape(words.zh if words.zh == words.en else f"{words.zh} / {words.en}")


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def _rows(rows: Iterable[Sequence[str]]) -> list[str]:
    return ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]


def _table(head: Sequence[tuple[str, str]], rows: Sequence[str]) -> str:
    titles = "".join(f'<th scope="col">{zh} / {en}</th>' for zh, en in head)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _page(title: str, body: str) -> bytes:
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    ).encode()
