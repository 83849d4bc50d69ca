"""Grants: who is let in, with which roles, and the two persons it takes. Pure.

An administrator proposes, another person confirms: another administrator, or a supervisor where there is none. Taking
away needs no second person: whoever may have to be stopped is stopped at once. The database holds the same (migration
0025).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from caseflow.domain.access import Actor, Role, roles_apart
from caseflow.domain.mail_address import address_fault
from caseflow.domain.words import Words

LONGEST_NAME = 100
LONGEST_REASON = 500
MOST_WAITING = 100
_LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,39}")


class GrantKind(StrEnum):
    """What a grant lets somebody: hold a role, come back to work, set a password anew."""

    ROLE = "role"
    RETURN = "return"
    ENROL = "enrol"


class Standing(StrEnum):
    """Where a grant stands."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Fault:
    """Why something is refused: the field (empty: the whole), a code for programs, and words."""

    field: str
    code: str
    words: Words


class GrantRefused(Exception):
    """A proposal or a decision is refused; ``faults`` says everything that is wrong."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("; ".join(fault.words.en for fault in faults))


@dataclass(frozen=True)
class NewColleague:
    """Somebody to let in, as typed."""

    login: str
    name_en: str
    name_zh: str
    roles: tuple[Role, ...]
    email: str
    reason: str
    idempotency_key: str


def second_persons(at_work: Collection[Actor], proposed_by: int, staff_id: int) -> frozenset[int]:
    """Return who may confirm: administrators who neither proposed nor are let in, or supervisors where there is none.

    Only roles of one's own count, never lent ones.
    """
    others = [one for one in at_work if one.id not in (proposed_by, staff_id)]
    for role in (Role.ADMINISTRATOR, Role.SUPERVISOR):
        found = frozenset(one.id for one in others if role in one.own_roles)
        if found:
            return found
    return frozenset()


def colleague_faults(new: NewColleague, *, login_taken: bool) -> list[Fault]:
    """Return what is wrong with somebody to let in."""
    found = []
    if _LOGIN.fullmatch(new.login) is None:
        words = Words(
            "Write 2 to 40 characters: small Latin letters, digits, dots, dashes; a letter first",
            "请填写2至40个字符：小写字母、数字、点、连字符，以字母开头",
        )
        found.append(Fault("login", "login", words))
    elif login_taken:
        found.append(Fault("login", "taken", Words("Somebody has this login already", "该用户名已被使用")))
    for field, text, en, zh in (
        ("name_en", new.name_en, "name in Latin letters", "拉丁字母姓名"),
        ("name_zh", new.name_zh, "name in Chinese", "中文姓名"),
    ):
        if not 1 <= len(text) <= LONGEST_NAME:
            words = Words(f"Give the {en}, in at most {LONGEST_NAME} characters", f"请填写{zh}，不超过{LONGEST_NAME}字")
            found.append(Fault(field, "name", words))
    if new.email and (fault := address_fault(new.email)) is not None:
        found.append(Fault("email", "email", fault))
    if not new.roles:
        found.append(Fault("roles", "no_role", Words("Choose at least one role", "请至少选择一个岗位")))
    apart = roles_apart(new.roles)
    if apart is not None:
        found.append(Fault("roles", "apart", apart))
    return found + reason_faults(new.reason)


def reason_faults(reason: str) -> list[Fault]:
    """Return what is wrong with the reason given."""
    if 1 <= len(reason) <= LONGEST_REASON:
        return []
    words = Words(f"Give the reason in at most {LONGEST_REASON} characters", f"请填写理由，不超过{LONGEST_REASON}字")
    return [Fault("reason", "reason", words)]


def role_faults(role: Role, held: Collection[Role], waiting: Collection[Role]) -> list[Fault]:
    """Return why somebody who holds ``held``, with ``waiting`` proposed, may not be given ``role`` too."""
    if role in held:
        return [Fault("role", "held", Words("The person holds this role already", "该人员已担任该岗位"))]
    if role in waiting:
        return [Fault("role", "waiting", Words("This role waits for its second person already", "该岗位授权已待确认"))]
    apart = roles_apart({role, *held, *waiting})
    return [] if apart is None else [Fault("role", "apart", apart)]


def nobody_confirms(people: Sequence[Actor], proposed_by: int, staff_id: int) -> Words | None:
    """Return what to say where no second person works here; None where somebody may confirm."""
    if second_persons(people, proposed_by, staff_id):
        return None
    return Words(
        "Nobody else of the office may confirm it: a second administrator or a supervisor is needed. Whoever runs the "
        "server can add one (caseflow staff add).",
        "本单位没有其他人员可以确认：须有第二名系统管理员或者督查员。可由服务器运维人员添加（caseflow staff add）。",
    )
