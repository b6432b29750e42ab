"""What becomes of hundreds whose people a recheck calls into review."""

from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db
from petition.locating.recheck import Recheck, recheck_counties
from petition.models import LedgerEntry, Milestone
from tests.notifications.asking_world import count_by_point, lay_world, read_questions
from tests.redistricting.world import read_deliveries, read_tallies, send
from tests.web.county_world import MANASSAS_PARK, PRINCE_WILLIAM, SEVERAL
from tests.web.street_world import Town
from tests.web.test_where_pages import give, link_to

ONE = "20112"


def list_named(town: Town) -> list[list[int]]:
    """Return whom the letter of each hundred in Prince William County carries."""
    with town.app.app_context():
        numbers = db.session.scalars(select(Milestone.number).order_by(Milestone.number)).all()
        carried = select(LedgerEntry.signature_id).order_by(LedgerEntry.signature_id)
        live = LedgerEntry.left_at.is_(None)
        return [
            list(db.session.scalars(carried.where(LedgerEntry.carried_by == number, live)))
            for number in numbers
        ]


def recheck(town: Town) -> Recheck:
    with town.app.app_context():
        done = recheck_counties()
    town.work()
    return done


def say(town: Town, signature_id: int, home: str) -> None:
    give(town, link_to(town, signature_id), do="home", home=home)
    town.work()


def test_a_hundred_that_went_stays_and_its_people_are_not_asked(app: Flask) -> None:
    town = lay_world(app, step=2)
    ids = count_by_point(town, SEVERAL, SEVERAL, SEVERAL)
    with app.app_context():
        assert len(send(town.campaign_id)) == 1
    before = list_named(town)

    done = recheck(town)

    assert done == Recheck(again=1, sealed=2)
    assert [town.read(id).state for id in ids] == ["counted", "counted", "review"]
    assert list_named(town) == before == [ids[:2]]
    with app.app_context():
        assert [mail.signature_id for mail in read_questions()] == ids[2:]
        assert read_tallies()["prince_william"] == (2, 1)
        assert recheck_counties(dry_run=True) == Recheck(sealed=2)


def test_those_who_come_after_move_up_into_a_hundred_that_has_not_gone(app: Flask) -> None:
    town = lay_world(app, step=2)
    ids = count_by_point(town, SEVERAL, ONE, ONE)

    recheck(town)

    assert list_named(town) == [ids[1:]]
    with app.app_context():
        assert read_tallies()["prince_william"] == (2, 1)
        assert len(send(town.campaign_id)) == 1


def test_a_hundred_that_is_short_waits_and_is_reached_no_second_time(app: Flask) -> None:
    town = lay_world(app, step=2)
    first, second, third = count_by_point(town, SEVERAL, SEVERAL, SEVERAL)

    recheck(town)
    with app.app_context():
        assert send(town.campaign_id) == []
        short = read_tallies()["prince_william"]
        waiting = read_deliveries()
    say(town, first, MANASSAS_PARK)
    say(town, second, PRINCE_WILLIAM)
    with app.app_context():
        assert (send(town.campaign_id), read_tallies()["prince_william"]) == ([], (1, 1))
    say(town, third, PRINCE_WILLIAM)
    with app.app_context():
        sent = send(town.campaign_id)
        tallies = read_tallies()

    assert short == (0, 1)
    assert [state for *_, state, _ in waiting] in (["queued"], ["held"])
    assert len(sent) == 1
    assert list_named(town) == [[second, third]]
    assert tallies == {"prince_william": (2, 1), "manassas_park": (1, 0)}
