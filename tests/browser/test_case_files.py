"""Files of a case in a real browser: a long upload, hostile files refused in words, copies saved, both languages."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Served
from tests.browser.looking import looked_at
from tests.office import CHECKED, Office
from tests.sent_files import HOSTILE, pdf
from tests.served import served_alone
from tests.site import build_site

LARGE_BYTES = 200 << 20
# What a request holds at once, the pieces on their way and what the first request of a process loads.
MOST_GROWTH_BYTES = 60 << 20


def shown(page: Page, name: str) -> None:
    """Keep a picture of the page where somebody asks for pictures."""
    folder = os.environ.get("CASEFLOW_TEST_PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def send(page: Page, file: Path | dict[str, object], description: str = "The licence") -> None:
    page.set_input_files("#file", file)  # type: ignore[arg-type]
    page.check("#purpose-evidence")
    page.fill("#description", description)
    page.click("form[data-upload] button[type=submit]")


def payload(name: str, sent: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": sent}


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_files_are_added_refused_saved_and_withdrawn(served: Served, locale: str) -> None:
    office = served.site.office
    case_id, licence = office.open(), pdf()
    office.advance(case_id, "check_report", CHECKED)
    page = served.visit("officer", locale=locale)
    page.goto(f"/cases/{case_id}")
    looked_at(page)
    page.click("section[aria-labelledby=files-title] a")
    looked_at(page)
    shown(page, f"empty-{locale}")
    says = {
        "disguised.pdf": ("The file is a program, whatever its name says", "可执行程序（与文件名无关）"),
        "bomb.docx": ("unpacks to far more than it shows", "压缩炸弹"),
        "drawing.svg": ("can run a script", "可运行脚本的网页或者矢量图"),
        "gifar.jpg": ("two kinds of file in one", "同时是两种格式"),
        "macro.docx": ("holds macros", "含有宏"),
        "huge.png": ("more pixels", "像素过多"),
        "empty.pdf": ("The file is empty", "文件是空的"),
    }
    for name, (english, chinese) in says.items():
        send(page, payload(name, HOSTILE[name][1]()), f"Sent as {name}")
        expect(page.locator("[role=alert] li")).to_contain_text(chinese if locale == "zh" else english)
        assert page.evaluate("document.activeElement.className") == "faults"
        assert page.input_value("#description") == f"Sent as {name}"
        assert page.is_checked("#purpose-evidence")
        expect(page.locator("#file-again")).to_be_visible()
    looked_at(page)
    shown(page, f"refused-{locale}")
    page.select_option("#seq", "2")
    send(page, payload("../../营业执照.pdf", licence), "营业执照正本 The licence, front")
    expect(page.locator("main [role=status].notice")).to_be_visible()
    expect(page.locator(".case-file")).to_have_count(1)
    with page.expect_download() as saving:
        page.click(".case-file button")
    saved = saving.value
    assert saved.suggested_filename == "营业执照.pdf"
    assert Path(saved.path()).read_bytes() == licence
    looked_at(page)
    shown(page, f"listed-{locale}")
    page.click(".case-file .acts a")
    looked_at(page)
    shown(page, f"withdraw-{locale}")
    page.fill("#reason", "属于另一案件 Of another case")
    page.click("main button[type=submit]")
    expect(page.locator(".case-file.withdrawn")).to_have_count(1)
    expect(page.locator(".case-file button")).to_have_count(0)
    looked_at(page)
    shown(page, f"withdrawn-{locale}")
    page.goto(f"/cases/{case_id}")
    looked_at(page)
    shown(page, f"case-{locale}")


def test_the_form_works_without_javascript(served: Served) -> None:
    case_id = served.site.office.open()
    first = served.visit("officer")
    cookies = first.context.cookies()
    context = served.browser.new_context(base_url=served.address, java_script_enabled=False, locale="en-GB")
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"/cases/{case_id}/files")
    send(page, payload("disguised.pdf", HOSTILE["disguised.pdf"][1]()))
    expect(page.locator("[role=alert] li")).to_contain_text("The file is a program")
    assert page.input_value("#description") == "The licence"
    send(page, payload("licence.pdf", pdf()))
    expect(page.locator(".case-file")).to_have_count(1)


@pytest.fixture
def server(office: Office, tmp_path: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Serve as ``caseflow run`` does, in a process of its own, whose memory can be measured."""
    build_site(office)
    with served_alone(office, tmp_path) as started:
        yield started


def test_a_file_of_200_mb_is_sent_and_saved_in_little_memory(
    office: Office, server: tuple[str, psutil.Process], chromium: Browser, tmp_path: Path
) -> None:
    address, process = server
    case_id = office.open()
    large = tmp_path / "visit.mp4"
    with large.open("wb") as file:
        file.write((24).to_bytes(4) + b"ftypisom\0\0\0\0isommp41" + (8).to_bytes(4) + b"moov")
        file.write((LARGE_BYTES - 32).to_bytes(4) + b"mdat")
        block = os.urandom(1 << 20)
        for _ in range(LARGE_BYTES >> 20):
            file.write(block)
        file.truncate(LARGE_BYTES)
    with large.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    page = Served(None, address, chromium).visit("officer")  # type: ignore[arg-type]
    page.goto(f"/cases/{case_id}/files")
    before = process.memory_info().rss
    told: list[str] = []
    page.expose_function("note", lambda text: told.append(text))  # noqa: PLW0108 - Playwright marks what it is given
    page.evaluate(
        "new MutationObserver(() => window.note(document.querySelector('.upload-status').textContent))"
        ".observe(document.querySelector('.upload-status'), {childList: true, characterData: true, subtree: true})"
    )
    started = time.monotonic()
    most = before
    send(page, large, "The visit, filmed")
    while page.locator(".case-file").count() == 0:
        assert time.monotonic() - started < 120, page.locator("main").inner_text()
        most = max(most, process.memory_info().rss)
        page.wait_for_timeout(20)
    sent_seconds = time.monotonic() - started
    expect(page.locator(".case-file")).to_contain_text(sha256)
    with page.expect_download() as saving:
        page.click(".case-file button")
        most = max(most, process.memory_info().rss)
    copy = Path(saving.value.path())
    most = max(most, process.memory_info().rss)
    assert copy.stat().st_size == LARGE_BYTES
    with copy.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == sha256
    print(f"200 MB sent in {sent_seconds:.1f} s; memory of the server {before >> 20} MiB, at most {most >> 20} MiB")
    assert most - before < MOST_GROWTH_BYTES
    assert any("%" in one for one in told)
    assert len(told) <= 14
    assert [path.name for path in (tmp_path / "files" / "quarantine").iterdir()] == []
    for context in chromium.contexts:
        context.close()
