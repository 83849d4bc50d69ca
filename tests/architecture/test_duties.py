"""Every use case that writes for somebody goes through the one choke point of the separation of duties."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SERVICES = Path(__file__).parents[2] / "caseflow" / "services"
CHOKE = frozenset({"check_duties", "check_step_duties"})
WRITES = frozenset({"commit", "AuditEvent", "event_of", "save_step"})
# What has no part in any matter that two persons share, or is reached only through what asked already.
REASONS = {
    "Desks.mark_read": "one's own messages",
    "MailSettings.choose": "one's own mail",
    "ReminderMutes.mute": "one's own reminders",
    "ReminderMutes.unmute": "one's own reminders",
    "CalendarFeeds.make": "one's own feed",
    "CalendarFeeds.revoke": "one's own feed",
    "StaffAccess.choose_locale": "one's own language",
    "CaseFiles.read": "reads; the event is the record of the reading",
    "ImportDesk.event": "only words the event of an act that went through",
    "PaperRoom.event": "only words the event of an act that went through",
    "LedgerExports.for_reader": "reads; the event is the record of the reading",
    "SubmissionDesk.read_file": "reads; the event is the record of the reading",
    "IdentitySearch.look": "reads; what is written is the record of the search",
    "ReadLog.record": "reads; what is written is the record of the reading, and the alarm about it",
    "ReadLog.state": "says why one is about to read; every reading is recorded by itself",
    "ApiTokens.make": "one's own token: it reads what one's own role reads, and can do nothing",
    "ApiTokens.revoke": "ends a token, one's own or, as administrator, anybody's: takes away and gives nobody anything",
    "OpenIdSignIn.unbind": "one's own account at a provider",
    "OwnSessions.end": "one's own session",
    "OwnSessions.end_others": "one's own sessions",
    "PasskeyFactor.finish": "proves who one is",
    "Passkeys.register": "one's own passkey",
    "Passkeys.remove": "one's own passkey",
    "PasswordChange.change": "one's own password",
    "PasswordChange.set_password": "one's own password",
    "RecoveryCodes.make": "one's own codes",
    "StaffAccess.confirm": "proves anew who one is",
    "StaffAccess.enter": "opens one's own session",
    "StaffAccess.go_on": "opens one's own session",
    "StaffAccess.note_denied": "the event is the record of a refusal",
    "StaffAccess.sign_out": "ends one's own session",
    "Totp.enrol": "one's own app",
    "Totp.offer": "one's own app",
    "Totp.remove": "one's own app",
}


@dataclass(frozen=True)
class Place:
    module: str
    owner: str | None
    name: str


def functions() -> dict[Place, ast.FunctionDef]:
    found: dict[Place, ast.FunctionDef] = {}
    for path in sorted(SERVICES.rglob("*.py")):
        module = path.relative_to(SERVICES).as_posix()
        if module.startswith(("ports/", "demo/")):
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                found[Place(module, None, node.name)] = node
            elif isinstance(node, ast.ClassDef):
                for member in node.body:
                    if isinstance(member, ast.FunctionDef):
                        found[Place(module, node.name, member.name)] = member
    return found


@dataclass(frozen=True)
class Called:
    name: str
    how: str


def calls(node: ast.AST) -> Iterator[Called]:
    for one in ast.walk(node):
        if isinstance(one, ast.Call):
            if isinstance(one.func, ast.Attribute):
                owner = one.func.value
                how = owner.id if isinstance(owner, ast.Name) and owner.id in ("self", "AuditEvent") else "other"
                yield Called("AuditEvent" if how == "AuditEvent" else one.func.attr, how)
            elif isinstance(one.func, ast.Name):
                yield Called(one.func.id, "name")


def reached(place: Place, known: dict[Place, ast.FunctionDef], seen: set[Place] | None = None) -> set[str]:
    """Return every name called on the way: by the method, by those of its class, and by functions of any module."""
    seen = set() if seen is None else seen
    if place in seen:
        return set()
    seen.add(place)
    names = set()
    for called in set(calls(known[place])):
        names.add(called.name)
        if called.how == "name":
            following = [Place(module, None, called.name) for module in {one.module for one in known}]
        else:
            following = [Place(place.module, place.owner, called.name)] if called.how == "self" else []
        for other in following:
            if other in known:
                names |= reached(other, known, seen)
    return names


def writers() -> dict[str, set[str]]:
    """Return every public use case that takes an actor and writes, with all that it calls."""
    known = functions()
    found = {}
    for place, node in known.items():
        if place.owner is None or place.owner.startswith("_") or place.name.startswith("_"):
            continue
        taken = [ast.unparse(one.annotation) for one in node.args.args + node.args.kwonlyargs if one.annotation]
        if not any("Actor" in one for one in taken):
            continue
        names = reached(place, known)
        if names & WRITES:
            found[f"{place.owner}.{place.name}"] = names
    return found


def test_every_use_case_that_writes_goes_through_the_choke_point() -> None:
    found = writers()
    assert len(found) > 60
    missed = sorted(name for name, names in found.items() if not names & CHOKE and name not in REASONS)
    assert missed == []


def test_what_stands_outside_has_a_reason_and_is_still_there() -> None:
    found = writers()
    assert sorted(set(REASONS) - set(found)) == []
    assert sorted(name for name in REASONS if found[name] & CHOKE) == []


def test_the_choke_point_alone_judges_duties() -> None:
    """Nobody else raises the refusal: what a page says beforehand comes from the same rules."""
    raised = {
        path.relative_to(SERVICES).as_posix()
        for path in SERVICES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Raise) and "DutiesRefused" in ast.unparse(node)
    }
    assert raised == {"duties.py"}
