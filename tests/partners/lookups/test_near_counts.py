"""The number of all who signed around a base: in tens, from ten, once a day, as the public's."""

from datetime import date, timedelta

import pytest
import time_machine
from flask.ctx import AppContext
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import AreaCount, NearCount
from petition.models.counts.tally import find_area
from petition.partners.lookups.near_counts import find_near_count, renew_near_counts
from petition.partners.lookups.origins import NearOrigin
from tests.partners.lookups.near_world import BASE, HOME, add_campaign

HERE = NearOrigin(*BASE, 40.0)


def count(campaign_id: int, people: int, *, is_told: bool = True) -> None:
    with transaction() as session:
        session.execute(delete(AreaCount).where(AreaCount.campaign_id == campaign_id))
        row = {"campaign_id": campaign_id, "area": find_area(HOME), "people": people}
        row |= {"counted_at": utcnow(), "several_networks": True, "is_told": is_told}
        session.execute(insert(AreaCount), row)


def read() -> int | None:
    found = find_near_count(HERE)
    db.session.rollback()
    return None if found is None else found[0]


def test_each_campaign_is_rounded_down_and_one_that_the_public_is_not_told_is_left_out(
    context: AppContext,
) -> None:
    first, second, third = (add_campaign() for _ in range(3))
    count(first, 39)
    count(second, 18)
    count(third, 500, is_told=False)

    assert read() is None
    assert renew_near_counts() == 1
    assert read() == 40


def test_it_changes_once_a_day_whatever_happens_meanwhile(context: AppContext) -> None:
    campaign_id = add_campaign()
    with time_machine.travel("2026-11-30 00:00:30+00:00", tick=False) as clock:
        assert renew_near_counts() == 0  # nothing is told yet, and that is the day's answer
        for people in range(19, 43):
            count(campaign_id, people)
            clock.shift(timedelta(hours=1))
            if utcnow().date() == date(2026, 11, 30):
                assert renew_near_counts() == 0 and read() is None
        assert renew_near_counts() == 1 and read() == 40
        count(campaign_id, 90)
        assert renew_near_counts() == 0 and read() == 40


@pytest.mark.parametrize(
    "row", [{"people": 9}, {"people": 11}, {"people": 0}, {"people": -10}, {"area": "all"}]
)
def test_the_database_keeps_no_finer_number(context: AppContext, row: dict[str, object]) -> None:
    values = {"area": find_area(HOME), "people": 20, "day": utcnow().date()} | row

    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(insert(NearCount), values)
    with transaction() as session:
        session.execute(insert(NearCount), values | {"area": find_area(HOME), "people": 20})
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(update(NearCount).values(people=25))
