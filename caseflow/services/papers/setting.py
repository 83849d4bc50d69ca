"""Setting a paper from what is stored of it: the same inputs and sources give the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from caseflow.domain.papers import LANGUAGES, said
from caseflow.domain.words import Words
from caseflow.services.ports.documents import PaperPrinter, TemplateSources


def as_stored(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``body`` as the database gives it back, in one order of its keys, so that both are set alike."""
    stored: dict[str, Any] = json.loads(json.dumps(dict(body), sort_keys=True, ensure_ascii=False))
    return stored


def set_paper(
    printer: PaperPrinter, sources: TemplateSources, body: Mapping[str, Any], mark: Words
) -> dict[str, bytes]:
    """Return the paper as PDF in each language."""
    return {
        language: printer.pdf(sources, said(as_stored(body), language, mark=mark)) for language in LANGUAGES
    }  # fmt: skip


def hashes(pdfs: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of each file, in hexadecimal digits."""
    return {language: hashlib.sha256(pdf).hexdigest() for language, pdf in pdfs.items()}
