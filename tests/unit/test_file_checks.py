"""What a file is, told by its content: honest files of every kind are taken, hostile ones refused with the reason."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from caseflow.adapters.file_checks import FileChecks
from caseflow.domain import file_kinds as kinds
from caseflow.domain.case_files import LONGEST_NAME, FileKind, FileNotTaken, safe_name
from caseflow.domain.file_refusals import Why, refused
from caseflow.services.ports.files import HeldFile
from tests.sent_files import HONEST, HOSTILE, huge_png, picture


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
