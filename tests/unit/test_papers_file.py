"""papers.yaml: every name in it is one of the shipped regimes', and its words are lawful for each of them."""

from __future__ import annotations

import re

import pytest

from caseflow.adapters.papers import TypstPapers
from caseflow.domain.paper_drafting import STEP_FACTS
from caseflow.resources import data_directory
from tests.paperwork import (
    CASE_SUMS,
    PLACEHOLDER,
    entries,
    kinds,
    regimes,
    regimes_with,
    rules,
    words_in,
)

KEYS = {"addressee", "seal", "signers", "sections", "particulars", "sums", "deadlines", "enclosures", "standard"}
PUNISHING = re.compile(r"处罚|罚款|罚没|penal|punish|\bfine[ds]?\b", re.IGNORECASE)


def test_each_kind_of_the_regimes_has_its_entry_and_its_template() -> None:
    assert set(entries()) == set(kinds())
    folder = data_directory("templates") / "documents"
    # Set by Typst, and no papers of a case: receipts of money and of submissions, the slip with the person's code.
    others = {"general", "layout", "families", "receipt", "access_slip", "submission_receipt"}
    assert {path.stem for path in folder.glob("*.typ")} == {*kinds(), *others}


@pytest.mark.parametrize("kind", kinds())
def test_every_name_is_known_to_a_regime_that_has_the_document(kind: str) -> None:
    entry, having = entries()[kind], regimes_with(kind)
    assert set(entry) <= KEYS
    names = {*entry.get("particulars", ()), *entry.get("sums", ())} - set(CASE_SUMS)
    names |= {section["from"] for section in entry["sections"] if "from" in section}
    names |= {entry["addressee"]} if "addressee" in entry else set()
    unknown = {name for name in names - set(STEP_FACTS) if not any(name in data["fields"] for data in having)}
    assert not unknown
    # A sentence would have a hole where a regime lacked the field.
    in_sentences = {
        name
        for section in entry["sections"]
        for text in section.get("text", {}).values()
        for name in PLACEHOLDER.findall(text)
    }
    assert not {name for name in in_sentences - set(STEP_FACTS) if not all(name in data["fields"] for data in having)}
    assert set(entry.get("deadlines", ())) <= set(rules())


@pytest.mark.parametrize("kind", kinds())
def test_sums_are_money_and_particulars_are_not(kind: str) -> None:
    entry = entries()[kind]
    for data in regimes_with(kind):
        types = {name: field["type"] for name, field in data["fields"].items()}
        assert all(types.get(name, "money") == "money" for name in entry.get("sums", ()))
        assert not {types.get(name) for name in entry.get("particulars", ())} & {"money", "long_text"}
        taken = {types.get(section["from"], "long_text") for section in entry["sections"] if "from" in section}
        assert taken <= {"long_text"}


@pytest.mark.parametrize("kind", kinds())
def test_every_text_is_in_both_languages_and_names_are_said_once(kind: str) -> None:
    entry = entries()[kind]
    names = [section["name"] for section in entry["sections"]]
    assert len(names) == len(set(names))
    for section in entry["sections"]:
        assert all(section["label"][language] for language in ("en", "zh"))
        if "text" in section:
            assert set(section["text"]) == {"en", "zh"}
            assert bool(section["text"]["en"]) == bool(section["text"]["zh"])
            placeholders = [PLACEHOLDER.findall(section["text"][language]) for language in ("en", "zh")]
            assert sorted(placeholders[0]) == sorted(placeholders[1])


@pytest.mark.parametrize("kind", sorted({*regimes()["social_support_fee"]["documents"]}))
def test_a_paper_of_the_fee_never_speaks_of_punishment(kind: str) -> None:
    said = "\n".join(words_in(entries().get(kind, {})))
    assert not PUNISHING.findall(said)


def test_papers_tell_what_the_law_wants_them_to_tell() -> None:
    def says(kind: str) -> str:
        return "\n".join(words_in(entries()[kind]))

    # APL 44, 45, 63, 64; 59, 66, 67, 72, 73; ACL 35, 36; Decree 357 arts. 6, 8, 9.
    for word in ("陈述", "申辩", "{defence_until}", "更重的处罚", "听证"):
        assert word in says("penalty_notice")
    for word in ("银行", "百分之三", "不超出罚款的数额", "行政复议", "行政诉讼", "延期或者分期", "cn.all.sue_direct"):
        assert word in says("penalty_decision")
    for word in ("三十日", "千分之二", "分期缴纳", "行政复议", "行政诉讼", "cn.d357.payment_30d"):
        assert word in says("levy_decision")
    for word in ("明确的金额", "陈述和申辩", "人民法院", "cn.acl.demand_10wd"):
        assert word in says("demand_letter")
    for word in ("不再有法律依据", "不再征收", "六十日内", "行政复议", "六个月内", "国家赔偿", "两年内"):
        assert word in says("closing_notice")
    assert entries()["demand_letter"]["sums"] == ["demanded_amount"]
    court = [words["zh"] for words in entries()["court_application"]["enclosures"]]
    wanted = ["行政决定书", "当事人的意见", "标的", "送达回证", "其他材料"]
    assert [want in line for want, line in zip(wanted, court, strict=True)] == [True] * 5


def test_only_limits_that_the_paper_itself_starts_are_listed_with_their_days() -> None:
    # A limit's last day is that of the case's latest clock: in any other paper it would be the day of another act.
    listing = {kind for kind, entry in entries().items() if entry.get("deadlines")}
    assert listing == {"penalty_decision", "levy_decision", "demand_letter"}
    for kind in ("correction_order", "stop_order", "no_penalty_decision", "revocation_decision", "closing_notice"):
        said = "\n".join(words_in(entries()[kind]))
        assert "六十日内" in said
        assert "六个月内" in said
        assert entries()[kind]["deadlines"] == []


def test_every_word_of_the_file_and_of_the_layout_can_be_printed() -> None:
    folder = data_directory("templates") / "documents"
    said = {path.name: path.read_text(encoding="utf-8") for path in (*folder.glob("*.typ"), folder / "papers.yaml")}
    assert len(said) > len(kinds())
    assert TypstPapers().unprintable(said) == frozenset()
