"""A mapping file: which heading of a casebook is which column, in YAML or JSON."""

from __future__ import annotations

from typing import Final

from caseflow.domain.sources import FileRefused
from caseflow.domain.words import Words
from caseflow.resources import parse_yaml
from caseflow.services.ports.casebooks import BookUnreadable

_LARGEST_BYTES: Final = 65_536


def read_mapping(content: bytes) -> dict[str, str]:
    """Return column name -> heading; an empty heading: the file has no such column. Raises ``BookUnreadable``."""
    if len(content) > _LARGEST_BYTES:
        raise BookUnreadable(Words("The mapping file is larger than 64 kB.", "列对应文件超过64 kB。"))
    try:
        # JSON is YAML, too.
        data = parse_yaml(content.decode("utf-8-sig"), "mapping").data
    except (UnicodeDecodeError, FileRefused, RecursionError, TypeError) as error:
        line = error.problems[0].line if isinstance(error, FileRefused) and error.problems else None
        words = Words(
            "The mapping file is neither YAML nor JSON in UTF-8" + (f" (line {line})." if line else "."),
            "列对应文件不是UTF-8编码的YAML或JSON" + (f"（第{line}行）。" if line else "。"),
        )
        raise BookUnreadable(words, line) from error
    fits = isinstance(data, dict) and all(
        isinstance(name, str) and (heading is None or isinstance(heading, str | int)) for name, heading in data.items()
    )
    if not fits:
        words = Words(
            "A mapping file names one column a line with its heading, like  case_number: 案号",
            "列对应文件每行写一项：列名和标题，例如  case_number: 案号",
        )
        raise BookUnreadable(words)
    return {name: "" if heading is None else str(heading) for name, heading in data.items()}
