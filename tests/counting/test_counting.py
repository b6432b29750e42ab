"""Counting: every hundred exactly once, its own hundred people, whoever leaves meanwhile."""

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.counting.departures import take_out_batch
from petition.counting.ledger import count_batch
from petition.counting.milestones import plan_missing
from petition.models import (
    Campaign,
    Delivery,
    District,
    LedgerEntry,
    Milestone,
    MilestoneState,
    Signature,
    SignatureState,
    Tally,
)
from petition.signers.withdraw import withdraw_signature
from tests.factories import make_campaign, make_district, make_located, make_post


@pytest.fixture
def ground(context: AppContext) -> tuple[int, int]:
    """A campaign of step ten and a county with one post: (campaign id, district id)."""
    with transaction() as session:
        campaign = make_campaign(session, step=10)
        district = make_district(session)
        make_post(session, district)
    return campaign.id, district.id


def sign_and_count(ground: tuple[int, int], how_many: int) -> list[int]:
    """Count so many new signatures; return the milestones they raised."""
    campaign_id, district_id = ground
    with transaction() as session:
        make_located(
            session,
            session.get_one(Campaign, campaign_id),
            session.get_one(District, district_id),
            how_many,
        )
    return count_batch(campaign_id).milestones


def read_members(number: int) -> list[int]:
    """Return the signatures that a milestone's letter names, in order."""
    return list(
        db.session.scalars(
            select(LedgerEntry.signature_id)
            .where(LedgerEntry.carried_by == number, LedgerEntry.left_at.is_(None))
            .order_by(LedgerEntry.ordinal)
        )
    )


def test_the_ninth_raises_nothing_and_the_tenth_raises_one(ground: tuple[int, int]) -> None:
    assert sign_and_count(ground, 9) == []

    assert len(sign_and_count(ground, 1)) == 1

    tally = db.session.scalars(select(Tally)).one()
    assert (tally.live, tally.joined, tally.reached) == (10, 10, 1)
    assert len(read_members(1)) == 10
    assert db.session.scalar(select(func.count(Delivery.id))) == 1


def test_a_batch_that_crosses_several_tens_raises_each_with_its_own_ten(
    ground: tuple[int, int],
) -> None:
    sign_and_count(ground, 7)

    sign_and_count(ground, 30)

    numbers = db.session.scalars(select(Milestone.number).order_by(Milestone.number)).all()
    assert numbers == [1, 2, 3]
    named = [read_members(number) for number in numbers]
    assert [len(members) for members in named] == [10, 10, 10]
    assert sum(named, []) == sorted(set(sum(named, [])))
    assert len(read_members(4)) == 0


def test_counting_again_changes_nothing(ground: tuple[int, int]) -> None:
    sign_and_count(ground, 10)

    again = count_batch(ground[0])

    assert (again.signatures, again.milestones) == (0, [])
    assert db.session.scalar(select(func.count()).select_from(Milestone)) == 1


def test_a_withdrawal_lowers_the_count_and_never_raises_a_milestone_again(
    ground: tuple[int, int],
) -> None:
    sign_and_count(ground, 10)
    for _ in range(50):  # FAULT 13
        leaver = read_members(1)[0]
        withdraw_signature(leaver)
        assert take_out_batch(ground[0]).signatures == 1
        assert db.session.scalars(select(Tally.live)).one() == 9
        assert leaver not in read_members(1)

        sign_and_count(ground, 1)

    assert db.session.scalar(select(func.count(Milestone.id))) == 1
    assert len(read_members(1)) == 10
    tally = db.session.scalars(select(Tally)).one()
    assert (tally.live, tally.joined, tally.reached) == (10, 60, 1)


def test_people_of_unsent_letters_move_up_when_one_leaves(ground: tuple[int, int]) -> None:
    sign_and_count(ground, 25)
    first, second = read_members(1), read_members(2)

    withdraw_signature(first[3])
    take_out_batch(ground[0])

    assert read_members(1) == first[:3] + first[4:] + second[:1]
    assert len(read_members(2)) == 10


def test_a_sealed_letter_keeps_its_names(ground: tuple[int, int]) -> None:
    sign_and_count(ground, 20)
    with transaction() as session:
        first = session.scalars(select(Milestone).where(Milestone.number == 1)).one()
        first.state, first.sealed_at = MilestoneState.CLEARED, utcnow()
    sent, unsent = read_members(1), read_members(2)

    withdraw_signature(sent[0])
    take_out_batch(ground[0])

    assert read_members(1) == sent[1:]
    assert read_members(2) == unsent
    sign_and_count(ground, 1)
    assert len(read_members(2)) == 11


def test_the_database_refuses_a_hundred_without_its_milestone(ground: tuple[int, int]) -> None:
    sign_and_count(ground, 9)

    with pytest.raises(DBAPIError, match="no_hundred_missed"), transaction() as session:
        session.execute(text("UPDATE tallies SET live = 10, joined = 10"))
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text("UPDATE tallies SET live = 10, joined = 10, reached = 1"))


def test_the_database_refuses_a_gap_between_milestones(ground: tuple[int, int]) -> None:
    sign_and_count(ground, 10)

    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(
            text(
                "INSERT INTO milestones (campaign_id, district_id, number, follows, threshold,"
                " code, reached_at) SELECT campaign_id, district_id, 3, 2, 30, 'X', reached_at"
                " FROM milestones"
            )
        )


def test_the_database_refuses_a_second_live_row_in_a_layer(ground: tuple[int, int]) -> None:
    sign_and_count(ground, 1)

    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(
            text(
                "INSERT INTO ledger (campaign_id, district_id, ordinal, signature_id, layer,"
                " joined_at) SELECT campaign_id, district_id, 99, signature_id, layer, joined_at"
                " FROM ledger"
            )
        )


def test_a_withdrawn_signature_that_waits_to_be_counted_never_counts(
    ground: tuple[int, int],
) -> None:
    campaign_id, district_id = ground
    with transaction() as session:
        signatures = make_located(
            session,
            session.get_one(Campaign, campaign_id),
            session.get_one(District, district_id),
            2,
        )
        ids = [signature.id for signature in signatures]
    withdraw_signature(ids[0])

    assert count_batch(campaign_id).signatures == 1

    take_out_batch(campaign_id)
    assert db.session.scalars(select(Tally.live)).one() == 1
    assert db.session.get_one(Signature, ids[0]).state == SignatureState.WITHDRAWN


def test_a_milestone_without_a_post_gets_its_delivery_once_there_is_one(
    context: AppContext,
) -> None:
    with transaction() as session:
        campaign, district = make_campaign(session, step=10), make_district(session)
        ground = (campaign.id, district.id)
    sign_and_count(ground, 10)
    assert plan_missing() == []
    with transaction() as session:
        make_post(session, session.get_one(District, ground[1]))

    assert len(plan_missing()) == 1

    assert plan_missing() == []
    assert db.session.scalar(select(func.count(Delivery.id))) == 1
