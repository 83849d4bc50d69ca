"""What a file is, told by its content: honest files of every kind are taken, hostile ones refused with the reason."""

from __future__ import annotations

import hashlib
import io
import random
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from caseflow.adapters.file_checks import FileChecks
from caseflow.adapters.file_checks.pdf_reader import verdict
from caseflow.domain import file_kinds as kinds
from caseflow.domain.case_files import LONGEST_NAME, FileKind, FileNotTaken, safe_name
from caseflow.domain.file_refusals import Why, refused
from caseflow.services.ports.files import HeldFile
from tests.sent_files import HONEST, HOSTILE, huge_png, pdf, picture


def judged(tmp_path: Path, name: str, sent: bytes) -> FileKind:
    path = tmp_path / "held"
    path.write_bytes(sent)
    held = HeldFile(hashlib.sha256(sent).hexdigest(), len(sent), io.BytesIO(sent), path)
    return FileChecks().check(held, name)


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_file_is_taken_for_what_it_is(tmp_path: Path, name: str) -> None:
    media_type, sent = HONEST[name]
    kind = judged(tmp_path, name, sent)
    assert kind.media_type == media_type
    assert safe_name(name, kind) == name
    # Its name plays no part, save between the kinds of plain text.
    if media_type != "text/csv":
        assert judged(tmp_path, "x.bin", sent) == kind


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    code, sent = HOSTILE[name]
    with pytest.raises(FileNotTaken) as refusal:
        judged(tmp_path, name, sent())
    assert refusal.value.code == code
    assert refusal.value.words == refused(Why(code)).words


def test_every_reason_is_met_by_a_file_here() -> None:
    assert {code for code, _ in HOSTILE.values()} | {"scan_failed"} == {why.value for why in Why}


@pytest.mark.parametrize(("width", "height", "taken"), [(20_000, 10_000, True), (20_000, 10_001, False)])
def test_the_most_pixels_are_counted_exactly(tmp_path: Path, width: int, height: int, taken: bool) -> None:
    if taken:
        assert judged(tmp_path, "x.png", huge_png(width, height)) is kinds.PNG
    else:
        with pytest.raises(FileNotTaken, match="200 million"):
            judged(tmp_path, "x.png", huge_png(width, height))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_picture_cut_anywhere_never_breaks_the_check(tmp_path: Path, form: str) -> None:
    whole = picture(form)
    for length in range(1, min(len(whole), 400)):
        try:
            judged(tmp_path, "x", whole[:length])
        except FileNotTaken as refusal:
            assert refusal.code in ("broken", "unknown", "executable")  # noqa: PT017 - most lengths are refused, a few pass


@pytest.mark.parametrize(
    ("typed", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("REPORT.PDF", "REPORT.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        (r"C:\Users\chen\现场 照片.pdf", "现场 照片.pdf"),
        ("report\r\nSet-Cookie: a=b.pdf", "reportSet-Cookie_ a=b.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe.pdf"),
        ("photo.jpg", "photo.jpg.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("nul", "_nul.pdf"),
        (".pdf", "file.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        ('a"b<c>|?*:d.pdf', "a_b_c_____d.pdf"),
        ("e\u0301tat.pdf", "état.pdf"),
    ],
)
def test_a_name_is_made_safe(typed: str, safe: str) -> None:
    assert safe_name(typed, kinds.PDF) == safe


def test_a_long_name_is_cut_before_its_ending() -> None:
    name = safe_name("文" * 500 + ".pdf", kinds.PDF)
    assert len(name) == LONGEST_NAME
    assert name.endswith("文.pdf")


@pytest.mark.parametrize("name", [name for name in HONEST if not name.endswith(".pdf")])
def test_a_file_with_changed_bytes_is_taken_or_refused_and_never_breaks_the_check(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    _, sent = HONEST[name]
    for _ in range(60):
        changed = bytearray(sent)
        for _ in range(chance.randint(1, 6)):
            # Headers are where it matters.
            changed[chance.randrange(min(len(changed), 600))] = chance.randrange(256)
        try:
            judged(
                tmp_path, name, bytes(changed[: chance.randint(1, len(changed))] if chance.random() < 0.3 else changed)
            )
        except FileNotTaken as refusal:
            assert refusal.words == refused(Why(refusal.code)).words  # noqa: PT017 - most are refused, some pass


@pytest.mark.parametrize(
    "reader", ["raise SystemExit(1)", "import os; os.abort()", "import time; time.sleep(60)", "print('sounder')"]
)
def test_a_pdf_that_its_reader_cannot_judge_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    program = tmp_path / "reader.py"
    program.write_text(reader, encoding="utf-8")
    monkeypatch.setattr("caseflow.adapters.file_checks.pdf._READER", program)
    monkeypatch.setattr("caseflow.adapters.file_checks.pdf._READING_SECONDS", 2)
    with pytest.raises(FileNotTaken) as refusal:
        judged(tmp_path, "decision.pdf", HONEST["decision.pdf"][1])
    assert refusal.value.code == "bomb"


def annotated(action: pikepdf.Object, *, at: str) -> bytes:
    made = pikepdf.new()
    page: Any = made.add_blank_page().obj
    holder: Any = page
    if at == "annotation":
        note = made.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, A=action))
        page["/Annots"] = pikepdf.Array([note])
    elif at == "page":
        holder["/AA"] = pikepdf.Dictionary(O=action)
    elif at == "names":
        made.Root["/Names"] = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=pikepdf.Array([])))
    else:
        made.Root["/OpenAction"] = action
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize("at", ["annotation", "page", "names", "opening"])
@pytest.mark.parametrize("kind", ["JavaScript", "Launch", "chained"])
def test_a_pdf_that_acts_is_refused_wherever_the_action_hangs(tmp_path: Path, at: str, kind: str) -> None:
    name = "JavaScript" if kind == "chained" else kind
    action = pikepdf.Dictionary(S=pikepdf.Name(f"/{name}"), F=pikepdf.String("calc.exe"))
    if kind == "chained":
        action = pikepdf.Dictionary(S=pikepdf.Name.GoTo, Next=pikepdf.Array([action]))
    path = tmp_path / "x.pdf"
    path.write_bytes(annotated(action, at=at))
    assert verdict(str(path)) == "active_pdf"


def test_a_pdf_whose_links_lead_somewhere_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    link = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("https://example.org/"))
    for at in ("annotation", "page", "opening"):
        path.write_bytes(annotated(link, at=at))
        assert verdict(str(path)) == "sound"
    path.write_bytes(pdf(0))
    assert verdict(str(path)) == "broken"
