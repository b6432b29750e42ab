"""The demonstration's letters that need a person, each made by the steps of every letter."""

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings, transaction
from petition.counting.brake import look_at
from petition.counting.ledger import count_batch
from petition.delivery.send import deliver
from petition.delivery.staff_decisions import retry
from petition.demo import showroom_deliveries
from petition.demo.county_polygons import import_counties
from petition.demo.invented_groups import save_groups
from petition.demo.invented_posts import load_demo_posts
from petition.demo.showcase_campaigns import CLOSING, fill_showcase, load_showcase
from petition.demo.showroom_deliveries import COUNTIES, REASON, STEP, UNDECIDED, show_deliveries
from petition.dispatch.pauses import list_pauses, pause
from petition.letters.make import make_letters
from petition.letters.store import open_letters
from petition.locating.locate import locate_batch
from petition.models import Campaign, Delivery, DeliveryState, Milestone, Signature
from petition.postal.zip_counties import find_counties
from petition.redistricting.activation import activate
from tests.factories import make_campaign


def lay_demo() -> None:
    counties = import_counties()
    assert counties.boundary_set_id is not None
    activate(counties.boundary_set_id)
    load_demo_posts()
    with transaction() as session:
        make_campaign(session, slug="face-surveillance")
    save_groups()
    load_showcase()
    fill_showcase(lambda: None)


def work() -> None:
    """Do what the workers do meanwhile, for the campaign."""
    campaign_id = db.session.scalars(select(Campaign.id).where(Campaign.slug == CLOSING.slug)).one()
    db.session.rollback()
    while locate_batch().claimed:
        pass
    count_batch(campaign_id)
    reached = db.session.scalars(
        select(Milestone.id).where(Milestone.campaign_id == campaign_id)
    ).all()
    db.session.rollback()
    for milestone_id in reached:
        look_at(milestone_id)
        while made := make_letters(milestone_id, open_letters()):
            for delivery_id in made:
                deliver(delivery_id, open_letters().read)


def read_states() -> dict[str, int]:
    found = db.session.execute(
        select(Delivery.state, Delivery.id)
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .join(Campaign, Campaign.id == Milestone.campaign_id)
        .where(Campaign.slug == CLOSING.slug)
    )
    states = dict(found.tuples().all())
    db.session.rollback()
    return states


def test_the_showroom_has_one_letter_of_each_kind(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showroom_deliveries, "PAUSE_SECONDS", 0)
    lay_demo()

    show_deliveries(work)
    first = read_states()
    show_deliveries(work)

    assert set(first) == {"failed", "unknown", "bounced", "held"}
    assert read_states() == first
    assert list_pauses(db.session()) == []
    held = db.session.get_one(Delivery, first["held"])
    assert held.reason == "vacant"
    review = db.session.scalars(select(Signature).where(Signature.state == "review")).all()
    assert [one.person.postal_code for one in review if one.person] == [UNDECIDED]
    closes = db.session.scalars(
        select(Campaign.closes_at).where(Campaign.slug == CLOSING.slug)
    ).one()
    assert closes is not None and closes > utcnow()
    db.session.rollback()
    # Nothing is in the way of sending the refused one again.
    assert not (get_settings().outbox_dir / str(first["failed"])).exists()
    retry(first["failed"], "test")
    assert deliver(first["failed"], open_letters().read) is DeliveryState.ACCEPTED


def test_an_interrupted_start_leaves_nothing_paused(context: AppContext) -> None:
    lay_demo()

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        show_deliveries(interrupt)
    assert [one.reason for one in list_pauses(db.session())] == [REASON]

    show_deliveries(work)

    assert list_pauses(db.session()) == []
    pause(CLOSING.slug, "by somebody", actor="test")
    show_deliveries(work)
    assert len(list_pauses(db.session())) == 1


def test_each_crowd_of_the_showroom_lives_where_it_is_said_to() -> None:
    assert {code: find_counties(code) for code in COUNTIES} == {
        code: (geoid,) for code, geoid in COUNTIES.items()
    }
    assert len(find_counties(UNDECIDED)) > 1 and STEP == 10
