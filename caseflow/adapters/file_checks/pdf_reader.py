"""Reads one PDF with qpdf and prints one word: ``sound``, ``broken``, ``locked_pdf`` or ``active_pdf``.

A process of its own, because a PDF can unpack to any size and is read by native code: what goes wrong here ends here.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from typing import Any, Final

import pikepdf

_MEMORY_BYTES: Final = 1 << 30
_CPU_SECONDS: Final = 30
_MOST_PAGES: Final = 5000
_MOST_ANNOTATIONS: Final = 1000
_ACTIVE: Final = frozenset({"/JavaScript", "/Launch", "/ImportData", "/Rendition"})


def verdict(path: str) -> str:
    """Return what is to be said of the PDF at ``path``."""
    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            if not len(pdf.pages):
                return "broken"
            return "active_pdf" if any(_is_active(action) for action in _actions(pdf)) else "sound"
    except pikepdf.PasswordError:
        return "locked_pdf"
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError, KeyError):
        return "broken"


def _actions(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Return what may happen by itself or at a click: of the document, its pages and what lies on them."""
    root: Any = pdf.Root
    yield root.get("/OpenAction")
    yield from _additional(root)
    names = root.get("/Names")
    if isinstance(names, pikepdf.Dictionary) and "/JavaScript" in names:
        yield pikepdf.Dictionary(S=pikepdf.Name.JavaScript)
    for number, page in enumerate(pdf.pages):
        if number >= _MOST_PAGES:
            return
        yield from _additional(page.obj)
        annotations = page.obj.get("/Annots")
        if not isinstance(annotations, pikepdf.Array):
            continue
        for at in range(min(len(annotations), _MOST_ANNOTATIONS)):
            one: Any = annotations[at]
            if isinstance(one, pikepdf.Dictionary):
                yield one.get("/A")
                yield from _additional(one)


def _additional(holder: Any) -> Iterator[Any]:
    more = holder.get("/AA")
    if isinstance(more, pikepdf.Dictionary):
        yield from (more.get(key) for key in more.keys())  # noqa: SIM118 - a PDF dictionary is no mapping


def _is_active(action: Any) -> bool:
    for _ in range(10):
        if not isinstance(action, pikepdf.Dictionary):
            return False
        if str(action.get("/S")) in _ACTIVE or "/JS" in action:
            return True
        action = action.get("/Next")
        if isinstance(action, pikepdf.Array):
            action = action[0] if len(action) else None
    return False


def main() -> None:
    """Read the PDF named by the only argument within the limits of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.write(verdict(sys.argv[1]))


if __name__ == "__main__":
    main()
