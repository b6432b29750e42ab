"""The dry run: it says who would change district, moves nobody, and is kept for staff to read."""

import pytest
from flask.ctx import AppContext

from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.models import BoundarySet, Signature
from petition.redistricting.activation import activate
from petition.redistricting.dry_run import Move, compare
from tests.redistricting.world import (
    AFTER,
    AMHERST,
    BEFORE,
    CAMBRIDGE,
    FITCHBURG,
    PROVINCETOWN,
    lay_state,
    read_tallies,
    sign,
    store,
    work,
)


@pytest.fixture
def campaign(context: AppContext) -> int:
    _, campaign_id = lay_state()
    for postal_code, people in ((AMHERST, 3), (FITCHBURG, 4), (CAMBRIDGE, 5), (PROVINCETOWN, 6)):
        sign(campaign_id, postal_code, people)
    work(campaign_id)
    return campaign_id


def test_it_says_how_many_change_district_and_moves_nobody(campaign: int) -> None:
    told: list[tuple[int, int]] = []
    after = store(AFTER, "after")

    found = compare(after, lambda done, total: told.append((done, total)))

    assert (found.signers, found.unchanged, found.moved, found.review) == (18, 8, 10, 0)
    assert found.moves == [
        Move("District Two", "District Three", 6),
        Move("District One", "District Two", 4),
    ]
    assert told[-1] == (18, 18)
    assert read_tallies() == {"one": (7, 0), "two": (11, 1)}


def test_what_it_says_is_what_comes_of_it(campaign: int) -> None:
    after = store(AFTER, "after")
    found = compare(after)

    activate(after)
    work(campaign)

    # The hundred that had not gone is not inherited.
    assert read_tallies() == {"one": (3, 0), "two": (9, 0), "three": (6, 0)}
    assert compare(after).moved == 0
    assert found.moved == 10


def test_those_who_would_lie_in_no_district_are_told(campaign: int) -> None:
    found = compare(store({name: AFTER[name] for name in ("one", "two")}, "without the east"))

    assert (found.moved, found.review) == (4, 6)
    assert Move("District Two", None, 6) in found.moves


def test_the_same_boundaries_again_change_nobody(campaign: int) -> None:
    found = compare(store({name: (west, east) for name, (west, east) in BEFORE.items()}, "again"))

    assert (found.unchanged, found.moved) == (18, 0)


def test_it_is_kept_with_the_set(campaign: int) -> None:
    after = store(AFTER, "after")

    found = compare(after)

    db.session.rollback()
    kept = db.session.get_one(BoundarySet, after, populate_existing=True).compared
    assert kept is not None
    assert (kept["moved"], kept["moves"][0]["signers"], kept["at"]) == (10, 6, found.at)
    assert {row.state for row in db.session.scalars(db.select(Signature))} == {"counted"}


def test_an_unknown_set_is_not_found(context: AppContext) -> None:
    with pytest.raises(NotFound):
        compare(4711)
