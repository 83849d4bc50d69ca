"""Sample contents for papers of every kind, from the shipped papers.yaml and the shipped regimes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from caseflow.domain.paper_drafting import STEP_FACTS
from caseflow.domain.papers import NO_WORDS, Deadline, PaperContent, Particular, Section, Signer, Sum
from caseflow.domain.words import Words
from caseflow.resources import data_directory, parse_yaml

CASE_SUMS = {
    "assessed_fen": Words("Assessed", "应缴金额"),
    "paid_fen": Words("Paid", "已缴金额"),
    "outstanding_fen": Words("Outstanding", "未缴金额"),
}
# Written for documents and fields that the regimes get beside this: refunds told to the payer, letters to the court
# after a remedy, proof of service. Empty these once every regime has them.
PLACEHOLDER = re.compile(r"\{(\w+)\}")
PARTY = "和谐诊所"
DAY = date(2026, 3, 8)
FACTS = Words(
    "Two officers inspected the premises on 3 January 2026, showed their cards and told the party of its rights.\n"
    "The evidence: the record of inspection, two records of questioning, copies of the ledger (14 pages).",
    "2026年1月3日，本机关两名执法人员对当事人的经营场所进行现场检查，出示了执法证件并告知其权利。\n"
    "上述事实有现场检查笔录、询问笔录两份、登记簿复印件十四页为证。",
)
SIGNERS = {
    "officers": (
        Signer(Words("Enforcement officer", "执法人员"), Words("Li Na", "李娜"), "YL-0012"),
        Signer(Words("Enforcement officer", "执法人员"), Words("Zhao Lei", "赵磊"), "YL-0033"),
    ),
    "approver": (Signer(Words("Approver", "审批人"), Words("Sun Li", "孙莉")),),
    "reviewer": (Signer(Words("Legal reviewer", "法制审核人员"), NO_WORDS),),
    "party": (Signer(Words("Party", "当事人"), Words(PARTY, PARTY)),),
    "cashier": (Signer(Words("Cashier", "出纳"), Words("Zhou Min", "周敏")),),
}


def _data(path: str) -> Any:
    file = data_directory(path.split("/", maxsplit=1)[0]) / path.partition("/")[2]
    return parse_yaml(file.read_text(encoding="utf-8"), file.name).data


@cache
def entries() -> Mapping[str, Any]:
    """What papers.yaml says of each kind."""
    found: Mapping[str, Any] = _data("templates/documents/papers.yaml")
    return found


@cache
def regimes() -> Mapping[str, Any]:
    """The shipped workflow files, by regime."""
    files = sorted(data_directory("workflows").glob("*.yaml"))
    return {data["regime"]: data for data in (_data(f"workflows/{file.name}") for file in files)}


@cache
def rules() -> Mapping[str, Any]:
    """The rules of the shipped law files, by id."""
    files = sorted((data_directory("workflows") / "law").glob("*.yaml"))
    return {rule["id"]: rule for file in files for rule in _data(f"workflows/law/{file.name}").get("rules", ())}


def kinds() -> list[str]:
    """Every kind of paper that has a template: those of the regimes, but for the receipt, and those on their way."""
    shipped = {kind for data in regimes().values() for kind in data["documents"]}
    return sorted(shipped - {"payment_receipt"})


def regimes_with(kind: str) -> list[Any]:
    """The regimes that have such a document; all of them for a kind that none has yet."""
    return [data for data in regimes().values() if kind in data["documents"]] or list(regimes().values())


def words_in(value: Any) -> Iterator[str]:
    """Every text in the data of a YAML file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from words_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from words_in(item)


def content(kind: str) -> PaperContent:
    """A paper of this kind with everything filled in that its entry wants."""
    entry, regime = entries()[kind], regimes_with(kind)[-1]
    fields = regime["fields"]
    document = regime["documents"].get(kind, {"title": {"en": "Paper", "zh": "文书"}})
    label = {name: Words(**field["label"]) for name, field in fields.items()}
    making: Mapping[str, Any] = next((step for step in regime["steps"].values() if kind in step.get("makes", ())), {})
    started = [start for start in making.get("starts", ()) if isinstance(start, str)]
    return PaperContent(
        kind=kind,
        title=Words(**document["title"]),
        office=Words("Yunling County Bureau", "云岭县主管局"),
        number=Words("YL-PD-2026-0012", "云罚决字〔2026〕12号"),
        on=DAY,
        regime=Words(**regime["title"]),
        case_number=Words("YL-TI-2026-0001", "云立字〔2026〕0001号"),
        party_name=PARTY,
        party_kind=Words("Institution", "机构"),
        addressee=Words("People's Court of Yunling", "云岭县人民法院") if "addressee" in entry else NO_WORDS,
        sections=tuple(_section(section, fields) for section in entry["sections"]),
        particulars=tuple(
            Particular(name, label.get(name) or STEP_FACTS[name], _told(name, fields))
            for name in entry.get("particulars", ())
            if name in fields or name in STEP_FACTS
        ),
        sums=tuple(
            Sum(name, CASE_SUMS.get(name) or label[name], 1_854_050 + place)
            for place, name in enumerate(entry.get("sums", ()))
            if name in CASE_SUMS or name in fields
        ),
        deadlines=tuple(_deadline(name) for name in entry.get("deadlines", started)),
        law=(Words("Law of the sample (2021), article 57", "《样例法》（2021年修订）第五十七条"),),
        signers=tuple(signer for part in entry.get("signers", ()) for signer in SIGNERS[part]),
        enclosures=tuple(Words(**words) for words in entry.get("enclosures", ())),
        seal=entry.get("seal", True),
    )


def longer(paper: PaperContent, times: int = 12) -> PaperContent:
    """The same paper with so much in it that it runs over three pages and more."""
    more = tuple(
        replace(section, text=Words("\n".join([FACTS.en] * times), "\n".join([FACTS.zh] * times)))
        for section in paper.sections
    )
    rows = paper.particulars or (Particular("row", Words("A row of the table", "表格的一行"), FACTS),)
    return replace(paper, sections=more, particulars=tuple((rows * 30)[:30]))


def _section(section: Mapping[str, Any], fields: Mapping[str, Any]) -> Section:
    if "from" in section:
        return Section(section["name"], Words(**section["label"]), FACTS)

    def filled(language: str) -> str:
        return PLACEHOLDER.sub(lambda name: _told(name[1], fields).in_locale(language), section["text"][language])

    return Section(section["name"], Words(**section["label"]), Words(filled("en"), filled("zh")))


def _told(name: str, fields: Mapping[str, Any]) -> Words:
    return STEP_FACTS[name] if name in STEP_FACTS else _answer(fields[name])


def _answer(field: Mapping[str, Any]) -> Words:
    match field["type"]:
        case "date":
            return Words("8 March 2026", "2026年3月8日")
        case "boolean":
            return Words("Yes", "是")
        case "choice":
            return Words(**next(iter(field["choices"].values())))
        case "integer":
            return Words("3600", "3600")
    return Words("Linxi Road 12, Yunling", "云岭县林溪路12号")


def _deadline(name: str) -> Deadline:
    rule = rules()[name]
    version = rule["versions"][-1]
    due = date(2026, 3, 23) if "pay" in name else None
    source = Words(version["cite"]["en"], version["cite"]["zh"])
    return Deadline(name, Words(**rule["title"]), Words("15 days", "15日"), due, source)
