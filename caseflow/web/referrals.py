"""The liaison's board, and one case as the liaison sees it."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission, may
from caseflow.domain.law import CHECKED_WORDS
from caseflow.domain.referral_board import Column, withdraws
from caseflow.domain.workflow import Definition
from caseflow.services.referral_board import CARDS_ON_A_PAGE, BoardFilter
from caseflow.web.case_page import may_be_typed
from caseflow.web.context import actor, application
from caseflow.web.security import needs

blueprint = Blueprint("referrals", __name__)
LONGEST_COURT_CHARACTERS = 200


@blueprint.get("/referrals")
@needs(Permission.READ_REFERRALS)
def board() -> ResponseReturnValue:
    """Show the board, or one column of it page by page."""
    arguments = chosen_arguments()
    only = known_column()
    after = request.args.get("after", "")[:40]
    page = application().liaison.board.show(actor(), chosen_filter(), only=only, after=after)
    lists = application().wind_down_lists if may(actor(), Permission.READ_WIND_DOWN) else None
    cards = [card.row.id for column in page.columns for card in column.cards]
    return render_template(
        "referrals.html",
        waiting=lists.letters_waiting(actor()) if lists else (),
        letters=lists.letters_of(actor(), cards) if lists else {},
        page=page,
        arguments=arguments,
        only=only,
        after=after if only else "",
        definitions=application().rulebook.definitions,
        may_withdraw=may_be_withdrawn,
        on_a_page=CARDS_ON_A_PAGE,
    )


@blueprint.get("/referrals/<int:case_id>")
@needs(Permission.READ_REFERRALS)
def one(case_id: int) -> ResponseReturnValue:
    """Show one case as its referral."""
    referral = application().liaison.pages.show(actor(), case_id)
    page = referral.page
    definition = page.rules.definition
    takes = may(actor(), Permission.TAKE_STEP)
    has_form = [offer for offer in referral.offers if takes and may_be_typed(definition, offer)]
    return render_template(
        "referral.html",
        referral=referral,
        page=page,
        definition=definition,
        state=definition.states[page.case.state],
        may_open=sorted(has_form, key=lambda offer: not offer.is_open),
        closed=[offer for offer in referral.offers if offer not in has_form],
        checked_words=CHECKED_WORDS,
    )


def chosen_arguments() -> dict[str, str]:
    """Return the filters of the request that mean something, as address arguments."""
    chosen = chosen_filter()
    return {name: value for name, value in (("court", chosen.court), ("regime", chosen.regime)) if value}


def chosen_filter() -> BoardFilter:
    """Read how the board is narrowed; a regime nobody knows narrows nothing."""
    court = request.values.get("court", "").strip()[:LONGEST_COURT_CHARACTERS]
    regime = request.values.get("regime", "")
    return BoardFilter(court or None, regime if regime in application().rulebook.definitions else None)


def known_column() -> Column | None:
    """Read which one column is asked for; None: the whole board."""
    asked = request.values.get("column", "")
    return Column(asked) if asked in {one.value for one in Column} else None


def may_be_withdrawn(definition: Definition, state: str) -> bool:
    """Tell whether a step leads from the state that takes the application back."""
    return any(withdraws(step) for step in definition.steps_from(state))
