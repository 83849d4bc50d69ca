"""The fonts that come with the installation: a page must not depend on what a computer happens to have."""

from __future__ import annotations

import struct
from functools import cache
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

import typst

FONT_PACKAGE = "cvttf_NotoSansCJK_Regular"
_FULL_UNICODE = 12


@cache
def bundled_fonts() -> typst.Fonts:
    """Return the fonts of the installation only. Raise :class:`FileNotFoundError` when the package is missing."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[_font_file().parent])


@cache
def covered() -> frozenset[int]:
    """Return the code points the bundled Chinese font has a shape for, read from its ``cmap`` table (OpenType 1.9)."""
    font = _font_file().read_bytes()
    (tables,) = struct.unpack_from(">H", font, 4)
    directory = {font[at : at + 4]: struct.unpack_from(">I", font, at + 8)[0] for at in range(12, 12 + 16 * tables, 16)}
    cmap = directory[b"cmap"]
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    starts = [cmap + struct.unpack_from(">I", font, cmap + 8 + 8 * place)[0] for place in range(count)]
    # Format 12 maps the whole of Unicode in groups of (first, last, glyph of the first); every CJK font has one.
    table = next(start for start in starts if struct.unpack_from(">H", font, start)[0] == _FULL_UNICODE)
    (groups,) = struct.unpack_from(">I", font, table + 12)
    ranges = struct.iter_unpack(">III", font[table + 16 : table + 16 + 12 * groups])
    return frozenset(chain.from_iterable(range(first, last + 1) for first, last, glyph in ranges if glyph))


def _font_file() -> Path:
    found = find_spec(FONT_PACKAGE)
    if found is None or found.origin is None:
        message = f"the font package {FONT_PACKAGE} is missing: reinstall caseflow"
        raise FileNotFoundError(message)
    return next(Path(found.origin).parent.glob("*.otf"))
