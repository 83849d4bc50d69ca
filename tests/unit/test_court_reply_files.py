"""A file of replies may be damaged, encrypted or meant to do harm: it is read, or it is refused in words."""

from __future__ import annotations

import io
import random
import re
import zipfile

import pytest
from openpyxl import Workbook

from caseflow.adapters.court_reply_files import CourtReplyFiles
from caseflow.domain.court_replies import ReplyFileRefused

HEADINGS = ["案件编号", "答复类型", "文书号", "日期", "理由"]
SHEET, SHARED = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def workbook(packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADINGS)
    for at in range(5):
        sheet.append([f"YL-TI-2023-{at:04}", "受理", f"（2023）云行审{at}号", "2023-12-25", "无"])
    out = io.BytesIO()
    book.save(out)
    return repacked(out.getvalue(), with_shared_texts(out.getvalue()), packed)


def with_shared_texts(content: bytes) -> dict[str, bytes]:
    """Return the parts of a workbook as Excel writes them: texts in a part of their own, their numbers in cells."""
    texts: list[str] = []

    def number(found: re.Match[str]) -> str:
        texts.append(f"<si>{found[1]}</si>")
        return f't="s"><v>{len(texts) - 1}</v></c>'

    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        sheet, types = opened.read(SHEET).decode(), opened.read("[Content_Types].xml").decode()
    sheet = re.sub(r't="inlineStr"><is>(.*?)</is></c>', number, sheet)
    assert texts
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    known = f'<Override PartName="/{SHARED}" ContentType="{kind}"/></Types>'
    return {
        SHEET: sheet.encode(),
        SHARED: f'<sst xmlns="{namespace}">{"".join(texts)}</sst>'.encode(),
        "[Content_Types].xml": types.replace("</Types>", known).encode(),
    }


def repacked(content: bytes, changes: dict[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", packed) as new:
        parts = {**{name: old.read(name) for name in old.namelist()}, **changes}
        for name, part in parts.items():
            new.writestr(name, part)
    return out.getvalue()


def sheet_of(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return opened.read(SHEET)


def read_or_refused(content: bytes) -> str:
    try:
        return f"{len(CourtReplyFiles().read(content))} rows"
    except ReplyFileRefused as refusal:
        return "refused" if refusal.words.en and refusal.words.zh else "refused without a word"


def test_a_good_workbook_is_read() -> None:
    assert [row.cells["number"] for row in CourtReplyFiles().read(workbook())][:2] == [
        "YL-TI-2023-0000", "YL-TI-2023-0001",
    ]  # fmt: skip


@pytest.mark.parametrize("packed", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_no_bit_of_a_workbook_breaks_its_reading(packed: int) -> None:
    good, chance = workbook(packed), random.Random(5)
    told = set()
    for _ in range(150):
        changed = bytearray(good)
        changed[chance.randrange(4, len(good))] ^= 1 << chance.randrange(8)
        told.add(read_or_refused(bytes(changed)))
    assert "refused" in told
    assert "refused without a word" not in told


def test_no_bit_of_an_unpacked_sheet_breaks_its_reading() -> None:
    # The checksums of a ZIP catch most flips; whoever makes a file to do harm writes them right.
    good, chance = workbook(), random.Random(6)
    with zipfile.ZipFile(io.BytesIO(good)) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    told = set()
    for _ in range(150):
        name = chance.choice(sorted(parts))
        changed = bytearray(parts[name])
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        told.add(read_or_refused(repacked(good, {name: bytes(changed)}, zipfile.ZIP_STORED)))
    assert told >= {"refused", "5 rows"}


def test_an_encrypted_or_cut_workbook_is_refused() -> None:
    good = workbook()
    local, central = good.index(b"PK\x03\x04"), good.index(b"PK\x01\x02")
    encrypted = bytearray(good)
    encrypted[local + 6] |= 1
    encrypted[central + 8] |= 1
    unknown = bytearray(good)
    unknown[local + 8] = unknown[central + 10] = 77
    for content in (bytes(encrypted), bytes(unknown), good[: len(good) // 2], good[:30]):
        with pytest.raises(ReplyFileRefused, match="can be read"):
            CourtReplyFiles().read(content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-7", "cp037"])
@pytest.mark.parametrize("part", [SHEET, SHARED, "xl/workbook.xml", "docProps/core.xml"])
def test_a_workbook_with_a_dtd_is_refused(part: str, encoding: str) -> None:
    good = workbook()
    with zipfile.ZipFile(io.BytesIO(good)) as opened:
        text = opened.read(part).decode()
    text = text.partition("?>")[2] if text.startswith("<?xml") else text
    entity = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY e "YL-TI-1">]>{text}'
    written = entity.encode(encoding, "xmlcharrefreplace")
    with pytest.raises(ReplyFileRefused, match="can be read"):
        CourtReplyFiles().read(repacked(good, {part: written}))


@pytest.mark.parametrize(
    ("old", "new"),
    [(b't="s"', b't="d"'), (b"<v>0</v>", b"<v>99</v>"), (b"<v>0</v>", b"<v>-99</v>"), (b"<v>0</v>", b"<v>x</v>"),
     (b'r="A1"', b'r="1"'), (b'r="A1"', b'r="ZZZZZZ1"'), (b"<sheetData>", b"<sheetData")],
)  # fmt: skip
def test_an_odd_sheet_is_read_or_refused(old: bytes, new: bytes) -> None:
    good = workbook()
    sheet = sheet_of(good)
    assert old in sheet
    read_or_refused(repacked(good, {SHEET: sheet.replace(old, new)}))


def test_a_date_beyond_all_calendars_is_read_or_refused() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADINGS)
    sheet.append(["YL-1", "受理", "1", 1, ""])
    sheet["D2"].number_format = "yyyy-mm-dd"
    out = io.BytesIO()
    book.save(out)
    for number in (b"1e300", b"-1e300", b"1e999", b"nan"):
        changed = sheet_of(out.getvalue()).replace(b"<v>1</v>", b"<v>" + number + b"</v>")
        read_or_refused(repacked(out.getvalue(), {SHEET: changed}))


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be", "utf-16-le"])
def test_text_full_of_nul_is_refused_whole(encoding: str) -> None:
    text = "case number,reply,paper number,date\nYL-TI-1,Accepted,A-1,2023-12-25\n"
    with pytest.raises(ReplyFileRefused, match=r"save it as CSV in UTF-8|neither UTF-8"):
        CourtReplyFiles().read(text.encode(encoding))
