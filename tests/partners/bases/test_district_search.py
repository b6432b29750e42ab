"""Districts are found by a part of their name, each division once, and chosen by their ids."""

from typing import Any

import pytest
from flask import Flask
from flask.ctx import AppContext

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import BoundarySet, Layer, Organization
from petition.models.officials.district import BoundaryState
from petition.partners.bases.district_search import (
    MOST_FOUND,
    list_layers,
    name_districts,
    search_districts,
)
from petition.partners.profile.organization_edits import choose_districts
from tests.accounts.world import make_group
from tests.factories import make_district

ACTOR = "partner:1"


def add(name: str, **values: Any) -> str:
    with transaction() as session:
        return make_district(session, name=name, **values).division_id


def find(words: str, layer: str = "") -> list[str]:
    return [one.name for one in search_districts(words, layer)[0]]


def test_a_part_of_the_name_is_enough_whatever_its_letters(context: AppContext) -> None:
    for name in ("Middlesex County", "100% Oak_Ridge", "O'Brien County"):
        add(name)
    add("Middle House", layer=Layer.SLDL)
    add("Middleton", in_force=False)

    assert find("MIDD") == ["Middle House", "Middlesex County"]
    assert find("midd", "sldl") == ["Middle House"]
    assert find("0% oak_r") == ["100% Oak_Ridge"] and find("'b") == ["O'Brien County"]
    assert find("%%") == find("__") == find("m") == find("") == []
    assert list_layers() == [Layer.COUNTY, Layer.SLDL]


def test_a_division_of_two_layers_is_found_once(context: AppContext) -> None:
    town = add("Twin", layer=Layer.PLACE)
    with transaction() as session:
        values = {"layer": "cousub", "scope": "ma", "source": "test", "digest": "1" * 64}
        of_towns = BoundarySet(**values, state=BoundaryState.ACTIVE, created_at=utcnow())
        session.add(of_towns)
        session.flush()
        twins = {"boundary_set_id": of_towns.id, "division_id": town}
        make_district(session, layer=Layer.COUSUB, name="Twin", **twins)

    found, has_more = search_districts("twin")

    assert ([(one.division_id, one.layer) for one in found], has_more) == ([(town, "place")], False)
    assert [one.division_id for one in name_districts([town])] == [town]


@pytest.mark.parametrize(("number", "has_more"), [(MOST_FOUND, False), (MOST_FOUND + 1, True)])
def test_of_many_it_is_told_that_there_are_more(
    context: AppContext, number: int, has_more: bool
) -> None:
    with transaction() as session:
        for one in range(number):
            make_district(session, name=f"Elm {one:02}")

    found, more = search_districts("elm")

    assert ([one.name for one in found][-1], len(found), more) == ("Elm 49", MOST_FOUND, has_more)


def test_what_a_colleague_added_meanwhile_stays_and_kilometers_end(
    app: Flask, context: AppContext
) -> None:
    group = make_group(app)
    first, second, third = (add(f"County {number}") for number in range(3))
    with transaction() as session:
        session.get_one(Organization, group).reach_km = 30

    assert choose_districts(group, shown=[], chosen=[first, first], actor=ACTOR) == 1
    assert choose_districts(group, shown=[], chosen=[second], actor="partner:2") == 2
    assert choose_districts(group, shown=[first], chosen=[third], actor=ACTOR) == 2

    found = db.session.get_one(Organization, group, populate_existing=True)
    assert (found.reach_divisions, found.reach_km) == ([second, third], None)


def test_a_district_that_is_none_any_more_is_named_by_its_id(context: AppContext) -> None:
    former = add("Former", in_force=False)

    (found,) = name_districts([former])

    assert (found.name, found.layer, found.state) == (former, "", "")
