"""The counts of areas follow who leaves, while a campaign is open and after."""

from collections.abc import Callable
from datetime import timedelta

import h3
import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import AreaCount, Campaign, CampaignState, Signature, SignatureState
from petition.participants.cells import count_areas_if_due
from tests.factories import make_campaign, make_signature

Later = Callable[[timedelta], None]
HOUR = timedelta(minutes=61)
HERE = h3.latlng_to_cell(42.3648, -71.1040, 7)
THERE = h3.latlng_to_cell(42.10, -72.59, 7)


def lay(people: int, cell: str = HERE, campaign_id: int | None = None) -> int:
    """Add so many counted signatures in a cell, on a new campaign or on that one; return its id."""
    with transaction() as session:
        campaign = (
            make_campaign(session)
            if campaign_id is None
            else session.get_one(Campaign, campaign_id)
        )
        for _ in range(people):
            make_signature(session, campaign, state=SignatureState.COUNTED, due_at=None, cell=cell)
        return campaign.id


def let_go(campaign_id: int, people: int, cell: str = HERE) -> None:
    with transaction() as session:
        for one in session.scalars(
            select(Signature)
            .where(
                Signature.campaign_id == campaign_id,
                Signature.cell == cell,
                Signature.state == SignatureState.COUNTED,
            )
            .order_by(Signature.id)
            .limit(people)
        ):
            one.state, one.ended_at = SignatureState.WITHDRAWN, utcnow()


def put(campaign_id: int, state: CampaignState) -> None:
    with transaction() as session:
        session.get_one(Campaign, campaign_id).state = state


def read_counts(campaign_id: int) -> list[int]:
    db.session.expire_all()
    return sorted(
        db.session.scalars(select(AreaCount.people).where(AreaCount.campaign_id == campaign_id))
    )


def test_where_all_have_left_nothing_is_told_any_more(
    context: AppContext, make_later: Later
) -> None:
    campaign_id = lay(12)
    assert (count_areas_if_due(), read_counts(campaign_id)) == (1, [12])
    let_go(campaign_id, 12)

    assert (count_areas_if_due(), read_counts(campaign_id)) == (0, [12])  # as of the last count
    make_later(HOUR)

    assert (count_areas_if_due(), read_counts(campaign_id)) == (0, [])
    lay(11, campaign_id=campaign_id)
    assert (count_areas_if_due(), read_counts(campaign_id)) == (1, [11])


def test_an_area_that_all_have_left_is_told_of_no_more(
    context: AppContext, make_later: Later
) -> None:
    campaign_id = lay(12)
    lay(15, THERE, campaign_id)
    count_areas_if_due()
    let_go(campaign_id, 12)
    make_later(HOUR)

    assert (count_areas_if_due(), read_counts(campaign_id)) == (1, [15])


def test_people_go_on_leaving_a_campaign_that_is_closed(
    context: AppContext, make_later: Later
) -> None:
    campaign_id = lay(25)
    count_areas_if_due()
    put(campaign_id, CampaignState.CLOSED)
    let_go(campaign_id, 10)

    assert (count_areas_if_due(), read_counts(campaign_id)) == (0, [25])  # as of the last count
    make_later(HOUR)
    assert (count_areas_if_due(), read_counts(campaign_id)) == (1, [15])
    let_go(campaign_id, 15)
    make_later(HOUR)
    assert (count_areas_if_due(), read_counts(campaign_id)) == (0, [])


@pytest.mark.parametrize("state", [CampaignState.CLOSED, CampaignState.DRAFT])
def test_a_campaign_that_nothing_is_told_of_is_counted_only_while_it_is_open(
    context: AppContext, state: CampaignState
) -> None:
    campaign_id = lay(12)
    put(campaign_id, state)

    assert (count_areas_if_due(), read_counts(campaign_id)) == (0, [])


def test_each_campaign_that_is_due_gets_its_own_counts(
    context: AppContext, make_later: Later
) -> None:
    first = lay(12)
    count_areas_if_due()
    make_later(timedelta(minutes=30))
    second = lay(14)
    empty = lay(0)
    lay(3, campaign_id=first)

    assert count_areas_if_due() == 1
    assert [read_counts(one) for one in (first, second, empty)] == [[12], [14], []]
    make_later(timedelta(minutes=31))
    assert count_areas_if_due() == 1
    assert [read_counts(one) for one in (first, second, empty)] == [[15], [14], []]
