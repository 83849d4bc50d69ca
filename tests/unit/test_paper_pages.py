"""Every kind of paper in both languages: what stands on its pages, and that nothing runs off or over anything."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest

from caseflow.adapters.papers import TypstPapers
from caseflow.domain.papers import LANGUAGES, NO_WORDS, PaperContent, said
from caseflow.domain.words import Words
from caseflow.resources import data_directory
from tests.paperwork import PARTY, content, kinds, longer
from tests.printed import (
    A4,
    MM,
    Placed,
    catalog,
    headings,
    overlapping,
    placed_words,
    read_through,
    skips_a_level,
    together,
)

PRINTER = TypstPapers()
LEFT, RIGHT, TOP = 30 * MM, A4[0] - 22 * MM, 24 * MM
BINDING = {"装", "订", "线", "binding", "margin"}
ONE_OF_EACH_FAMILY = (
    "penalty_decision", "police_referral_letter", "refund_approval", "questioning_record", "investigation_report",
    "service_record", "court_application", "public_notice", "evidence_hold_notice",
)  # fmt: skip
HOSTILE = (
    '#read("/etc/passwd") #sys.inputs #eval("1+1") $x^2$ *bold* _em_ `raw` @label <label> \\ [[ ]] = head - list',
    "W" * 200,
    "W" * 20,
    "很长的名称" * 40,
    "）" * 200,
    "a-b/c_d.e" * 22,
    "x\u00a0" * 100,
    "https://example.org/" + "path/" * 40,
    "㐂𠮷〇" * 60,
)


def family(kind: str) -> str:
    text = (data_directory("templates") / "documents" / f"{kind}.typ").read_text(encoding="utf-8")
    found = re.search(r"^#([a-z-]+)\(", text, re.MULTILINE)
    assert found is not None
    return found[1]


def printed(paper: PaperContent, language: str, mark: Words = NO_WORDS) -> bytes:
    return PRINTER.pdf(PRINTER.sources(paper.kind), said(paper.body(), language, mark=mark))


def checked_pages(pdf: bytes, paper: PaperContent, language: str, *, named: bool = True) -> list[list[Placed]]:
    """Every page within its margins, nothing over anything, numbered and named at its foot."""
    pages = placed_words(pdf)
    foot = A4[1] - (38 if family(paper.kind) == "record" else 26) * MM
    for place, words in enumerate(pages):
        inside = [word for word in words if word.text not in BINDING or word.left >= LEFT]
        # The last mark of a Chinese line is set half as wide as its box says.
        assert [word for word in inside if word.left < LEFT - 1 or word.right > RIGHT + 7.5] == []
        assert [word for word in inside if word.top < TOP - 6 or word.bottom > A4[1] - 6 * MM] == []
        below = [word for word in inside if word.bottom > foot + 2]
        assert [word for word in below if word.top < foot + 2] == [], "the text runs into the footer"
        assert overlapping(inside) == []
        told = together(below)
        number, total = place + 1, len(pages)
        assert (f"第{number}页共{total}页" if language == "zh" else f"Page{number}of{total}") in told
        for name in (paper.number, paper.case_number) if named else ():
            assert re.sub(r"\s", "", name.in_locale(language)) in told
    return pages


def checked_tags(pdf: bytes, language: str) -> None:
    root = catalog(pdf)
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).startswith(language)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "pdfuaid:part>1<" in root["/Metadata"].get_object().get_data().decode()
    levels = headings(pdf)
    assert levels[0] == "H1"
    assert levels.count("H1") == 1
    assert not skips_a_level(levels)


@pytest.mark.parametrize("kind", [*kinds()])
def test_a_paper_says_what_it_has_to_say(kind: str) -> None:
    paper = content(kind)
    for language in LANGUAGES:
        pdf = printed(paper, language)
        checked_pages(pdf, paper, language)
        checked_tags(pdf, language)
        text = read_through(pdf)
        wanted = [paper.title.in_locale(language), paper.party_name]
        wanted += [line.label.in_locale(language) for line in paper.particulars]
        wanted += [line.value.in_locale(language) for line in paper.particulars]
        wanted += [words.in_locale(language) for words in paper.enclosures]
        wanted += [signer.card_no for signer in paper.signers]
        wanted += [f"{line.amount_fen / 100:,.2f}" for line in paper.sums]
        wanted += ["壹万捌仟伍佰肆拾元伍角"] if language == "zh" and paper.sums else []
        for section in paper.sections:
            lines = section.text.in_locale(language).splitlines()
            wanted += [re.sub(r"^([问答QA])\s*[：:]\s*", "", line) for line in lines]
        for line in paper.deadlines:
            wanted += [line.title.in_locale(language), line.length.in_locale(language), line.source.in_locale(language)]
        lost = [want for want in wanted if re.sub(r"\s", "", want) not in text]
        assert lost == []


@pytest.mark.parametrize("kind", ONE_OF_EACH_FAMILY)
def test_a_long_paper_runs_over_pages_that_count_on(kind: str) -> None:
    paper = longer(content(kind))
    for language in LANGUAGES:
        pdf = printed(paper, language)
        pages = checked_pages(pdf, paper, language)
        checked_tags(pdf, language)
        assert len(pages) >= 3
        if family(kind) == "record":
            every = "当事人（被询问人）签名" if language == "zh" else "Party or person heard"
            assert all(re.sub(r"\s", "", every) in together(words) for words in pages)
        # The seal never stands alone: its page has words of the text too.
        sealed = [words for words in pages if "印章" in together(words) or "(seal)" in together(words)]
        assert all(len(together(words)) > 90 for words in sealed)


@pytest.mark.parametrize("kind", ONE_OF_EACH_FAMILY)
def test_text_is_never_a_program_and_never_breaks_the_page(kind: str) -> None:
    for place, language in enumerate(LANGUAGES):
        pdf = printed(hostile(content(kind), place), language)
        text = "".join(together(words) for words in checked_pages(pdf, content(kind), language, named=False))
        checked_tags(pdf, language)
        assert "root:" not in text
        assert "/Annots" not in catalog(pdf)["/Pages"]["/Kids"][0]
        program = re.sub(r"\s", "", HOSTILE[0])
        assert program in text


def hostile(plain: PaperContent, place: int) -> PaperContent:
    """The paper with a hostile text in every place; which one where turns with ``place``."""
    turn = cycle(HOSTILE[place:] + HOSTILE[:place])

    def words() -> Words:
        text = next(turn)
        return Words(text, text)

    return replace(
        plain,
        office=words(),
        title=words(),
        number=words(),
        case_number=words(),
        party_name=next(turn),
        party_kind=words(),
        addressee=words() if plain.addressee.zh else NO_WORDS,
        corrects=Words(HOSTILE[0], HOSTILE[0]),
        sections=tuple(replace(section, label=words(), text=words()) for section in plain.sections),
        particulars=tuple(replace(line, label=words(), value=words()) for line in plain.particulars),
        sums=tuple(replace(line, label=words(), amount_fen=99_999_999_999_999) for line in plain.sums),
        deadlines=tuple(replace(line, title=words(), length=words(), source=words()) for line in plain.deadlines),
        signers=tuple(replace(signer, part=words(), name=words(), card_no=next(turn)) for signer in plain.signers),
        enclosures=(words(),),
    )


def test_a_mark_lies_across_every_page_and_stands_in_the_title(tmp_path: Path) -> None:
    paper = longer(content("penalty_decision"))
    mark = Words("DRAFT, not issued", "草稿，尚未印发")
    for language in LANGUAGES:
        pdf = printed(paper, language, mark)
        (tmp_path / "marked.pdf").write_bytes(pdf)
        text = re.sub(r"[\s，,]", "", mark.in_locale(language))
        for words in placed_words(pdf):
            assert set(text) <= set(together(words))
        metadata = catalog(pdf)["/Metadata"].get_object().get_data().decode()
        assert mark.in_locale(language) in metadata
        assert paper.number.in_locale(language) in metadata
    assert "草稿" not in "".join(together(words) for words in placed_words(printed(paper, "zh")))


def test_a_draft_without_number_or_parts_is_still_a_page() -> None:
    for kind in ONE_OF_EACH_FAMILY:
        bare = PaperContent(
            kind=kind,
            title=Words("Paper", "文书"),
            office=Words("Office", "机关"),
            number=NO_WORDS,
            on=content(kind).on,
            regime=Words("Matter", "案由"),
            case_number=Words("YL-1", "云1号"),
            party_name=PARTY,
            party_kind=NO_WORDS,
        )
        for language in LANGUAGES:
            (words,) = placed_words(printed(bare, language))
            assert PARTY in together(words)
