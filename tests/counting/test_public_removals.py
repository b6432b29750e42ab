"""The public log of removals: no few people, no change afterwards, each removal once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db, transaction
from petition.counting.departures import take_out_batch
from petition.counting.disclosure_level import find_level
from petition.counting.ledger import count_batch
from petition.counting.public_removals import RemovalPeriod, list_removals, publish_removals
from petition.counting.verdicts import invalidate, put_back
from petition.models import LedgerEntry, RemovalKind, Signature
from petition.signers.withdraw import erase_signature, withdraw_signature
from tests.factories import make_campaign, make_district, make_located

MAY_1 = datetime(2026, 5, 1, 15, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def campaign_id(app: Flask) -> Iterator[int]:
    """A campaign of May 1 with sixty people who were counted."""
    with app.app_context(), time_machine.travel(MAY_1, tick=False):
        with transaction() as session:
            campaign = make_campaign(session, step=50)
            make_located(session, campaign, make_district(session), 60)
        campaign_id = campaign.id
        count_batch(campaign_id)
        yield campaign_id


def leave(campaign_id: int, people: int, at: datetime) -> list[int]:
    """Let so many more withdraw at a moment and leave the count; return their ids."""
    with time_machine.travel(at, tick=False):
        live = select(Signature.id).where(Signature.ended_at.is_(None)).order_by(Signature.id)
        ids = list(db.session.scalars(live.limit(people)))
        for signature_id in ids:
            withdraw_signature(signature_id)
        take_out_batch(campaign_id)
    return ids


def publish(campaign_id: int, at: datetime) -> list[RemovalPeriod]:
    with time_machine.travel(at, tick=False):
        publish_removals()
        return list_removals(campaign_id)


def test_a_few_are_published_with_the_next_ones(campaign_id: int) -> None:
    level = find_level(campaign_id, f"removed {RemovalKind.LEFT}")
    leave(campaign_id, level - 1, MAY_1 + DAY)
    assert publish(campaign_id, MAY_1 + 2 * DAY) == []

    leave(campaign_id, 1, MAY_1 + 4 * DAY)
    assert publish(campaign_id, MAY_1 + 4 * DAY) == []  # not before its day is over

    found = publish(campaign_id, MAY_1 + 5 * DAY)
    assert found == [RemovalPeriod(RemovalKind.LEFT, date(2026, 5, 1), date(2026, 5, 5), 10)]
    assert publish(campaign_id, MAY_1 + 40 * DAY) == found


def test_each_is_published_once_whatever_happens_to_it_later(campaign_id: int) -> None:
    gone = leave(campaign_id, 30, MAY_1 + DAY)
    first = publish(campaign_id, MAY_1 + 2 * DAY)
    assert [one.people for one in first] == [30]
    with time_machine.travel(MAY_1 + 3 * DAY, tick=False):
        for signature_id in gone:
            erase_signature(signature_id)
        take_out_batch(campaign_id)

    assert publish(campaign_id, MAY_1 + 5 * DAY) == first

    leave(campaign_id, 20, MAY_1 + 6 * DAY)
    second = publish(campaign_id, MAY_1 + 7 * DAY)
    assert second[1:] == first and second[0].people == 20
    assert second[0].first == date(2026, 5, 3)


def test_who_is_erased_before_the_period_ends_is_in_it(campaign_id: int) -> None:
    gone = leave(campaign_id, 9, MAY_1 + DAY)
    publish(campaign_id, MAY_1 + 2 * DAY)
    with time_machine.travel(MAY_1 + 3 * DAY, tick=False):
        for signature_id in gone:
            erase_signature(signature_id)
        take_out_batch(campaign_id)
    leave(campaign_id, 11, MAY_1 + 8 * DAY)

    assert [one.people for one in publish(campaign_id, MAY_1 + 9 * DAY)] == [20]


def test_what_staff_removed_is_told_apart_and_what_came_back_is_not_told(
    campaign_id: int,
) -> None:
    milestone_id = db.session.scalars(select(LedgerEntry.carried_by)).first() or 0
    with time_machine.travel(MAY_1 + DAY, tick=False):
        invalidate(milestone_id, "one hand", "staff:7")
        put_back(milestone_id, "no, people", "staff:7")
    assert publish(campaign_id, MAY_1 + 2 * DAY) == []

    with time_machine.travel(MAY_1 + 3 * DAY, tick=False):
        invalidate(milestone_id, "one hand", "staff:7")
    found = publish(campaign_id, MAY_1 + 4 * DAY)
    assert [(one.kind, one.people) for one in found] == [(RemovalKind.CHECKED, 10)]  # who moved up


@pytest.mark.parametrize("people", [0, 1, 9])
def test_nothing_tells_none_from_a_few(app: Flask, campaign_id: int, people: int) -> None:
    leave(campaign_id, people, MAY_1 + DAY)

    assert publish(campaign_id, MAY_1 + 2 * DAY) == []


def test_of_many_at_once_one_publishes(app: Flask, campaign_id: int) -> None:
    leave(campaign_id, 30, MAY_1 + DAY)
    db.session.rollback()

    def run(_: int) -> int:
        with app.app_context():
            return publish_removals()

    with time_machine.travel(MAY_1 + 2 * DAY, tick=False), ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(run, range(4)))

    assert found == [0, 0, 0, 1] and len(list_removals(campaign_id)) == 1


def test_a_minute_after_midnight_is_still_the_day_before(campaign_id: int) -> None:
    leave(campaign_id, 30, datetime(2026, 5, 2, 23, 59, tzinfo=UTC))

    assert publish(campaign_id, datetime(2026, 5, 3, 0, 1, tzinfo=UTC)) == []
    assert len(publish(campaign_id, datetime(2026, 5, 3, 0, 11, tzinfo=UTC))) == 1
