"""Prints the part of requirements.lock that runs: what the wheel installs, without the development extra.

Usage: python tests/runtime_lock.py > runtime.lock, in an environment where caseflow is installed.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
from pathlib import Path

from packaging.requirements import Requirement

LOCK = Path(__file__).parent.parent / "requirements.lock"


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def needed_to_run() -> set[str]:
    """Return the names of caseflow's distribution and of everything it needs, those of psycopg's wheel too."""
    wanted, found = ["caseflow-office"], set[str]()
    while wanted:
        name = _key(wanted.pop())
        if name in found:
            continue
        found.add(name)
        for text in importlib.metadata.requires(name) or []:
            requirement = Requirement(text)
            extras = ("", *requirement.extras, "binary")
            if requirement.marker is None or any(requirement.marker.evaluate({"extra": one}) for one in extras):
                wanted.append(requirement.name)
    return found


def runtime_entries() -> list[str]:
    """Return the entries of the lock (each with its hashes) that are needed to run."""
    names = needed_to_run()
    entries = re.split(r"\n(?=\S)", LOCK.read_text(encoding="utf-8"))
    return [entry for entry in entries if _key(re.split(r"[=\[ ]", entry)[0]) in names]


if __name__ == "__main__":
    sys.stdout.write("\n".join(runtime_entries()) + "\n")
