"""``caseflow law``: due dates, the rules in force, the basis of a levy, and the reckonings of a case."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, Final, NoReturn

import click

from caseflow import bootstrap
from caseflow.cli.attached import attached
from caseflow.domain.calendar import LAST_RECKONED_DAY, CalendarNotPublished
from caseflow.domain.clocks import explain as explain_reckoning
from caseflow.domain.clocks import reckon, reckoning_to_json
from caseflow.domain.law import (
    CHECKED_WORDS,
    LawRefusal,
    LevyBasis,
    NoLawInForce,
    NotThisKind,
    Repeal,
    Rule,
    RuleVersion,
    UnknownRule,
)
from caseflow.domain.words import Words
from caseflow.resources import data_directory, read_yaml
from caseflow.services.cases import CaseNotFound
from caseflow.services.law_records import LawRecord, LawRecords

REFUSED_EXIT: Final = 1


class IsoDate(click.ParamType[date]):
    """A date written as 2010-01-15."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read an ISO date; anything else is bad usage."""
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"'{value}' is not a date: write it as 2010-01-15", param, ctx)


ISO_DATE = IsoDate()
_locale = click.option("--locale", type=click.Choice(["en", "zh"]), default="en", show_default=True)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def law() -> None:
    """Ask the law: due dates, rules in force, the basis of a levy, why a date is what it is."""


@law.command()
@click.argument("rule_name", metavar="RULE")
@click.option("--on", "trigger_on", type=ISO_DATE, required=True, help="The day of the triggering event.")
@click.option("--applies-on", type=ISO_DATE, help="The day that chooses the version, where the rule names another.")
@_locale
@_as_json
def due(rule_name: str, trigger_on: date, applies_on: date | None, locale: str, as_json: bool) -> None:
    """Explain when RULE (a name or a row such as F1) falls due; the date stands alone on the last line."""
    if trigger_on > LAST_RECKONED_DAY:
        message = f"no time limit that begins after {LAST_RECKONED_DAY.isoformat()} is reckoned"
        raise click.BadParameter(message, param_hint="--on")
    try:
        rule = bootstrap.shipped_law().rule(rule_name)
        reckoning = reckon(rule, trigger_on=trigger_on, calendar=bootstrap.published_calendar(), applies_on=applies_on)
    except (UnknownRule, NotThisKind) as refusal:
        raise click.UsageError(refusal.message(locale)) from refusal
    except (LawRefusal, CalendarNotPublished) as refusal:
        _refuse(refusal, locale, as_json=as_json)
    if as_json:
        _print_json({**reckoning_to_json(reckoning), "explanation": explain_reckoning(reckoning, locale)})
        return
    beside = [one.id for one in bootstrap.shipped_law().rules.values() if one.row == rule.row and one is not rule]
    if rule_name.upper() == rule.row and beside:
        click.echo(f"Row {rule.row} has several rules; this is {rule.id}. The others: {', '.join(beside)}.", err=True)
    for sentence in explain_reckoning(reckoning, locale):
        click.echo(sentence)
    click.echo(reckoning.due_on.isoformat())


@law.command(name="list")
@click.option("--on", type=ISO_DATE, required=True, help="The day on which the rules are to be in force.")
@_locale
@_as_json
def list_rules(on: date, locale: str, as_json: bool) -> None:
    """List every rule with its version in force on a day, its citation and how that was checked."""
    entries = [_entry(rule, on) for rule in bootstrap.shipped_law().rules.values()]
    if as_json:
        _print_json({"on": on.isoformat(), "rules": entries})
        return
    for entry in entries:
        click.echo(f"{entry['row'] or '-':4} {entry['id']:44} {entry['title'][locale]}")
        if entry["in_force"]:
            span = f"{entry['length']} {entry['unit']}, " if entry["length"] else ""
            click.echo(
                f"     {span}{entry['cite'][locale]} [{entry['checked']['words'][locale]}, {entry['checked']['on']}]"
            )
        else:
            click.echo(f"     {entry['refusal'][locale]}")


@law.command()
@click.argument("regime")
@click.option("--act-date", type=ISO_DATE, required=True, help="The day of the conduct.")
@click.option("--decision-date", type=ISO_DATE, required=True, help="The day of the decision.")
@_locale
@_as_json
def check(regime: str, act_date: date, decision_date: date, locale: str, as_json: bool) -> None:
    """Say which law supports a levy or fine of REGIME; exit 1, naming the repealing act, where none does."""
    if decision_date < act_date:
        sentence = f"The decision ({decision_date}) cannot come before the act ({act_date})."
        raise click.UsageError(sentence)
    try:
        basis = bootstrap.shipped_law().levy_basis(_law_of(regime), act_date=act_date, decision_date=decision_date)
    except UnknownRule as refusal:
        sentence = f"No levy is known for the regime '{regime}'. {refusal.message(locale)}"
        raise click.UsageError(sentence) from refusal
    except LawRefusal as refusal:
        _refuse(refusal, locale, as_json=as_json)
    if as_json:
        _print_json(_basis(basis))
        return
    version = basis.version
    mark = CHECKED_WORDS[version.checked.status].in_locale(locale)
    click.echo(f"{basis.rule.title.in_locale(locale)} ({basis.rule.id})")
    since = Words(f"in force from {version.from_}", f"自{version.from_}起施行").in_locale(locale)
    click.echo(f"{version.cite.text.in_locale(locale)} [{mark}, {version.checked.on}]; {since}")
    for review in basis.reviews:
        for notice in review.notices:
            click.echo(f"{review.title.in_locale(locale)}: {notice.in_locale(locale)}")


@law.command()
@click.argument("number", metavar="CASE")
@_locale
@_as_json
def explain(number: str, locale: str, as_json: bool) -> None:
    """Reckon again every due date and calculation sheet of CASE (its number); exit 1 where one does not agree."""
    with attached() as settings:
        application = bootstrap.build_application(str(settings.database_url))
        try:
            records = LawRecords(application.store, application.rulebook, application.time)
            record = records.explain(number)
        except CaseNotFound as missing:
            sentence = f"There is no case with the number '{number}'."
            raise click.UsageError(sentence) from missing
        finally:
            application.close()
    if as_json:
        _print_json(_record(record))
    else:
        _print_record(record, locale)
    if not record.agrees:
        raise click.exceptions.Exit(REFUSED_EXIT)


def _print_record(record: LawRecord, locale: str) -> None:
    agrees, differs = Words("agrees", "一致"), Words("does not agree", "不一致")
    for check in record.clocks:
        for sentence in explain_reckoning(check.stored.reckoning, locale):
            click.echo(sentence)
        found = agrees if check.agrees else differs
        why = check.refusal.in_locale(locale) if check.refusal else ", ".join(check.differs)
        click.echo(f"  = {found.in_locale(locale)}{': ' + why if why else ''}\n")
    for cited in record.citations:
        found = agrees if cited.agrees else differs
        click.echo(f"{cited.seq} {cited.trigger}: {cited.rule_id} ({cited.version_from}) = {found.in_locale(locale)}")
    if record.charge is not None:
        click.echo(f"\n{record.charge.title.in_locale(locale)} ({record.charge.rule_id})")
        for line in record.charge.lines:
            label, cite = line.label.in_locale(locale), line.cite.text.in_locale(locale)
            click.echo(f"  {label}: {line.formula} = {line.amount_fen / 100:.2f} [{cite}]")
        total = f"{record.charge.result_fen / 100:.2f} ({record.charge.rounding.in_locale(locale)})"
        click.echo(f"  = {total}: {(agrees if record.charge_agrees else differs).in_locale(locale)}")
    whole = Words("Everything agrees with the law.", "全部与法律规则一致。")
    partly = Words("Not everything agrees with the law.", "存在与法律规则不一致之处。")
    click.echo((whole if record.agrees else partly).in_locale(locale))


def _record(record: LawRecord) -> dict[str, Any]:
    return {
        "number": record.number,
        "agrees": record.agrees,
        "clocks": [
            {
                "status": check.stored.status,
                "agrees": check.agrees,
                "differs": list(check.differs),
                "refusal": check.refusal.to_json() if check.refusal else None,
                "stored": reckoning_to_json(check.stored.reckoning),
                "due_on": check.fresh.due_on.isoformat() if check.fresh else None,
            }
            for check in record.clocks
        ],
        "citations": [
            {
                "seq": cited.seq,
                "step": cited.trigger,
                "rule_id": cited.rule_id,
                "version_from": cited.version_from.isoformat(),
                "applied_on": cited.applied_on.isoformat(),
                "agrees": cited.agrees,
            }
            for cited in record.citations
        ],
        "charge": record.charge.to_json() if record.charge else None,
        "charge_agrees": record.charge_agrees,
    }


def _law_of(regime: str) -> str:
    """Return the law key of a regime's workflow file, or the regime's own where it is one already."""
    path = data_directory("workflows") / f"{regime}.yaml"
    if "/" in regime or not path.is_file():
        return regime if "/" in regime else f"prc/{regime}"
    return str(read_yaml(path).data["law"])


def _refuse(refusal: LawRefusal | CalendarNotPublished, locale: str, *, as_json: bool) -> NoReturn:
    message_en, message_zh = refusal.message_en, refusal.message_zh
    if as_json:
        repeal = refusal.repealed_by if isinstance(refusal, NoLawInForce) else None
        _print_json({"refused": {"en": message_en, "zh": message_zh}, "repealed_by": _repeal(repeal)})
    else:
        click.echo(message_zh if locale == "zh" else message_en, err=True)
    raise click.exceptions.Exit(REFUSED_EXIT)


def _entry(rule: Rule, on: date) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": rule.id,
        "row": rule.row,
        "kind": rule.kind,
        "title": rule.title.to_json(),
        "binds": rule.binds,
    }
    try:
        version = rule.version_on(on)
    except NoLawInForce as refusal:
        refused = {"en": refusal.message_en, "zh": refusal.message_zh}
        return {**entry, "in_force": False, "refusal": refused, "repealed_by": _repeal(refusal.repealed_by)}
    return {**entry, "in_force": True, **_version(version)}


def _version(version: RuleVersion) -> dict[str, Any]:
    cite, checked = version.cite, version.checked
    words = CHECKED_WORDS[checked.status].to_json()
    return {
        "from": version.from_.isoformat(),
        "until": version.until.isoformat() if version.until else None,
        "length": version.length,
        "unit": version.unit,
        "cite": {"law": cite.law, "article": cite.article, **cite.text.to_json()},
        "checked": {"on": checked.on.isoformat(), "status": checked.status, "words": words},
    }


def _basis(basis: LevyBasis) -> dict[str, Any]:
    return {
        "rule_id": basis.rule.id,
        "title": basis.rule.title.to_json(),
        **_version(basis.version),
        "law_at_act": _version(basis.at_act),
        "reviews": [review.id for review in basis.reviews],
    }


def _repeal(repeal: Repeal | None) -> dict[str, str] | None:
    if repeal is None:
        return None
    return {"law": repeal.law, "on": repeal.on.isoformat(), **repeal.name.to_json()}


def _print_json(data: Any) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))
