"""CAMT.053 (ISO 20022), every version: only booked entries count, a batch with its own amounts is one line each.

The parser loads no DTD, expands no entity and reaches for no network; a file that declares a DTD is refused.
"""

from __future__ import annotations

from datetime import date

from lxml import etree

from caseflow.adapters.bank_formats.texts import bad_field
from caseflow.domain.bank import (
    Balance,
    BankFileRefused,
    Direction,
    ReadFile,
    ReadStatement,
    RowFault,
    StatementLine,
    read_amount,
    read_day,
)
from caseflow.domain.words import Words

# ISO 20022 writes this where the payer gave no reference.
_NOT_PROVIDED = "NOTPROVIDED"
_CURRENCY = "CNY"
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


class _Row(Exception):
    def __init__(self, fault: RowFault) -> None:
        self.fault = fault
        super().__init__(fault.words.en)


def read_camt(content: bytes) -> ReadFile:
    """Return the statements of a CAMT.053 file. Raises ``BankFileRefused``: not XML, a DTD, no statement."""
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, dtd_validation=False, no_network=True, remove_comments=True,
        remove_pis=True, huge_tree=False,
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        words = Words(f"The file is not well-formed XML: {error.msg}", f"文件不是格式正确的XML：{error.msg}")
        raise BankFileRefused([RowFault(error.lineno or 0, "file", words)]) from error
    if root.getroottree().docinfo.doctype:
        words = Words(
            "The file declares a DTD, which a bank statement never needs.", "文件含有DTD声明，银行对账单不应有此内容。"
        )
        raise BankFileRefused([RowFault(1, "file", words)])
    found = root.findall("{*}BkToCstmrStmt/{*}Stmt")
    if not found:
        words = Words("The file holds no statement (BkToCstmrStmt/Stmt).", "文件中没有对账单（BkToCstmrStmt/Stmt）。")
        raise BankFileRefused([RowFault(1, "file", words)])
    faults: list[RowFault] = []
    return ReadFile("camt053", tuple(_statement(one, faults) for one in found), tuple(faults))


def _statement(node: etree._Element, faults: list[RowFault]) -> ReadStatement:
    lines: list[StatementLine] = []
    for entry in node.findall("{*}Ntry"):
        if (_text(entry, "{*}Sts/{*}Cd") or _text(entry, "{*}Sts")) not in ("BOOK", ""):
            continue
        try:
            lines += _lines(entry)
        except _Row as row:
            faults.append(row.fault)
    account = _text(node, "{*}Acct/{*}Id/{*}IBAN") or _text(node, "{*}Acct/{*}Id/{*}Othr/{*}Id")
    balances = {}
    for balance in node.findall("{*}Bal"):
        try:
            balances[_text(balance, "{*}Tp/{*}CdOrPrtry/{*}Cd")] = Balance(
                _day(balance, "{*}Dt"), _amount(balance) * (1 if _is_credit(balance) else -1)
            )
        except _Row as row:
            faults.append(row.fault)
    return ReadStatement(
        tuple(lines),
        account,
        _text(node, "{*}Id"),
        next((balances[code] for code in _OPENING if code in balances), None),
        next((balances[code] for code in _CLOSING if code in balances), None),
    )


def _lines(entry: etree._Element) -> list[StatementLine]:
    total = _amount(entry)
    if total <= 0:
        raise _Row(bad_field(_line(entry), "Amt", _text(entry, "{*}Amt")))
    details = entry.findall("{*}NtryDtls/{*}TxDtls")
    parts = [read_amount(_text(one, "{*}Amt") or _text(one, "{*}AmtDtls/{*}TxAmt/{*}Amt")) or 0 for one in details]
    if len(details) > 1 and all(parts) and sum(parts) == total:
        return [_one(entry, detail, fen) for detail, fen in zip(details, parts, strict=True)]
    return [_one(entry, details[0] if details else None, total)]


def _one(entry: etree._Element, detail: etree._Element | None, fen: int) -> StatementLine:
    booked_on = _day(entry, "{*}BookgDt")
    credit = _is_credit(entry)
    side = "Dbtr" if credit else "Cdtr"
    return StatementLine(
        position=_line(entry),
        booked_on=booked_on,
        value_on=_day(entry, "{*}ValDt") if entry.find("{*}ValDt") is not None else booked_on,
        direction=Direction.CREDIT if credit else Direction.DEBIT,
        amount_fen=fen,
        reference=_reference(detail),
        text=_remark(entry, detail),
        counterparty=_text(detail, f"{{*}}RltdPties/{{*}}{side}/{{*}}Pty/{{*}}Nm")
        or _text(detail, f"{{*}}RltdPties/{{*}}{side}/{{*}}Nm"),
        bank_reference=_text(entry, "{*}AcctSvcrRef"),
    )


def _reference(detail: etree._Element | None) -> str:
    for path in ("{*}Refs/{*}EndToEndId", "{*}RmtInf/{*}Strd/{*}CdtrRefInf/{*}Ref"):
        found = _text(detail, path)
        if found and found != _NOT_PROVIDED:
            return found
    return ""


def _remark(entry: etree._Element, detail: etree._Element | None) -> str:
    parts = [] if detail is None else [(one.text or "").strip() for one in detail.findall("{*}RmtInf/{*}Ustrd")]
    return "".join(parts) or _text(detail, "{*}AddtlTxInf") or _text(entry, "{*}AddtlNtryInf")


def _is_credit(node: etree._Element) -> bool:
    mark = _text(node, "{*}CdtDbtInd")
    if mark not in ("CRDT", "DBIT"):
        raise _Row(bad_field(_line(node), "CdtDbtInd", mark))
    return mark == "CRDT"


def _amount(node: etree._Element) -> int:
    found = node.find("{*}Amt")
    currency = "" if found is None else found.get("Ccy", "")
    if currency != _CURRENCY:
        raise _Row(bad_field(_line(node), "Ccy", currency))
    fen = read_amount(_text(node, "{*}Amt"))
    if fen is None or fen < 0:
        raise _Row(bad_field(_line(node), "Amt", _text(node, "{*}Amt")))
    return fen


def _day(node: etree._Element, path: str) -> date:
    told = _text(node, f"{path}/{{*}}Dt") or _text(node, f"{path}/{{*}}DtTm")
    day = read_day(told)
    if day is None:
        raise _Row(bad_field(_line(node), path.removeprefix("{*}"), told))
    return day


def _text(node: etree._Element | None, path: str) -> str:
    found = None if node is None else node.find(path)
    return "" if found is None else (found.text or "").strip()


def _line(node: etree._Element) -> int:
    return int(node.sourceline or 0)
