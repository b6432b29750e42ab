"""What a check counts, and what it finds for a person."""

from datetime import date
from pathlib import Path

from flask.ctx import AppContext
from sqlalchemy import select

from petition.core.extensions import db, transaction
from petition.models import BoundarySet, BoundaryState, Post, Term
from petition.officials.checks.post_checks import LayerCount, check_officials
from tests.officials.world import (
    BODIES_HEADER,
    FULL,
    MA,
    describe,
    describe_mayor,
    describe_member,
    find_official,
    import_files,
    lay_districts,
    lay_massachusetts,
    write_csv,
    write_yaml,
)


def list_findings(kind: str) -> list[str]:
    db.session.remove()
    return [found.what for found in check_officials().findings if found.kind == kind]


def test_a_full_roster_leaves_nothing_to_look_at(context: AppContext, tmp_path: Path) -> None:
    lay_massachusetts()
    import_files(write_yaml(tmp_path / "ma.yml", *FULL))

    found = check_officials()

    assert found.findings == []
    assert found.counts == {
        "sldu": LayerCount(posts=4, held=4),
        "sldl": LayerCount(posts=2, held=2),
    }


def test_vacant_ended_and_unreachable_posts_are_counted_and_named(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    lay_districts("cousub", {"boston": "Boston", "lynn": "Lynn"}, kind="place")
    lay_districts("cd", {"1": "Congressional District 1"})
    mute = describe(5, "1st Essex", "lower", email="", offices=[{"voice": "617-555-0100"}])
    import_files(
        write_yaml(
            tmp_path / "ma.yml",
            *FULL[:4],
            mute,
            describe_mayor(7, "boston"),
            describe_mayor(8, "lynn", end_date="2024-04-13"),
        ),
        write_yaml(tmp_path / "congress.yaml", [describe_member("A1", type="sen")]),
    )

    found = check_officials()

    assert found.counts == {
        "sldu": LayerCount(posts=4, held=4),
        "sldl": LayerCount(posts=2, held=1, vacant=1, unreachable=1, no_address=1),
        "cd": LayerCount(without_post=1),
        "cousub": LayerCount(posts=2, held=1, ended=1),
        "state": LayerCount(posts=2, held=1, vacant=1, unreachable=1, paper=1),
    }
    assert list_findings("vacant") == [
        "State Representative, 7th Hampden District",
        "U.S. Senator, Massachusetts",
    ]
    assert list_findings("ended") == [
        "Mayor of Lynn: the term of Ada B. Example8 ended on 2024-04-13"
    ]
    assert list_findings("unreachable") == [
        "Ada B. Example5, State Representative, 1st Essex District (number 5): no e-mail, no web "
        "form, no postal address, no fax",
        "Ada ExampleA1, U.S. Senator, Massachusetts (number 7): no e-mail, only a postal address",
    ]
    assert list_findings("no post") == ["Congressional District 1, MA"]


def test_a_place_counts_before_a_county_subdivision(context: AppContext, tmp_path: Path) -> None:
    lay_districts("cousub", {"boston": "Boston"}, kind="place")
    lay_districts("place", {"boston": "Boston"})

    import_files(write_yaml(tmp_path / "ma.yml", describe_mayor(7, "boston")))

    assert list(check_officials().counts) == ["place"]


def test_a_body_is_held_and_may_be_out_of_reach(context: AppContext, tmp_path: Path) -> None:
    lay_districts("cousub", {"boston": "Boston"}, kind="place")
    row = f"{MA}/place:boston,council,City Council,Dear Councilors,,,,"

    import_files(write_csv(tmp_path / "bodies.csv", BODIES_HEADER, [row]))

    assert check_officials().counts == {
        "cousub": LayerCount(posts=1, held=1, unreachable=1, no_address=1)
    }


def test_two_people_in_one_seat_are_found(context: AppContext, tmp_path: Path) -> None:
    lay_districts("cousub", {"boston": "Boston"}, kind="place")

    import_files(
        write_yaml(tmp_path / "ma.yml", describe_mayor(7, "boston"), describe_mayor(8, "boston"))
    )

    assert list_findings("duplicate") == [
        "Mayor of Boston: Ada B. Example7 and Ada B. Example8 hold the same seat"
    ]


def test_one_person_in_two_posts_is_found(context: AppContext, tmp_path: Path) -> None:
    lay_massachusetts()
    import_files(write_yaml(tmp_path / "ma.yml", *FULL[:5]))
    with transaction() as session:
        post = session.scalars(select(Post).where(Post.division_id.endswith(":7th_hampden"))).one()
        official = find_official("ocd-person/00000001")
        session.add(Term(post=post, official=official, starts_on=date(2024, 1, 1)))

    assert list_findings("duplicate") == [
        "Ada B. Example1 holds two posts: State Senator, First Essex District and "
        "State Representative, 7th Hampden District"
    ]


def test_one_name_twice_in_a_district_is_found(context: AppContext, tmp_path: Path) -> None:
    lay_massachusetts()
    twin = describe(7, "Hampden", name="Ada B. Example4")

    import_files(write_yaml(tmp_path / "ma.yml", *FULL, twin))

    assert "Ada B. Example4 appears twice among the holders of a seat" in list_findings("duplicate")


def test_a_second_seat_in_a_chamber_of_single_seats_is_found(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    lay_districts("sldu", {"2nd_essex": "Second Essex District"}, set_state=BoundaryState.LOADED)

    import_files(
        write_yaml(tmp_path / "ma.yml", *FULL, describe(7, "Hampden"), describe(8, "Second Essex"))
    )

    assert list_findings("duplicate") == [
        "2 seats (upper), but most districts of the chamber have one"
    ]


def test_posts_of_districts_that_are_no_more_do_not_count(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    import_files(write_yaml(tmp_path / "ma.yml", *FULL))
    with transaction() as session:
        [lower] = session.scalars(select(BoundarySet).where(BoundarySet.layer == "sldl"))
        lower.state = BoundaryState.RETIRED

    assert list(check_officials().counts) == ["sldu"]
