"""Forms built from the fields of a workflow file. What is typed is judged by the use cases, never here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from flask import abort, request
from wtforms import BooleanField, Field, Form, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # the stubs stop at WTForms 3.2
from wtforms.widgets import DateInput

from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition
from caseflow.domain.workflow import Field as Declared
from caseflow.web import display
from caseflow.web.context import actor, application
from caseflow.web.phrases import _

PREFIX = "answer-"
MOST_RADIO_CHOICES = 6
LONGEST_KEY_CHARACTERS = 64


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a form: the words, and the id of the input it is about (empty: the whole form)."""

    words: Words
    input_id: str = ""


@dataclass
class Faults:
    """Everything wrong with a form, in order."""

    found: list[Fault] = field(default_factory=list)

    def add(self, words: Words, input_id: str = "") -> None:
        """Note one fault."""
        self.found.append(Fault(words, input_id))

    def put_in_order(self, input_ids: Sequence[str]) -> None:
        """Sort the faults as their inputs stand in the form; those of the whole form come first."""
        places = {name: place for place, name in enumerate(input_ids)}
        self.found.sort(key=lambda fault: places.get(fault.input_id, -1))

    def at(self, input_id: str) -> list[Fault]:
        """Return what is wrong with one input."""
        return [fault for fault in self.found if fault.input_id == input_id]


def input_id(name: str) -> str:
    """Return the id (and name) of the input for a field of the workflow file."""
    return PREFIX + name


def answers_form(definition: Definition, names: Sequence[str], typed: Mapping[str, str] | None = None) -> Form:
    """Return a form that asks for the named fields, filled with what was typed so far."""
    return fields_form([definition.fields[name] for name in names], typed)


def fields_form(asked: Sequence[Declared], typed: Mapping[str, str] | None = None) -> Form:
    """Return a form that asks for these fields, filled with what was typed so far."""
    members = {input_id(declared.name): _field(declared) for declared in asked}
    form_type: type[Form] = type("AnswersForm", (Form,), members)
    if typed is None:
        return form_type()
    return form_type(request.form)


def typed_answers(names: Sequence[str]) -> dict[str, str]:
    """Return what was typed for the named fields."""
    return {name: request.form.get(input_id(name), "") for name in names}


def idempotency_key() -> str:
    """Return the key made when the form was first shown; one that was tampered with is refused."""
    if request.method == "GET":
        return str(uuid4())
    key = request.form.get("key", "")
    if not key or len(key) > LONGEST_KEY_CHARACTERS or not key.replace("-", "").isalnum():
        abort(400)
    return key


def _field(declared: Declared) -> Field:
    label = display.words(declared.label)
    match declared.type:
        case "boolean":
            return BooleanField(label)
        case "choice" | "staff" as kind:
            return _choice(declared, label) if kind == "choice" else _staff(label)
        case "date":
            return StringField(label, widget=DateInput())
        case "long_text":
            return TextAreaField(label, render_kw={"rows": 5})
        case "money" | "integer" as kind:
            mode = "decimal" if kind == "money" else "numeric"
            return StringField(label, render_kw={"inputmode": mode, "autocomplete": "off"})
    return StringField(label, render_kw={"autocomplete": "off"})


def _staff(label: str) -> Field:
    officers = application().staff.officers(actor())
    choices = [SelectChoice(str(one.id), display.pick(one.name_en, one.name_zh)) for one in officers]
    return SelectField(label, choices=[SelectChoice("", _("Choose")), *choices], validate_choice=False)


def _choice(declared: Declared, label: str) -> Field:
    choices = [SelectChoice(key, display.words(two)) for key, two in declared.choices.items()]
    if len(choices) <= MOST_RADIO_CHOICES:
        return RadioField(label, choices=choices, validate_choice=False)
    return SelectField(label, choices=[SelectChoice("", _("Choose")), *choices], validate_choice=False)
