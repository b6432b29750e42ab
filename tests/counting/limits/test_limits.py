"""A campaign's own limits of the brake: what holds, what would have held, and who may set them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from petition.core.errors import InvalidInput, UserError
from petition.core.extensions import db, transaction
from petition.counting.evidence import HeldBecause
from petition.counting.limits.campaign_limits import (
    NAMES,
    apply_own,
    read_limits,
    read_typed,
    set_limits,
    write_limit,
)
from petition.counting.limits.limit_trial import try_limits
from petition.counting.verdicts import invalidate, release
from petition.models import Event, Milestone
from tests.web.held_world import LOOKS, add_hundred, make_held

ACTOR = "staff:7"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(**LOOKS)


def find_place(milestone_id: int) -> tuple[int, int]:
    """Return the campaign and the district of a hundred."""
    milestone = db.session.get_one(Milestone, milestone_id)
    return milestone.campaign_id, milestone.district_id


def change(campaign_id: int, why: str = "a fair", **own: float | None) -> None:
    set_limits(campaign_id, own, read_limits(db.session(), campaign_id).version, why, ACTOR)


def read_state(milestone_id: int) -> str:
    db.session.rollback()
    return db.session.get_one(Milestone, milestone_id).state


def test_a_hundred_is_judged_by_the_limits_of_its_campaign(app: Flask) -> None:
    first = make_held(app, robots=3)
    with app.app_context():
        campaign_id, district_id = find_place(first)
        assert read_state(first) == "cleared"

        change(campaign_id, network_share=20)
        second = add_hundred(campaign_id, district_id, robots=3)
        assert read_state(second) == "held" and read_state(first) == "cleared"
        evidence = db.session.get_one(Milestone, second).evidence or {}
        assert evidence["reasons"] == ["network"] and evidence["network"]["limit"] == 20

        change(campaign_id, network_share=None)
        assert read_state(second) == "held"  # until it is decided
        event = db.session.scalars(
            select(Event).where(Event.action == "brake.limits_changed").order_by(Event.id.desc())
        ).first()
        assert event and (event.actor, event.subject_id) == (ACTOR, campaign_id)
        assert event.detail == {
            "why": "a fair",
            "before": "network_share=20",
            "after": "network_share=off",
        }


def test_limits_are_tried_on_what_was_judged(app: Flask) -> None:
    held = make_held(app, robots=6)
    with app.app_context():
        campaign_id, district_id = find_place(held)
        release(held, "a booth", ACTOR)
        passed = add_hundred(campaign_id, district_id, robots=3)
        forged = add_hundred(campaign_id, district_id, robots=10)
        invalidate(forged, "one hand", ACTOR)
        service = read_limits(db.session(), campaign_id).service

        now = try_limits(campaign_id, service, 30)
        strict = try_limits(campaign_id, apply_own(service, {"network_share": 30}), 30)
        loose = try_limits(
            campaign_id, apply_own(service, {"network_share": None, "unloaded_share": None}), 30
        )

    assert [(one.milestone_id, one.was_held, one.verdict) for one in reversed(now.tried)] == [
        (held, True, "released"),
        (passed, False, ""),
        (forged, True, "invalidated"),
    ]
    assert now.newly_held == [] and now.newly_passed == []
    assert [one.milestone_id for one in strict.newly_held] == [passed]
    assert strict.newly_held[0].reasons == [HeldBecause.NETWORK]
    assert sorted(one.milestone_id for one in loose.newly_passed) == [held, forged]


def test_a_short_time_of_other_minutes_is_measured_again(app: Flask) -> None:
    held = make_held(app, robots=0)
    with app.app_context():
        campaign_id, _ = find_place(held)
        service = read_limits(db.session(), campaign_id).service
        all_at_once = apply_own(service, {"quick_share": 90, "quick_minutes": 1_440})
        trial = try_limits(campaign_id, all_at_once, 30)

    assert [one.reasons for one in trial.tried] == [[HeldBecause.QUICK]]


@pytest.mark.parametrize("days", [1, 30])
def test_what_was_judged_before_the_days_is_not_tried(app: Flask, days: int) -> None:
    held = make_held(app)
    with app.app_context():
        campaign_id, _ = find_place(held)
        with transaction() as session:
            session.execute(text("UPDATE milestones SET judged_at = '2020-01-01 00:00:00'"))
        trial = try_limits(campaign_id, read_limits(db.session(), campaign_id).service, days)

    assert trial.tried == [] and not trial.cut


def test_of_two_changes_from_one_page_the_second_is_refused(app: Flask) -> None:
    held = make_held(app)
    with app.app_context():
        campaign_id, _ = find_place(held)
        seen = read_limits(db.session(), campaign_id).version
        db.session.rollback()

        def set_one(share: float) -> str:
            with app.app_context():
                try:
                    set_limits(campaign_id, {"alike_share": share}, seen, "why", ACTOR)
                except UserError as refused:
                    return str(refused)
                return "done"

        with ThreadPoolExecutor(4) as pool:
            found = sorted(pool.map(set_one, (31, 32, 33, 34)))

    assert found == ["brake-limits-changed"] * 3 + ["done"]


def test_without_a_reason_nothing_is_set(app: Flask) -> None:
    held = make_held(app)
    with app.app_context():
        campaign_id, _ = find_place(held)
        with pytest.raises(InvalidInput) as refused:
            change(campaign_id, " \n", alike_share=50)
        assert list(refused.value.problems) == ["why"]
        assert read_limits(db.session(), campaign_id).own == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("alike_share", 0),
        ("alike_share", 101),
        ("quick_minutes", None),
        ("quick_minutes", 1_441),
        ("letters_a_day", 10_001),
    ],
)
def test_the_database_refuses_what_a_setting_may_not_say(
    app: Flask, name: str, value: float | None
) -> None:
    held = make_held(app)
    with app.app_context():
        campaign_id, _ = find_place(held)
        with pytest.raises(IntegrityError, match="value_in_range"):
            change(campaign_id, **{name: value})


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=9) | st.floats().map(str)))
def test_what_is_typed_is_read_or_refused_by_its_field(typed: dict[str, str]) -> None:
    try:
        own = read_typed(typed)
    except InvalidInput as refused:
        assert refused.problems.keys() <= typed.keys()
        return
    for name, value in own.items():
        assert value is None or 1 <= value <= 10_000
        assert read_typed({name: write_limit(value)}) == {name: value}
