"""What a submission says, as it is sealed, and the hash that its receipt bears."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from caseflow.domain.submission_limits import AnswerLimit
from caseflow.domain.submissions import Kind
from caseflow.domain.words import Words


@dataclass(frozen=True, slots=True)
class Content:
    """Texts by part, names of the files in order, whom it objects to in words, and a salt (hexadecimal).

    The salt is on the receipt and nowhere in plain in the database: who reads only the hash cannot try out what was
    written until it fits.
    """

    texts: Mapping[str, str]
    file_names: Sequence[str]
    salt: str
    objects_to: str = ""

    def sealed_form(self) -> str:
        """Return the text that is sealed."""
        said = {
            "texts": dict(self.texts),
            "files": list(self.file_names),
            "salt": self.salt,
            "objects_to": self.objects_to,
        }
        return json.dumps(said, ensure_ascii=False, sort_keys=True)

    @classmethod
    def read(cls, opened: str) -> Content:
        """Return what :meth:`sealed_form` wrote."""
        said = json.loads(opened)
        return cls(said["texts"], said["files"], said["salt"], said["objects_to"])

    def hash(self, case_number: str, kind: Kind, received_at: datetime, file_hashes: Sequence[str]) -> str:
        """Return the SHA-256 (hexadecimal) over RFC 8785 canonical JSON, as docs/submissions.md tells verifiers."""
        said = {
            "format": "caseflow-submission/1",
            "case": case_number,
            "kind": kind.value,
            "received_at": received_at.astimezone(UTC).isoformat(timespec="seconds"),
            "texts": dict(self.texts),
            "objects_to": self.objects_to,
            "files": [
                {"name": name, "sha256": sha256} for name, sha256 in zip(self.file_names, file_hashes, strict=True)
            ],
            "salt": self.salt,
        }
        canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def clock_record(limit: AnswerLimit) -> dict[str, Any]:
    """Return how the day of the answer was reckoned, to be kept with the submission: empty where none was."""
    found = limit.reckoning
    if found is None:
        return {}
    return {
        "title": _both(found.title),
        "cite": _both(found.cite.text),
        "note": _both(found.note) if found.note is not None else None,
        "length": found.length,
        "unit": found.unit,
        "version_from": found.version_from.isoformat(),
        "provisional": found.provisional,
    }


def clock_words(kept: Mapping[str, Any] | None, name: str) -> Words | None:
    """Return words that :func:`clock_record` kept."""
    said = (kept or {}).get(name)
    return Words(said["en"], said["zh"]) if said else None


def _both(words: Words) -> dict[str, str]:
    return {"en": words.en, "zh": words.zh}
