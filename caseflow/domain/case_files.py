"""Files of a case: what they are for, who reads and adds them, their names, and why one is not taken. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from caseflow.domain.access import Actor, Role
from caseflow.domain.words import Words

LONGEST_NAME: Final = 120
LONGEST_DESCRIPTION: Final = 500
LONGEST_REASON: Final = 500
MIB: Final = 1024 * 1024
# Names that Windows takes for devices, whatever comes after the first dot.
_DEVICES: Final = frozenset({"con", "prn", "aux", "nul", *(f"{one}{no}" for one in ("com", "lpt") for no in range(10))})
_NOT_IN_NAMES: Final = re.compile(r'[<>:"|?*\\/]')
# What no name needs and what makes one look like another: control and format characters, surrogates, unassigned ones,
# line and paragraph separators.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Purpose(StrEnum):
    """What a file is in the case for."""

    EVIDENCE = "evidence"
    COURT_PAPER = "court_paper"
    PROOF_OF_SERVICE = "proof_of_service"
    PARTY_PAPER = "party_paper"


PURPOSE_WORDS: Final[Mapping[Purpose, Words]] = {
    Purpose.EVIDENCE: Words("Evidence", "证据材料"),
    Purpose.COURT_PAPER: Words("Court paper", "法院文书"),
    Purpose.PROOF_OF_SERVICE: Words("Proof of service", "送达凭证"),
    Purpose.PARTY_PAPER: Words("Paper of the party", "当事人提交的材料"),
}
_ALL: Final = frozenset(Purpose)
# What each desk reads; a desk that is not named reads none.
_READS: Final[Mapping[Role, frozenset[Purpose]]] = {
    Role.OFFICER: _ALL,
    Role.REVIEWER: _ALL,
    Role.APPROVER: _ALL,
    Role.SUPERVISOR: _ALL,
    Role.AUDITOR: _ALL,
    Role.LIAISON: frozenset({Purpose.COURT_PAPER, Purpose.PROOF_OF_SERVICE}),
}
# Whoever looks over others' shoulders also reads what was withdrawn.
_READS_WITHDRAWN: Final = frozenset({Role.SUPERVISOR, Role.AUDITOR})


@dataclass(frozen=True)
class FileKind:
    """A kind of file that is taken, told by its content; ``extensions`` are its usual ones, the first the commonest."""

    media_type: str
    extensions: tuple[str, ...]
    title: Words


class FileNotTaken(Exception):
    """A file that is not taken. ``code`` names the reason for the record, ``words`` say it and what to do."""

    def __init__(self, code: str, words: Words) -> None:
        self.code = code
        self.words = words
        super().__init__(words.en)


def readable(actor: Actor) -> frozenset[Purpose]:
    """Return the purposes of the files that the actor's desks read."""
    return frozenset().union(*(_READS.get(role, frozenset()) for role in actor.roles))


def reads_withdrawn(actor: Actor) -> bool:
    """Tell whether the actor may open a file that was withdrawn."""
    return bool(actor.roles & _READS_WITHDRAWN)


def addable(actor: Actor, owner_id: int, second_officer_id: int | None) -> frozenset[Purpose]:
    """Return the purposes of the files that the actor may add to, and withdraw from, a case with these officers.

    An officer of the case, or who stands in for one, any; the court liaison what comes from the court.
    """
    found: frozenset[Purpose] = frozenset()
    of_case = {owner_id, second_officer_id}
    if Role.OFFICER in actor.roles and of_case & {actor.id, *actor.stands_in_for}:
        found |= _ALL
    if Role.LIAISON in actor.roles:
        found |= {Purpose.COURT_PAPER}
    return found


def safe_name(typed: str, kind: FileKind) -> str:
    """Return a name that is safe to store, show and save: without folders and unseen characters, with a fitting ending.

    What the sender called the file is only a name: a wrong ending is kept, and the right one put behind it.
    """
    name = unicodedata.normalize("NFC", re.split(r"[\\/]", typed)[-1])
    name = "".join(one for one in name if unicodedata.category(one) not in _UNSEEN)
    name = _NOT_IN_NAMES.sub("_", name)
    name = " ".join(name.split()).rstrip(" .")
    stem, dot, ending = name.rpartition(".")
    fits = bool(dot) and ending.lower() in kind.extensions
    stem = (stem if fits else name).strip(" .") or "file"
    if stem.partition(".")[0].strip().lower() in _DEVICES:
        stem = f"_{stem}"
    ending = ending.lower() if fits else kind.extensions[0]
    return f"{stem[: LONGEST_NAME - len(ending) - 1].rstrip(' .')}.{ending}"


def too_large(limit_bytes: int) -> FileNotTaken:
    """Return the refusal of a file above the limit."""
    most = limit_bytes // MIB
    return FileNotTaken(
        "too_large",
        Words(
            f"The file is larger than {most} MB: make it smaller (scan at 300 dpi, cut the film to the part that "
            "matters), or split it and add the parts one by one.",
            f"文件超过{most}兆字节：请缩小文件（扫描件用300 dpi，视频截取相关部分），或者拆分后逐个上传。",
        ),
    )


def quota_reached(quota_bytes: int) -> FileNotTaken:
    """Return the refusal of a file that the case has no room for."""
    most = quota_bytes // MIB
    return FileNotTaken(
        "quota",
        Words(
            f"With this file the case would hold more than {most} MB of files: add a smaller one, or ask the "
            "administrator for more room (CASEFLOW_FILE_QUOTA_MIB).",
            f"加上该文件后，本案文件总量将超过{most}兆字节：请上传较小的文件，或者请系统管理员增加容量（CASEFLOW_FILE_QUOTA_MIB）。",
        ),
    )
