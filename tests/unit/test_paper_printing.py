"""The printer of papers: the same bytes everywhere, from the stored sources alone, and nothing that cannot be seen."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import unicodedata
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import typst

from caseflow.adapters import papers
from caseflow.adapters.papers import TypstPapers
from caseflow.adapters.pdf import capital_numerals
from caseflow.domain.papers import LANGUAGES, Section, said
from caseflow.domain.words import Words
from caseflow.resources import data_directory
from caseflow.services.ports.documents import TemplateSources
from tests.paperwork import content
from tests.printed import placed_words, together

PRINTER = TypstPapers()
GB2312 = "".join(
    bytes((row, cell)).decode("gb2312", errors="ignore") for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF)
)
ANOTHER_PROCESS = """
import hashlib, json, sys
from caseflow.adapters.papers import TypstPapers
from caseflow.services.ports.documents import TemplateSources
for one in json.load(open(sys.argv[1], encoding="utf-8")):
    print(hashlib.sha256(TypstPapers().pdf(TemplateSources(**one["sources"]), one["said"])).hexdigest())
"""


def test_the_same_paper_is_the_same_file_in_another_process_and_place(tmp_path: Path) -> None:
    papers_said = [
        (PRINTER.sources(kind), said(content(kind).body(), language, mark=Words("TRAINING", "培训数据")))
        for kind in ("penalty_decision", "service_record")
        for language in LANGUAGES
    ]
    pdfs = [PRINTER.pdf(sources, told) for sources, told in papers_said]
    assert [TypstPapers().pdf(sources, told) for sources, told in papers_said] == pdfs
    stored = tmp_path / "papers.json"
    kept = [{"sources": asdict(sources), "said": told} for sources, told in papers_said]
    stored.write_text(json.dumps(kept, sort_keys=True))
    environment = {**os.environ, "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "HOME": str(tmp_path)}
    command = [sys.executable, "-c", ANOTHER_PROCESS, str(stored)]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == [hashlib.sha256(pdf).hexdigest() for pdf in pdfs]
    changed = replace(content("penalty_decision"), party_name="康健诊所")
    assert PRINTER.pdf(PRINTER.sources("penalty_decision"), said(changed.body(), "zh")) not in pdfs


def test_the_stored_sources_are_all_a_paper_is_set_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sources = PRINTER.sources("closing_notice")
    assert set(sources.files) == {"closing_notice.typ", "families.typ", "layout.typ"}
    told = said(content("closing_notice").body(), "zh")
    pdf = PRINTER.pdf(sources, told)
    (tmp_path / "documents").mkdir()
    monkeypatch.setattr(papers, "data_directory", lambda _: tmp_path)
    assert PRINTER.pdf(sources, told) == pdf
    assert PRINTER.pages(sources, told)[0].startswith(b"\x89PNG")
    for reading in ('"/etc/passwd"', '"../../etc/passwd"', '"/layout.txt"'):
        with pytest.raises(typst.TypstError):
            PRINTER.pdf(TemplateSources("", "main.typ", {"main.typ": f"#read({reading})"}), told)


def test_only_a_template_of_the_folder_is_ever_opened() -> None:
    general = PRINTER.sources("general")
    for name in ("no_such_kind", "", "layout", "families", "receipt", "../documents/levy_notice", "/etc/passwd", "*"):
        assert PRINTER.sources(name) == general
    assert PRINTER.sources("levy_notice").main == "levy_notice.typ"
    hashes = {PRINTER.sources(name).hash for name in ("general", "levy_notice", "closing_notice", "service_record")}
    assert len(hashes) == 4


def test_all_of_gb2312_and_rare_names_are_printed_and_found() -> None:
    text = GB2312 + "㐂𠮷"
    assert len(text) > 7400
    assert PRINTER.unprintable({"text": text}) == frozenset()
    section = Section("a", Words("a", "甲"), Words(text, text))
    paper = replace(content("closing_notice"), sections=(section,))
    for language in LANGUAGES:
        # The exporter refuses a page with a character that has no shape.
        pdf = PRINTER.pdf(PRINTER.sources("closing_notice"), said(paper.body(), language))
        found = set("".join(together(words) for words in placed_words(pdf)))
        assert set(text) - found == {"\u3000"}


def test_what_no_page_can_show_is_found_before_the_paper_is_issued(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = "😀مرحبا\u202e\u200b\x00\x1b\ud800\ufeff\U000e0001\U0010ffff"
    told = said(replace(content("demand_letter"), party_name=f"王{lost}芳").body(), "zh")
    assert PRINTER.unprintable(told) == frozenset(lost)
    kept = "王芳\r\n\t é€“”’—…①Ⅷ〇㎡℃¥§"
    assert PRINTER.unprintable({"a": [kept, {"b": kept}], "n": 1, "none": None}) == frozenset()
    # A draft is looked at all the same, and shows where something is lost.
    sources = PRINTER.sources("demand_letter")
    text = "".join(together(words) for words in placed_words(PRINTER.pdf(sources, told)))
    assert "王" + "〓" * len(lost) + "芳" in text
    told["party_name"] = "王😀芳"
    monkeypatch.setattr(papers, "_shown", lambda value: value)
    with pytest.raises(typst.TypstError, match="could not be displayed"):
        PRINTER.pdf(sources, told)


def test_characters_have_their_simplified_shapes_in_both_languages() -> None:
    # 直 骨 角 differ between the mainland and Taiwan; so does where a colon stands in its square, beside figures too.
    text = "：12\n直骨角，令户"
    paper = replace(content("closing_notice"), sections=(Section("a", Words("a", "甲"), Words(text, text)),))
    sources = PRINTER.sources("closing_notice")
    layout = sources.files["layout.typ"]
    for language, mainland, taiwan in (
        ("zh", 'region: if zh { "cn" }', 'region: if zh { "tw" }'),
        ("zh", 'script: if zh { "hani" }', "script: if zh { auto }"),
        ("en", 'lang: "zh", region: "cn"', 'lang: "zh", region: "tw"'),
    ):
        assert layout.count(mainland) == 1
        other = replace(sources, files={**sources.files, "layout.typ": layout.replace(mainland, taiwan)})
        told = said(paper.body(), language)
        assert PRINTER.pages(sources, told)[0] != PRINTER.pages(other, told)[0]


def test_amounts_in_words_agree_with_those_of_the_receipt() -> None:
    chosen = random.Random(5)
    amounts = [1, 5, 10, 99, 100, 101, 110, 1000, 10_000, 100_100, 1_000_000, 10_000_005, 100_000_100, 10_000_000_000]
    amounts += [1_001_000_100, 10_001_000_000, 99_999_999_999_999]
    amounts += [chosen.randrange(1, 10 ** chosen.randrange(1, 15)) for _ in range(300)]
    layout = (data_directory("templates") / "documents" / "layout.typ").read_text(encoding="utf-8")
    checks = "".join(f'#assert.eq(capital-numerals({amount}), "{capital_numerals(amount)}")\n' for amount in amounts)
    checks += '#assert.eq(capital-numerals(0), "零元整")\n'
    main = f'#import "layout.typ": capital-numerals\n{checks}'
    told = said(content("demand_letter").body(), "zh")
    sources = TemplateSources("", "main.typ", {"main.typ": f'#set document(title: "a")\n{main}', "layout.typ": layout})
    assert PRINTER.pdf(sources, told).startswith(b"%PDF")


@pytest.mark.parametrize("language", LANGUAGES)
def test_latin_letters_with_marks_are_printed(language: str) -> None:
    letters = "".join(chr(code) for block in (range(0x0100, 0x0250), range(0x1E00, 0x1F00)) for code in block)
    known = "".join(letter for letter in letters if unicodedata.category(letter)[0] != "C")
    paper = replace(content("closing_notice"), sections=(Section("a", Words("a", "甲"), Words(known, known)),))
    told = said(paper.body(), language)
    assert PRINTER.unprintable(told) == frozenset()
    # The exporter refuses a letter without a shape.
    assert PRINTER.pdf(PRINTER.sources("closing_notice"), told).startswith(b"%PDF-")
