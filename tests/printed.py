"""What stands where on a printed page, as the reader of a PDF finds it."""

from __future__ import annotations

import io
import re
import subprocess
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from typing import Any

from pypdf import PdfReader

MM = 72 / 25.4
A4 = (210 * MM, 297 * MM)
_PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', re.DOTALL)
_WORD = re.compile(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>', re.DOTALL)


@dataclass(frozen=True)
class Placed:
    """A word and its box, in points from the top left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def covers(self, other: Placed) -> float:
        """Return how much of the smaller of two boxes the other covers, 0 to 1."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        if wide <= 0 or high <= 0:
            return 0
        smaller = min((one.right - one.left) * (one.bottom - one.top) for one in (self, other))
        return wide * high / max(smaller, 0.01)


def placed_words(pdf: bytes) -> list[list[Placed]]:
    """Return the words of each page with their boxes. Every page must be A4."""
    command = ["pdftotext", "-bbox", "-", "-"]
    said = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()
    pages = _PAGE.findall(said)
    assert pages
    for width, height, _ in pages:
        assert (round(float(width)), round(float(height))) == (round(A4[0]), round(A4[1]))
    return [
        [Placed(unescape(found[4]), *(float(number) for number in found[:4])) for found in _WORD.findall(body)]
        for _, _, body in pages
    ]


def read_through(pdf: bytes) -> str:
    """Return the text of the file in the order it was written, without its spaces: cell by cell in a table."""
    command = ["pdftotext", "-raw", "-", "-"]
    said = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
    return re.sub(r"\s", "", said.decode())


def together(words: list[Placed]) -> str:
    """Return the text of a page without its spaces."""
    return re.sub(r"\s", "", "".join(word.text for word in words))


def overlapping(words: list[Placed]) -> list[tuple[str, str]]:
    """Return the pairs of words of a page that are printed over each other.

    Marks of Chinese text are set closer than their boxes say, so words may share one square at their ends.
    """
    ordered = sorted((word for word in words if re.search(r"\w", word.text)), key=lambda word: word.top)
    found = []
    for place, word in enumerate(ordered):
        for other in ordered[place + 1 :]:
            if other.top >= word.bottom:
                break
            square = word.bottom - word.top
            if word.covers(other) > 0.3 and min(word.right, other.right) - max(word.left, other.left) > square:
                found.append((word.text, other.text))
    return found


def catalog(pdf: bytes) -> Any:
    """Return the catalog of the file."""
    return PdfReader(io.BytesIO(pdf)).trailer["/Root"]


def headings(pdf: bytes) -> list[str]:
    """Return the tags of the headings in the order they stand in the tree of the file."""
    found: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            if re.fullmatch(r"/H\d", str(node.get("/S"))):
                found.append(str(node["/S"])[1:])
            if "/K" in node:
                walk(node["/K"])

    walk(catalog(pdf)["/StructTreeRoot"])
    return found


def skips_a_level(levels: list[str]) -> bool:
    """Return whether a heading stands more than one level below the one before it."""
    return any(int(after[1:]) > int(before[1:]) + 1 for before, after in pairwise(levels))
