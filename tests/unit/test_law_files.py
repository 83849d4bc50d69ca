"""What a law file may not say: every refusal with its file and line."""

from __future__ import annotations

import re
from datetime import date

import pytest

from caseflow.adapters.published_calendar import published_calendar
from caseflow.domain.law import NoLawInForce, parse_law
from caseflow.domain.sources import FileRefused
from caseflow.resources import parse_yaml

LADDERS = """\
ladders:
  person:
    title: {en: The person, zh: 当事人}
    rungs:
      - {offset_days: 3, unit: working_day, to: supervisor, escalate: true}
      - {offset_days: -1, unit: calendar_day, to: owner}
  silent:
    title: {en: Nobody, zh: 无}
    rungs:
      - {offset_days: 0, unit: calendar_day, to: owner}
"""
FILE = """\
statute: APL
title: {en: Administrative Penalty Law, zh: 行政处罚法}
ladder: person
rules:
  - id: cn.apl.hearing_request
    row: P3
    kind: time_limit
    title: {en: Request a hearing, zh: 申请听证}
    binds: person
    trigger: {en: notice of the right, zh: 告知听证权利}
    roll: next_working_day
    versions:
      - from: 1996-10-01
        until: 2021-07-15
        length: 3
        unit: calendar_day
        cite: {law: APL-1996, article: "42", en: article 42, zh: 第四十二条}
        checked: {on: 2025-04-19, status: secondary}
      - from: 2021-07-15
        length: 5
        unit: working_day
        cite: {law: APL-2021, article: "64", en: article 64, zh: 第六十四条}
        checked: {on: 2025-04-19, status: text_seen}
    before_first: refuse
    after_last: refuse
    examples:
      - {trigger: 2022-01-26, due: 2022-02-07}
"""
FINE = """\
statute: X
title: {en: A law, zh: 某法}
ladder: person
rules:
  - id: cn.x.fine
    kind: fine_range
    title: {en: Fine, zh: 罚款}
    binds: agency
    trigger: {en: decision, zh: 决定}
    versions:
      - from: 2020-01-01
        brackets:
          - when: role == "institution"
            text: {en: an institution, zh: 机构}
            min_fen: 100
            max_fen: 200
        cite: {law: X, article: "1", en: article 1, zh: 第一条}
        checked: {on: 2025-04-19, status: text_seen}
    before_first: refuse
    after_last: refuse
    examples:
      - {on: 2020-01-01, role: institution, min_fen: 100, max_fen: 200}
"""


def _refusal(text: str, *others: str) -> str:
    documents = [parse_yaml(LADDERS, "ladders.yaml"), parse_yaml(text, "law.yaml")]
    documents += [parse_yaml(other, f"other{number}.yaml") for number, other in enumerate(others)]
    with pytest.raises(FileRefused) as caught:
        parse_law(documents, calendar=published_calendar())
    return str(caught.value)


def test_the_samples_are_sound() -> None:
    documents = [parse_yaml(text, name) for name, text in (("l", LADDERS), ("a", FILE), ("f", FINE))]
    book = parse_law(documents, calendar=published_calendar())
    assert book.rule("P3").ladder == "person"
    assert [rung.offset_days for rung in book.ladder_of("P3").rungs] == [-1, 3]
    assert book.ladders["person"].escalates
    assert not book.ladders["silent"].escalates


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("until: 2021-07-15", "until: 2021-07-16", 19, "overlaps the version from 1996-10-01, which ends"),
        ("        until: 2021-07-15\n", "", 18, "overlaps the version from 1996-10-01, which has no end"),
        ("until: 2021-07-15", "until: 2021-07-01", 19, "undeclared gap from 2021-07-01 to 2021-07-15"),
        ("until: 2021-07-15", "until: 1996-10-01", 14, "not after its beginning"),
        ("        cite: {law: APL-2021,", "        cyte: {law: APL-2021,", 22, "is not a known key"),
        ("        cite: {law: APL-2021,", "        cyte: {law: APL-2021,", 19, "is required and missing"),
        ("        checked: {on: 2025-04-19, status: text_seen}\n", "", 19, "is required and missing"),
        ("status: text_seen", "status: trusted", 23, "input should be"),
        ("unit: working_day", "unit: fortnight", 21, "input should be"),
        ("unit: working_day", "unit: month", 21, "month-end rule"),
        ("unit: working_day", "unit: hour", 20, "multiple of 24"),
        ("        unit: working_day\n", "", 19, "needs a length and a unit"),
        ("length: 5", "length: 0", 20, "greater than 0"),
        ("due: 2022-02-07", "due: 2022-02-08", 27, "gives 2022-02-07, not 2022-02-08"),
        ("due: 2022-02-07", "refused: true", 27, "should be refused, but gives 2022-02-07"),
        ("trigger: 2022-01-26, due", "trigger: 1990-01-26, due", 27, "the example is refused"),
        ("trigger: 2022-01-26, due", "trigger: 2003-12-01, due", 27, "cannot be counted"),
        ("trigger: 2022-01-26, due", "on: 2022-01-26, due", 27, "lacks the fields"),
        ("ladder: person", "ladder: nobody", 5, "ladder 'nobody' is not known"),
        ("    binds: person\n", "    binds: person\n    charge: cn.none.fee\n", 10, "charge 'cn.none.fee' is not"),
        ("row: P3", "row: third", 6, "should match pattern"),
        ("zh: 申请听证", "zh: ''", 8, "at least 1 character"),
        ("after_last: refuse", "after_last: zero", 25, "input should be 'refuse'"),
        ("before_first: refuse", "gaps: []", 5, "is required and missing"),
        (
            "before_first: refuse",
            "before_first: refuse\n    gaps: [{from: 2000-01-01, until: 2000-02-01, en: a, zh: b}]",
            25,
            "declares a gap",
        ),
        (
            "after_last: refuse",
            "after_last: refuse\n    repealed_by: {law: Y, on: 2025-01-01, en: Y, zh: 某}",
            26,
            "the last version ends on None",
        ),
    ],
)
def test_an_unsound_limit_is_refused(old: str, new: str, line: int, reason: str) -> None:
    assert old in FILE
    refusal = _refusal(FILE.replace(old, new, 1))
    assert re.search(rf"^law\.yaml:{line}: .*{re.escape(reason)}", refusal, re.MULTILINE), refusal


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('role == "institution"', 'role == "patient"', "never reaches a patient"),
        ('role == "institution"', 'role == "woman"', "never reaches a patient"),
        ('role == "institution"', "role ==", "cannot be evaluated"),
        ('role == "institution"', "unknown_name > 1", "cannot be evaluated"),
        ('role == "institution"', "gains_fen + 1", "must answer true or false"),
        ("min_fen: 100\n", "min_fen: 300\n", "minimum above its maximum"),
        ("            max_fen: 200\n", "", "needs min_fen and max_fen"),
        ("min_fen: 100, max", "min_fen: 101, max", "gives 100 to 200 fen, not 101"),
        ("kind: fine_range", "kind: levy", "must name its regime"),
        ("kind: fine_range", "kind: added_charge", "needs a rate"),
        ("kind: fine_range", "kind: fact", "needs brackets"),
        ("before_first: refuse", "before_first: no_limit", "only a time limit"),
    ],
)
def test_an_unsound_fine_is_refused(old: str, new: str, reason: str) -> None:
    assert old in FINE
    assert reason in _refusal(FINE.replace(old, new, 1))


CHARGE = """\
statute: X
title: {en: A law, zh: 某法}
ladder: person
rules:
  - id: cn.x.charge
    kind: added_charge
    title: {en: Charge, zh: 加收}
    binds: person
    trigger: {en: default, zh: 逾期}
    versions:
      - from: 2020-01-01
        until: 2021-01-01
        rate: {per_mille: 2, per: month}
        whole_months_only: true
        cite: {law: X, article: "1", en: article 1, zh: 第一条}
        checked: {on: 2025-04-19, status: text_seen}
    before_first: refuse
    after_last: refuse
    examples:
      - {principal_fen: 100000, default_on: 2020-01-01, until: 2020-02-01, charge_fen: 200}
"""


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("per_mille: 2", "per_mille: 2, percent: 3", "either per mille or in per cent"),
        ("per_mille: 2, ", "", "either per mille or in per cent"),
        ("        whole_months_only: true\n", "", "no rule on part months"),
        ("per: month", "per: day", "no rule on part months"),
        ("charge_fen: 200", "charge_fen: 201", "gives 200 fen, not 201 fen"),
        ("        rate:", "        length: 1\n        unit: year\n        rate:", "has no length or unit"),
    ],
)
def test_an_unsound_charge_is_refused(old: str, new: str, reason: str) -> None:
    assert old in CHARGE
    assert reason in _refusal(CHARGE.replace(old, new, 1))


def test_a_rule_that_ended_without_a_repeal_says_when() -> None:
    book = parse_law([parse_yaml(LADDERS, "l"), parse_yaml(CHARGE, "c")])
    with pytest.raises(NoLawInForce, match="The rule ended on 2021-01-01") as caught:
        book.rule("cn.x.charge").version_on(date(2021, 1, 1))
    assert caught.value.message("zh_CN") == caught.value.message_zh


def test_unsound_ladders_are_refused() -> None:
    with pytest.raises(FileRefused, match=r"ladders\.yaml:5: .*to: input should be"):
        parse_law([parse_yaml(LADDERS.replace("to: supervisor", "to: nobody"), "ladders.yaml")])


def test_a_declared_gap_is_allowed_and_refuses_its_days() -> None:
    gap = "gaps: [{from: 2021-07-01, until: 2021-07-15, en: nothing, zh: 空档}]"
    text = FILE.replace("until: 2021-07-15", "until: 2021-07-01").replace("after_last", f"{gap}\n    after_last")
    book = parse_law([parse_yaml(LADDERS, "l"), parse_yaml(text, "a")])
    with pytest.raises(NoLawInForce, match="gap"):
        book.rule("P3").version_on(date(2021, 7, 14))
    assert book.rule("P3").version_on(date(2021, 7, 15)).length == 5


def test_a_rule_declared_twice_names_the_first_place() -> None:
    assert "already declared in law.yaml:5" in _refusal(FILE, FILE)


def test_a_shared_row_needs_one_primary_rule() -> None:
    twin = FILE.replace("cn.apl.hearing_request", "cn.apl.hearing_twin")
    assert "row P3 is shared by 2 rules" in _refusal(FILE, twin)
    both = [text.replace("row: P3", "row: P3\n    primary: true") for text in (FILE, twin)]
    assert "exactly one must say" in _refusal(*both)


def test_all_problems_are_told_at_once() -> None:
    refusal = _refusal(FILE.replace("length: 5", "length: 0").replace("unit: calendar_day", "unit: moon"))
    assert len(refusal.splitlines()) == 2


def test_an_ended_levy_must_name_the_repeal() -> None:
    levy = FINE.replace("kind: fine_range", "kind: levy\n    regime: prc/x").replace(
        "      - from: 2020-01-01\n", "      - from: 2020-01-01\n        until: 2021-01-01\n"
    )
    start, end = levy.index("        brackets:"), levy.index("        cite:")
    levy = levy[:start] + levy[end:]
    levy = levy[: levy.index("    examples:")]
    assert "must name the repealing act" in _refusal(levy)
    assert "already has the levy" in _refusal(levy, levy.replace("cn.x.fine", "cn.x.other"))


def test_an_unknown_review_is_refused() -> None:
    text = FILE.replace("        length: 5", "        reviews: [cn.nothing.here]\n        length: 5")
    assert "review 'cn.nothing.here' is not a known rule" in _refusal(text)


def test_without_a_calendar_the_examples_of_limits_wait() -> None:
    wrong = FILE.replace("due: 2022-02-07", "due: 2022-02-08")
    assert parse_law([parse_yaml(LADDERS, "l"), parse_yaml(wrong, "a")]).rule("P3").row == "P3"
