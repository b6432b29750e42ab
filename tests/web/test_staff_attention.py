"""The page of what waits for a person: who sees which card, and what each act does."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from petition.accounts.role_grants import grant_role, take_role
from petition.attention.causes import FoundCause
from petition.attention.sources import SOURCES
from petition.attention.stored_causes import refresh_causes
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import (
    AttentionCause,
    Campaign,
    DeliveryState,
    Event,
    LaneName,
    MailLane,
    RoleName,
    Signature,
)
from tests.cli.runner import run
from tests.factories import make_campaign, make_signature
from tests.web.account_world import find_user_id
from tests.web.staff_world import (
    enter,
    find_token,
    get,
    make_delivery,
    make_staff,
    open_browser,
    post,
    set_state,
    sign_in,
)

PAGE = "/staff/attention"
NOW = timedelta(0)
STAFF = [RoleName.ADMIN, RoleName.CAMPAIGNER, RoleName.REVIEWER, RoleName.READER]


def make_review(app: Flask, slug: str = "square", number: int = 1) -> int:
    """Make signatures in review and return their campaign's id."""
    with app.app_context():
        with transaction() as session:
            campaign_id = make_campaign(session, slug=slug, title=f"The {slug}").id
        add_review(campaign_id, number)
    return campaign_id


def add_review(campaign_id: int, number: int = 1) -> None:
    with transaction() as session:
        campaign = session.get_one(Campaign, campaign_id)
        for _ in range(number):
            make_signature(
                session,
                campaign,
                state="review",
                review_reason="not-found",
                confirmed_at=utcnow() - timedelta(days=1),
            )


def enter_scoped(
    app: Flask, role: RoleName, campaign_id: int, email: str
) -> tuple[FlaskClient, str]:
    """Sign in an account that has a role for one campaign alone."""
    make_staff(app, role, email)
    with app.app_context(), transaction() as session:
        user_id = find_user_id(email)
        grant_role(session, user_id, role, actor="test", campaign_id=campaign_id)
        take_role(session, user_id, role, actor="test")
    browser = open_browser(app)
    sign_in(browser, email)
    return browser, find_token(get(browser, PAGE))


def stop_lane(app: Flask, name: LaneName = LaneName.LETTERS) -> None:
    now = utcnow()
    with app.app_context(), transaction() as session:
        session.add(
            MailLane(
                name=name,
                refused_since=now,
                cause="535 5.7.8 at auth",
                stopped_at=now,
                probe_at=now + timedelta(hours=1),
            )
        )


def find_cause(app: Flask, name: str = "review") -> AttentionCause:
    with app.app_context():
        refresh_causes(NOW)
        return db.session.scalars(
            select(AttentionCause).where(AttentionCause.name == name).order_by(AttentionCause.id)
        ).all()[-1]


def act(
    browser: FlaskClient, token: str | None, cause: AttentionCause, do: str, **fields: str
) -> int:
    version = fields.pop("version", str(cause.version))
    return post(browser, f"{PAGE}/{cause.id}", token, do=do, version=version, **fields).status_code


def list_actions(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        rows = db.session.execute(
            select(Event.action, Event.actor)
            .where(Event.subject == "attention_cause")
            .order_by(Event.id)
        )
        return [(*row,) for row in rows]


def test_where_nothing_waits_the_page_says_so(app: Flask) -> None:
    browser, _ = enter(app, RoleName.READER)

    assert "Nothing waits for a person." in get(browser, PAGE).text


def test_a_card_says_what_how_many_since_when_and_the_next_step(app: Flask) -> None:
    make_review(app, number=3)
    set_state(app, make_delivery(app, send=False, slug="oak"), DeliveryState.FAILED, "550 at rcpt")
    browser, _ = enter(app)

    page = get(browser, PAGE).text

    assert "Signatures whose district is not certain" in page and "3 signatures" in page
    assert "(1 day)" in page and 'href="/staff/review"' in page and "The square" in page
    assert (
        "The reply code is 550." in page
        and "/staff/deliveries?state=failed&amp;campaign=oak" in page
    )
    assert page.index("Letters that were refused") < page.index("Signatures whose")


@pytest.mark.parametrize("role", [*STAFF, None], ids=[*STAFF, "nobody"])
def test_the_matrix_of_roles(app: Flask, role: RoleName | None) -> None:
    """Every route by every role for the service, for another campaign, and by nobody."""
    campaign_id, other_id = make_review(app), make_review(app, "oak")
    cause = find_cause(app)  # of the campaign ``oak``
    acts_on = role in (RoleName.ADMIN, RoleName.REVIEWER)
    if role is None:
        for answer in (
            get(open_browser(app), PAGE),
            post(open_browser(app), f"{PAGE}/{cause.id}", "x", do="take", version="0"),
        ):
            assert answer.status_code in (302, 400, 401)
        assert list_actions(app) == []
        return
    whole, token = enter(app, role)
    own, own_token = enter_scoped(app, role, other_id, "own@staff.example")
    other, other_token = enter_scoped(app, role, campaign_id, "other@staff.example")

    assert get(whole, PAGE).text.count('class="card cause') == 2
    assert "The oak" in get(own, PAGE).text and "The square" not in get(own, PAGE).text
    assert "The oak" not in get(other, PAGE).text and "The square" in get(other, PAGE).text
    for do, fields in (("take", {}), ("note", {"note": "x"}), ("defer", {"hours": "1"})):
        assert act(other, other_token, cause, do, **fields) == 403
        assert act(whole, None, cause, do, **fields) == 400  # without the form's token
    assert list_actions(app) == []
    expected = 303 if acts_on else 403
    assert act(whole, token, cause, "note", note="Seen") == expected
    assert act(own, own_token, cause, "take") == expected
    assert len(list_actions(app)) == (2 if acts_on else 0)


def test_two_people_at_once_see_each_other(app: Flask) -> None:
    make_review(app)
    cause = find_cause(app)
    ada, ada_token = enter(app)
    make_staff(app, RoleName.REVIEWER, "bea@staff.example")
    bea = open_browser(app)
    sign_in(bea, "bea@staff.example")
    bea_token = find_token(get(bea, PAGE))

    assert act(ada, ada_token, cause, "take") == 303
    path = f"{PAGE}/{cause.id}"
    late = post(bea, path, bea_token, do="take", version=str(cause.version))

    assert late.status_code == 409 and "Someone else has assigned" in late.text
    assert "Assigned to operator@staff.example since" in late.text
    assert [action for action, _ in list_actions(app)] == ["attention.assigned"]


def test_a_card_is_given_to_who_may_act_on_it_alone(app: Flask) -> None:
    make_review(app)
    cause = find_cause(app)
    make_staff(app, RoleName.REVIEWER, "bea@staff.example")
    make_staff(app, RoleName.READER, "cy@staff.example")
    browser, token = enter(app)
    with app.app_context():
        bea, cy = find_user_id("bea@staff.example"), find_user_id("cy@staff.example")

    for odd in (str(cy), "999", "x", "99999999999"):
        assert act(browser, token, cause, "give", whom=odd) == 422
    assert act(browser, token, cause, "give", whom=str(bea)) == 303

    page = get(browser, PAGE).text
    assert "Assigned to bea@staff.example since" in page
    assert "cy@staff.example" not in page
    assert act(browser, token, find_cause(app), "give", whom="") == 303
    assert "Assigned to bea@staff.example since" not in get(browser, PAGE).text


def test_a_deferral_ends_by_itself_and_when_the_cause_grows(app: Flask) -> None:
    campaign_id = make_review(app, number=2)
    cause = find_cause(app)
    browser, token = enter(app)

    for odd in ("2", "-1", "", "9" * 30):
        assert act(browser, token, cause, "defer", hours=odd) == 422
    assert act(browser, token, cause, "defer", hours="24") == 303
    assert '<h2 class="later">Deferred</h2>' in get(browser, PAGE).text
    with app.app_context():
        add_review(campaign_id)
    assert find_cause(app).deferred_until is None
    assert list_actions(app)[-1] == ("attention.grown", "system")

    assert act(browser, token, find_cause(app), "defer", hours="1") == 303
    assert find_cause(app).deferred_until is not None
    with time_machine.travel(utcnow() + timedelta(hours=1, minutes=1)):
        assert find_cause(app).deferred_until is None


def test_a_cause_that_ended_is_nobodys_and_its_notes_stay(app: Flask) -> None:
    campaign_id = make_review(app)
    cause = find_cause(app)
    browser, token = enter(app)
    act(browser, token, cause, "take")
    assert act(browser, token, cause, "note", note="Waits for the city") == 303
    assert act(browser, token, cause, "note", note=" \n ") == 422
    assert act(browser, token, cause, "note", note="x" * 501) == 422
    with app.app_context(), transaction() as session:
        for signature in session.scalars(select(Signature)):
            signature.state = "confirmed"

    ended = find_cause(app)
    assert ended.ended_at is not None and ended.assigned_to is None
    late = post(browser, f"{PAGE}/{cause.id}", token, do="take", version=str(ended.version))
    assert late.status_code == 409 and "This cause has ended" in late.text

    with app.app_context():
        add_review(campaign_id)
    again = find_cause(app)
    assert (again.id, again.ended_at, again.assigned_to) == (cause.id, None, None)
    assert "Waits for the city" in get(browser, PAGE).text


def test_a_lane_is_resumed_with_a_reason_by_one_press(app: Flask) -> None:
    stop_lane(app)
    browser, token = enter(app)
    page = get(browser, PAGE).text
    cause = find_cause(app, "lane")

    assert "Letters are paused: the mail server refuses them" in page
    assert "it refuses our user or password" in page
    assert act(browser, token, cause, "resume", why=" ") == 422
    assert act(browser, token, cause, "resume", why="New password") == 303
    assert act(browser, token, cause, "resume", why="New password") == 409

    with app.app_context():
        event = db.session.scalars(select(Event).where(Event.action == "mail_lane.opened")).one()
        assert event.detail["why"] == "New password" and event.actor.startswith("staff:")
    assert "Letters are paused" not in get(browser, PAGE).text


def test_there_is_no_such_card_and_no_such_act(app: Flask) -> None:
    make_review(app)
    cause = find_cause(app)
    browser, token = enter(app)

    assert post(browser, f"{PAGE}/999", token, do="take", version="0").status_code == 404
    assert post(browser, f"{PAGE}/{2**40}", token, do="take").status_code == 404
    assert act(browser, token, cause, "burn") == 400
    assert act(browser, token, cause, "resume", why="x") == 404
    assert act(browser, token, cause, "take", version="x") == 409
    assert list_actions(app) == []


def test_every_card_has_its_own_labels(app: Flask) -> None:
    make_review(app)
    make_review(app, "oak")
    stop_lane(app)
    browser, _ = enter(app)

    page = get(browser, PAGE).text

    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'for="([^"]+)"', page)) <= set(ids)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "values",
    [
        {"number": 9},  # while it is deferred at two
        {"ended_at": utcnow(), "deferred_until": None, "deferred_number": None},  # still assigned
        {"assigned_to": None},  # and yet since when
        {"deferred_number": None},
    ],
)
def test_the_database_refuses_what_outlives_its_reason(
    app: Flask, values: dict[str, object]
) -> None:
    make_review(app, number=2)
    cause = find_cause(app)
    browser, token = enter(app)
    act(browser, token, cause, "take")
    act(browser, token, find_cause(app), "defer", hours="24")

    with app.app_context(), pytest.raises(IntegrityError), transaction() as session:
        session.execute(
            update(AttentionCause).where(AttentionCause.id == cause.id).values(**values)
        )


def test_a_source_that_fails_hides_no_other_and_ends_nothing(app: Flask) -> None:
    make_review(app)
    first = find_cause(app)

    def fail(session: object) -> list[FoundCause]:
        raise OSError("the disk is away")

    stop_lane(app)
    with app.app_context():
        broken = dict(SOURCES)
        broken["review"] = replace(SOURCES["review"], read=fail)
        refresh_causes(NOW, broken)
        open_now = set(
            db.session.scalars(select(AttentionCause.name).where(AttentionCause.ended_at.is_(None)))
        )

    assert open_now == {first.name, "lane"}


def test_many_rows_of_one_campaign_hide_none_of_anothers(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("petition.attention.causes.MOST_COUNTED", 2)
    monkeypatch.setattr("petition.attention.causes.MOST_READ", 3)
    for slug in ("square", "oak"):
        for number in range(3 if slug == "square" else 1):
            one = make_delivery(app, send=False, slug=f"{slug}-{number}")
            set_state(app, one, DeliveryState.UNKNOWN, "no answer at answer")
    with app.app_context():
        found = SOURCES["unknown"].read(db.session())

    assert [cause.number for cause in found] == [1, 1, 1, 1]


def test_who_has_one_campaign_starts_with_what_waits_there(app: Flask) -> None:
    campaign_id = make_review(app)
    browser, _ = enter_scoped(app, RoleName.REVIEWER, campaign_id, "own@staff.example")

    again = open_browser(app)
    assert sign_in(again, "own@staff.example").headers["Location"] == PAGE
    assert get(browser, "/staff/").headers["Location"] == PAGE
    refused = get(browser, "/staff/boundaries")
    assert refused.status_code == 403 and f'href="{PAGE}">Go to what waits' in refused.text
    menu = re.search(r'<nav aria-label="Staff pages">(.*?)</nav>', get(browser, PAGE).text, re.S)
    assert menu is not None and re.findall(r">(\w+)</a>", menu[1]) == [
        "Attention",
        "Deliveries",
        "Hundreds",
        "Review",
        "Signatures",
        "Comments",
        "Figures",
    ]


def test_the_command_and_the_page_have_the_same_causes(app: Flask) -> None:
    make_review(app)
    make_review(app, "oak")
    stop_lane(app)
    set_state(app, make_delivery(app, send=False, slug="elm"), DeliveryState.FAILED, "550 at rcpt")
    browser, _ = enter(app, RoleName.ADMIN)
    page = get(browser, PAGE).text

    told = json.loads(run(app, "attention", "--json").output)

    with app.app_context():
        kept = db.session.scalars(
            select(AttentionCause.key).where(AttentionCause.ended_at.is_(None))
        ).all()
    assert sorted(item["key"] for item in told) == sorted(kept)
    assert page.count('class="card cause') == len(told) == 4
    lines = run(app, "attention").output
    for title in ("Letters are paused", "Letters that were refused", "Signatures whose district"):
        assert title in page and title in lines
