"""From how many networks a district's signers came, noted as they are counted."""

from typing import Any

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.counting.departures import take_out_batch
from petition.counting.ledger import count_batch
from petition.counting.progress import read_progress_of, read_total
from petition.models import Campaign, District, NetworkBucket, Signature, Tally
from tests.factories import make_campaign, make_district, make_located, renew_counts

ONE = b"\x07" * 8
TWO = b"\x08" * 8


@pytest.fixture
def campaign(context: AppContext) -> Campaign:
    with transaction() as session:
        return make_campaign(session)


@pytest.fixture
def district(campaign: Campaign) -> District:
    with transaction() as session:
        return make_district(session)


def count(campaign: Campaign, district: District, people: int, **changes: Any) -> list[int]:
    """Let people be counted, each from a network alone but for ``changes``; return their ids."""
    with transaction() as session:
        located = make_located(session, campaign, district, people)
        for one in located:
            for name, value in changes.items():
                setattr(one, name, value)
        ids = [one.id for one in located]
    count_batch(campaign.id)
    renew_counts()
    return ids


def is_flagged(campaign: Campaign, district: District) -> bool:
    """Return whether several networks were seen, and that no more is kept then."""
    db.session.rollback()
    key = (Tally.campaign_id == campaign.id, Tally.district_id == district.id)
    flagged = bool(db.session.scalar(select(Tally.several_networks).where(*key)))
    kept = db.session.scalar(select(func.count()).select_from(NetworkBucket)) or 0
    db.session.rollback()
    assert not (flagged and kept)
    return flagged


def read_people(campaign: Campaign, district: District) -> int | None:
    return read_progress_of(campaign, district.id).people


def test_people_from_all_over_are_shown_to_the_one(campaign: Campaign, district: District) -> None:
    count(campaign, district, 37)

    assert is_flagged(campaign, district)
    assert read_people(campaign, district) == 37


@pytest.mark.parametrize("networks", [[ONE], [ONE, TWO]])
def test_one_network_or_two_show_nothing_however_many_they_are(
    campaign: Campaign, district: District, networks: list[bytes]
) -> None:
    for network in networks:
        count(campaign, district, 40, networks=network)
    count(campaign, district, 9)

    assert not is_flagged(campaign, district)
    assert read_people(campaign, district) is None
    assert read_total(campaign).people is None

    count(campaign, district, 12)

    assert read_people(campaign, district) == 40 * len(networks) + 21


def test_whose_network_is_not_known_counts_as_none(campaign: Campaign, district: District) -> None:
    count(campaign, district, 90, networks=None)

    assert not is_flagged(campaign, district)


def test_whom_staff_imported_is_shown(campaign: Campaign, district: District) -> None:
    count(campaign, district, 30, networks=None, batch="paper")

    assert read_people(campaign, district) == 30


def test_what_was_seen_outlives_the_networks_that_are_forgotten(
    campaign: Campaign, district: District
) -> None:
    for _ in range(8):  # three a week, for two months
        count(campaign, district, 3)
        with transaction() as session:
            session.execute(update(Signature).values(networks=None))

    assert is_flagged(campaign, district)


def test_of_a_network_one_byte_is_kept_and_no_more(campaign: Campaign, district: District) -> None:
    count(campaign, district, 5, networks=b"\xfe" + b"secret!")

    rows = db.session.execute(select(NetworkBucket.bucket, NetworkBucket.people)).all()
    assert [tuple(row) for row in rows] == [(0xFE, 5)]


def test_who_leaves_and_comes_back_is_noted_once(campaign: Campaign, district: District) -> None:
    ids = count(campaign, district, 3)
    for _ in range(12):
        with transaction() as session:
            away = {"state": "review", "due_at": utcnow(), "review_reason": "ambiguous"}
            session.execute(update(Signature).values(state="confirmed"))
            session.execute(update(Signature).values(away))
        take_out_batch(campaign.id)
        with transaction() as session:
            session.execute(update(Signature).values(state="located", due_at=None))
        count_batch(campaign.id)

    assert db.session.scalar(select(func.sum(NetworkBucket.people))) == len(ids)


@pytest.mark.parametrize(("moved", "shown"), [(False, 30), (True, None)])
def test_new_boundaries_go_on_showing_and_a_crowd_that_moves_does_not(
    campaign: Campaign, district: District, moved: bool, shown: int | None
) -> None:
    count(campaign, district, 30, networks=None, relocated=True, moved=moved)

    assert read_people(campaign, district) == shown


def test_the_rest_is_told_once_it_may_be_and_never_one_district_by_itself(
    campaign: Campaign,
) -> None:
    with transaction() as session:
        hidden = [make_district(session) for _ in range(6)]
    count(campaign, hidden[0], 8)
    assert read_total(campaign).people is None
    for district in hidden[1:]:
        count(campaign, district, 8)

    total = read_total(campaign)

    assert (total.people, total.is_exact) == (48, True)
    assert [read_people(campaign, district) for district in hidden] == [None] * 6


def test_one_persons_signers_in_many_districts_do_not_tell_the_rest(campaign: Campaign) -> None:
    with transaction() as session:
        districts = [make_district(session) for _ in range(6)]
    for district in districts:
        count(campaign, district, 9, networks=ONE)
    count(campaign, districts[0], 7)

    assert read_total(campaign).people is None
