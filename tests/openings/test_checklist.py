"""The checklist of a campaign, and what keeps it from being opened."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.error_messages.checklist_messages import WORDS, describe_line
from petition.models import Campaign, CampaignState, Event
from petition.openings.check_lines import CheckCode
from petition.openings.checklist import check_campaign
from petition.partners.applications.application_decisions import suspend
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization
from tests.cli.runner import run
from tests.factories import make_campaign, make_district, make_post

READY: dict[str, Any] = {
    "slug": "square",
    "state": CampaignState.DRAFT,
    "ask": "Please keep the square.",
    "organization_email": "hello@neighbors.example",
}


def lay(app: Flask, *, posts: bool = True, district: bool = True, **changes: Any) -> None:
    """Lay a draft, which is ready but for what ``changes`` say."""
    with app.app_context(), transaction() as session:
        closes_at = utcnow() + timedelta(days=30)
        make_campaign(session, **READY | {"closes_at": closes_at} | changes)
        if district:
            found = make_district(session)
            if posts:
                make_post(session, found)


def find(app: Flask) -> dict[str, str]:
    """Return the level of each line by its code."""
    with app.app_context():
        lines = check_campaign("square").lines
        assert all(describe_line(line).found for line in lines)
        return {str(line.code): str(line.level) for line in lines}


def get_state(app: Flask) -> str:
    with app.app_context():
        state = db.session.scalars(select(Campaign.state)).one()
        db.session.rollback()
    return state


def test_every_line_has_words_and_all_but_good_news_a_remedy() -> None:
    assert set(WORDS) == set(CheckCode)
    good = {code for code in CheckCode if code.endswith("-ok")} | {CheckCode.NO_CONSENTS}
    assert {code for code, words in WORDS.items() if not words.remedy} == good


def test_a_campaign_that_is_ready_has_no_problem(app: Flask) -> None:
    lay(app)

    assert find(app) == {
        "channel-outbox": "warning",
        "channel-no-smtp": "warning",
        "closes-ok": "ok",
        "reply-ok": "ok",
        "consents-none": "ok",
        "look-ok": "ok",
        "text-ok": "ok",
        "letter-ok": "ok",
        "boundaries-ok": "ok",
        "posts-ok": "ok",
        "reach-ok": "ok",
    }


@pytest.mark.parametrize(
    ("changes", "code", "level"),
    [
        ({"ask": ""}, "text-no-ask", "problem"),
        ({"letter": "Dear {{ signer.name }}"}, "text-merge-field", "problem"),
        ({"closes_at": utcnow() - timedelta(days=1)}, "closes-past", "problem"),
        ({"closes_at": None}, "closes-missing", "warning"),
        ({"deadline": date(2026, 1, 1)}, "deadline-past", "warning"),
        ({"letter": "We ask you to act. " * 400}, "letter-long", "warning"),
        ({"organization_email": None}, "reply-missing", "warning"),
        ({"accent": "#ffff00"}, "look-contrast", "warning"),
        ({"logo": "nobody"}, "look-no-logo", "warning"),
        ({"layers": ["county", "cd"]}, "boundaries-missing", "warning"),
        ({"posts": False}, "posts-missing", "warning"),
        ({"posts": False}, "posts-nobody", "problem"),
        ({"district": False}, "letter-skipped", "warning"),
    ],
)
def test_what_is_not_ready_is_said(app: Flask, changes: Any, code: str, level: str) -> None:
    lay(app, **changes)

    assert find(app).get(code) == level


def test_an_organization_that_is_not_approved_is_named(app: Flask) -> None:
    lay(app)
    with app.app_context():
        save_organization(OrganizationForm("open-gov", "Open Gov"))
        join_campaign("open-gov", "square", {"email": "May Open Gov write to you?"})
        assert ("consents-ok", "ok") in find(app).items()
        suspend("open-gov", actor="test", because="A test")

    assert find(app)["consents-not-approved"] == "warning"


def test_the_command_lists_the_lines_and_ends_with_1_at_a_problem(app: Flask) -> None:
    lay(app, ask="")

    result = run(app, "campaigns", "checklist", "square")
    told = json.loads(run(app, "campaigns", "checklist", "square", "--json").output)

    assert result.exit_code == 1
    assert result.output.startswith("problem  Text: It has no ask.")
    assert told[0] == {
        "code": "text-no-ask",
        "level": "problem",
        "name": "Text",
        "found": "It has no ask.",
        "remedy": "Write in one sentence what the lawmaker is to do (`ask`).",
    }
    assert run(app, "campaigns", "checklist", "nowhere").exit_code == 1


def test_a_campaign_with_a_problem_opens_only_with_a_reason(app: Flask) -> None:
    lay(app, posts=False)

    refused = run(app, "campaigns", "open", "square")
    empty = run(app, "campaigns", "open", "square", "--despite", " ")
    before = get_state(app)
    opened = run(app, "campaigns", "open", "square", "--despite", "The roster\ncomes on Monday")
    again = run(app, "campaigns", "open", "square")

    assert (refused.exit_code, empty.exit_code, before) == (1, 1, "draft")
    assert "problem  Posts: No letter of this campaign could reach anyone." in refused.output
    assert opened.exit_code == 0 and opened.output.endswith("square is open.\n")
    assert again.output.endswith("square was open already.\n")
    with app.app_context():
        event = db.session.scalars(select(Event).where(Event.action == "campaign.open")).one()
    assert event.detail == {"why": "The roster comes on Monday", "problems": "posts-nobody"}


def test_no_reason_opens_a_draft_without_an_ask(app: Flask) -> None:
    lay(app, ask="")

    assert run(app, "campaigns", "open", "square", "--despite", "x").exit_code == 1
    assert get_state(app) == "draft"
