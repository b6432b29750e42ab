"""A campaign's ask: one sentence, needed to open, with a date and a person to call."""

from datetime import date, datetime
from typing import Any

import pytest
from flask.ctx import AppContext
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from petition.campaigns.campaign_problems import CampaignProblem
from petition.campaigns.definition import read_definition
from petition.campaigns.lifecycle import create_campaign, set_state, update_campaign
from petition.core.errors import UserError
from petition.core.extensions import db, transaction
from petition.letters.merge import find_merge_problem
from petition.models import Campaign, CampaignState
from tests.factories import make_campaign, make_signature

LEAST: dict[str, Any] = {
    "slug": "buses",
    "title": "Keep the buses",
    "letter": "Please keep the 38 running.",
    "organization": "Riders Together",
}


def find_codes(**told: Any) -> list[tuple[str, str]]:
    problems = read_definition(LEAST | told, find_merge_problem).problems
    return [(problem.field, str(problem.code)) for problem in problems]


@pytest.mark.parametrize(
    "ask",
    [
        "Please vote for H.R. 4411 when it comes to the floor.",
        "Ask Sen. Warren and the St. Louis board to act!",
        "Vote no on S. 12 (the U.S. Senate's bill)",
        "Voten “sí” por la propuesta 4 antes del 1.º de mayo.",
        "Will you vote for it?",
    ],
)
def test_one_sentence_is_taken(ask: str) -> None:
    assert find_codes(ask=ask) == []


@pytest.mark.parametrize(
    "ask",
    [
        "Please vote yes. Do it today.",
        "Vote yes! Now.",
        "Would you act? We hope so. Thank you.",
        "Voten a favor. ¿Lo harán?",
        "Please adopt the policy this year. It costs nothing.",
    ],
)
def test_more_than_one_is_refused(ask: str) -> None:
    assert find_codes(ask=ask) == [("ask", "sentences")]


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"ask": "x" * 241}, ("ask", "too-long")),
        ({"ask": "Please\nact"}, ("ask", "line-break")),
        ({"ask": "Act for {{ district.name }}"}, ("ask", "merge-field-not-taken")),
        ({"position": "support"}, ("position", "needs-bill")),
        ({"position": "against"}, ("position", "not-one-of")),
        ({"deadline": datetime(2027, 3, 1)}, ("deadline", "wrong-type")),
        ({"deadline": date(1970, 1, 1)}, ("deadline", "out-of-range")),
        ({"contact": "Jo"}, ("contact", "wrong-type")),
        ({"contact": {"telephone": "617 555 0100"}}, ("contact.person", "required")),
        ({"contact": {"person": "Jo", "fax": "1"}}, ("contact", "not-one-of")),
        (
            {"contact": {"person": "Jo", "telephone": "call"}},
            ("contact.telephone", "not-telephone"),
        ),
    ],
)
def test_what_no_letter_can_print_is_refused(told: dict[str, Any], found: tuple[str, str]) -> None:
    assert find_codes(**told) == [found]


@pytest.mark.parametrize(
    "telephone", ["(617) 555-0100", "+1 617 555 0100", "617-555-0100 ext. 12", "617.555.0100 x12"]
)
def test_a_telephone_number_is_taken_as_people_write_it(telephone: str) -> None:
    assert find_codes(contact={"person": "Jo", "telephone": telephone}) == []


def test_a_draft_without_an_ask_is_not_opened(context: AppContext) -> None:
    create_campaign(LEAST, find_merge_problem)

    with pytest.raises(UserError) as refused:
        set_state("buses", CampaignState.OPEN)
    assert refused.value.problem.code == CampaignProblem.NO_ASK

    update_campaign(LEAST | {"ask": "Please keep the 38."}, find_merge_problem)
    assert set_state("buses", CampaignState.OPEN)


def test_one_that_was_open_before_opens_again_without(context: AppContext) -> None:
    with transaction() as session:
        make_campaign(session, slug="buses", state=CampaignState.CLOSED)

    assert set_state("buses", CampaignState.OPEN)


@pytest.mark.parametrize("change", ["ask = 'Another.'", "position = 'oppose'"])
def test_the_database_keeps_what_was_asked_once_anyone_has_signed(
    context: AppContext, change: str
) -> None:
    with transaction() as session:
        campaign = make_campaign(session, ask="Please act.")
        make_signature(session, campaign)

    with pytest.raises(DBAPIError, match="what people have signed"), transaction() as session:
        session.execute(text(f"UPDATE campaigns SET {change}"))
    assert db.session.scalars(select(Campaign.ask)).one() == "Please act."
