"""What is held of every page that a browser test comes to: axe finds nothing, one heading, no sideways scrolling."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def faults_of(page: Page) -> list[tuple[str, list[str]]]:
    """Return what axe finds wrong with a page: the rule and the places."""
    found = Axe().run(page).response["violations"]
    return [(fault["id"], [str(node["target"]) for node in fault["nodes"]]) for fault in found]


def looked_at(page: Page) -> None:
    """Hold a page against axe, and against a narrow screen."""
    # A click is over when the answer begins, on a busy machine long before the page is there.
    page.wait_for_load_state("load")
    assert (page.url, faults_of(page)) == (page.url, [])
    assert page.locator("main h1").count() == 1, page.url
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
