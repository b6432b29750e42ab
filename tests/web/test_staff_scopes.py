"""A reviewer of one campaign sees its hundreds, reviews and comments, and decides no others."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from petition.core.extensions import db, transaction
from petition.models import Campaign, CommentState, Milestone, RoleGrant, RoleName, Signature
from tests.factories import make_campaign, make_person, make_signature
from tests.web.held_world import LOOKS, add_hundred, make_held
from tests.web.staff_world import enter, get, post

WHY = "I called them"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(**LOOKS)


@pytest.fixture
def held(app: Flask) -> tuple[int, int]:
    """A held hundred, a review and a comment in each of two campaigns; the ids of the hundreds."""
    mine = make_held(app)
    with app.app_context():
        district_id = db.session.get_one(Milestone, mine).district_id
        with transaction() as session:
            other = make_campaign(session, slug="other", title="The other", step=10)
        theirs = add_hundred(other.id, district_id, 6)
        with transaction() as session:
            for campaign in session.scalars(select(Campaign)):
                make_signature(
                    session, campaign, state="review", due_at=None, review_reason="no-district"
                )
                make_signature(
                    session,
                    campaign,
                    person=make_person(comment=f"Of {campaign.slug}"),
                    publish_comment=True,
                    comment_state=CommentState.WAITING,
                )
    return mine, theirs


def enter_for(app: Flask, milestone_id: int) -> tuple[FlaskClient, str]:
    browser, token = enter(app, RoleName.REVIEWER)
    with app.app_context(), transaction() as session:
        campaign_id = session.get_one(Milestone, milestone_id).campaign_id
        session.execute(update(RoleGrant).values(campaign_id=campaign_id))
    return browser, token


def find(app: Flask, milestone_id: int, state: str) -> int:
    """Return the signature of a campaign that is in a state."""
    with app.app_context():
        campaign_id = db.session.get_one(Milestone, milestone_id).campaign_id
        whose = (Signature.campaign_id == campaign_id, Signature.state == state)
        return db.session.scalars(select(Signature.id).where(*whose)).one()


def test_the_lists_show_the_own_campaign_alone(app: Flask, held: tuple[int, int]) -> None:
    mine, theirs = held
    browser, _ = enter_for(app, mine)

    hundreds = get(browser, "/staff/milestones").text
    review = get(browser, "/staff/review").text
    comments = get(browser, "/staff/comments").text
    limits = get(browser, "/staff/milestones/limits?campaign=other").text

    assert f"/staff/milestones/{mine}" in hundreds and f"/milestones/{theirs}" not in hundreds
    assert "held <b>1</b>" in hundreds
    assert f"/staff/review/{find(app, mine, 'review')}" in review and "all <b>1</b>" in review
    assert comments.count('class="typed"') <= 1 and "Of other" not in comments
    assert "to read <b>1</b>" in comments
    for page in (hundreds, review, comments, limits):
        assert "The other" not in page


def test_the_own_are_decided_and_the_others_are_not_found(
    app: Flask, held: tuple[int, int]
) -> None:
    mine, theirs = held
    browser, token = enter_for(app, mine)
    words = find(app, theirs, "confirmed")

    assert get(browser, f"/staff/milestones/{theirs}").status_code == 404
    assert get(browser, f"/staff/review/{find(app, theirs, 'review')}").status_code == 404
    release = f"/staff/milestones/{theirs}/release"
    assert post(browser, release, token, why=WHY).status_code == 404
    limits = {"campaign": "other", "network_share": "90", "why": WHY, "seen": ""}
    assert post(browser, "/staff/milestones/limits", token, **limits).status_code == 404
    form = {"verdict": "strike", "tick": f"{words}-", "why": WHY}
    assert post(browser, "/staff/comments", token, **form).status_code == 404
    with app.app_context():
        assert db.session.get_one(Milestone, theirs).state == "held"
        assert db.session.get_one(Signature, words).comment_state == "waiting"

    own = find(app, mine, "confirmed")
    form = {"verdict": "strike", "tick": f"{own}-", "why": WHY}
    struck = post(browser, "/staff/comments", token, **form)
    with app.app_context():
        seen = db.session.get_one(Milestone, mine).judged_list or ""
    released = post(browser, f"/staff/milestones/{mine}/release", token, why=WHY, list=seen)

    assert (struck.status_code, released.status_code) in ((303, 303), (409, 303))
    with app.app_context():
        assert db.session.get_one(Milestone, mine).state == "cleared"
