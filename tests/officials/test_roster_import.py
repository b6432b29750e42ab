"""Rosters brought into posts, officials and terms; again, later, and in parts."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select

from petition.core.clock import utcnow
from petition.core.errors import ImportRefused
from petition.core.extensions import db
from petition.demo.invented_posts import load_demo_posts
from petition.models import BoundaryState, Event, Office, Official, Post, Term
from tests.officials.world import (
    BODIES_HEADER,
    CSV_HEADER,
    FULL,
    MA,
    describe,
    describe_mayor,
    describe_member,
    find_official,
    import_files,
    lay_districts,
    lay_massachusetts,
    read_holders,
    write_csv,
    write_yaml,
)

HOLDERS = {
    "sldl:1st_essex lower-1": "Example5",
    "sldl:7th_hampden lower-1": "Example6",
    "sldu:1st_essex upper-1": "Example1",
    "sldu:2nd_essex_and_middlesex upper-1": "Example2",
    "sldu:berkshire_hampden_franklin_and_hampshire upper-1": "Example3",
    "sldu:hampden upper-1": "Example4",
}


def test_every_legislator_gets_the_seat_of_their_district(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()

    report = import_files(write_yaml(tmp_path / "ma.yml", *FULL))

    assert (report.new_posts, report.new_officials, report.held) == (6, 6, 6)
    assert read_holders() == HOLDERS


def test_a_letter_is_addressed_to_the_capitol_as_an_envelope_shows_it(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()

    import_files(write_yaml(tmp_path / "ma.yml", describe(1)))

    post = db.session.scalars(select(Post).where(Post.division_id.endswith(":1st_essex"))).first()
    assert post
    addressee = post.address(utcnow().date())
    assert addressee
    assert addressee.block == [
        "Ada B. Example1",
        "State Senator, First Essex District",
        "Room 1, State House 24 Beacon St.",
        "Boston, MA 02133",
    ]
    assert addressee.salutation == "Dear Senator Example1"
    assert addressee.email == "ada-1@senate.example"


def test_a_folder_of_one_file_for_each_person_is_one_roster(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    for folder in ("legislature", "retired", "committees"):
        (tmp_path / folder).mkdir()
    for number, document in enumerate(FULL):
        write_yaml(tmp_path / "legislature" / f"{number}.yml", document)
    write_yaml(tmp_path / "retired" / "old.yml", describe(9))
    write_yaml(tmp_path / "committees" / "ways.yml", {"id": "ocd-organization/1"})

    import_files(tmp_path)

    assert read_holders() == HOLDERS


def test_the_csv_of_the_same_people_changes_nothing_that_it_does_not_tell(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    import_files(write_yaml(tmp_path / "ma.yml", *FULL))
    rows = [
        f'{one["id"]},{one["name"]},,"{one["roles"][0]["district"]}",{one["roles"][0]["type"]},'
        f"{one['given_name']},{one['family_name']},{one['email']},,,,"
        '"1 Mill Lane;Testville, MA 01000",,'
        for one in FULL
    ]

    report = import_files(write_csv(tmp_path / "ma.csv", CSV_HEADER, rows))

    assert not report.changed
    assert len(find_official("ocd-person/00000001").offices) == 2


def test_a_vacant_seat_is_a_post(context: AppContext, tmp_path: Path) -> None:
    lay_massachusetts()

    report = import_files(write_yaml(tmp_path / "ma.yml", *FULL[:5]))

    assert report.vacant == ["State Representative, 7th Hampden District"]
    assert read_holders() == HOLDERS | {"sldl:7th_hampden lower-1": None}


def test_a_second_import_changes_nothing_and_says_so(context: AppContext, tmp_path: Path) -> None:
    lay_massachusetts()
    roster = write_yaml(tmp_path / "ma.yml", *FULL)
    import_files(roster)

    report = import_files(roster)

    assert not report.changed
    assert db.session.scalar(select(func.count()).select_from(Term)) == 6
    assert db.session.scalar(select(func.count()).select_from(Office)) == 12


def test_who_is_no_longer_in_the_roster_becomes_former_and_stays_known(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    import_files(write_yaml(tmp_path / "ma.yml", *FULL))
    changed = [describe(11, "First Essex"), *FULL[1:]]

    report = import_files(write_yaml(tmp_path / "ma.yml", *changed))

    assert report.former == ["Ada B. Example1, State Senator, First Essex District"]
    assert report.new_officials == 1 and report.new_posts == 0
    assert read_holders() == HOLDERS | {"sldu:1st_essex upper-1": "Example11"}
    former = find_official("ocd-person/00000001")
    term = db.session.scalars(select(Term).where(Term.official == former)).one()
    assert not term.listed
    assert term.ends_on == utcnow().date() - timedelta(days=1)


def test_one_who_comes_back_goes_on_in_the_old_term(context: AppContext, tmp_path: Path) -> None:
    lay_massachusetts()
    roster = write_yaml(tmp_path / "ma.yml", *FULL)
    import_files(roster)
    import_files(write_yaml(tmp_path / "less.yml", *FULL[1:]))

    import_files(roster)

    assert read_holders() == HOLDERS
    assert db.session.scalar(select(func.count()).select_from(Term)) == 6


def test_names_and_offices_are_those_of_the_latest_roster(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    import_files(write_yaml(tmp_path / "ma.yml", *FULL))
    office = {
        "classification": "capitol",
        "address": "Room 99;Boston, MA 02133",
        "fax": "617-555-0199",
    }
    moved = describe(1, name="Ada Other", family_name="Other", offices=[office])

    report = import_files(write_yaml(tmp_path / "ma.yml", moved, *FULL[1:]))

    assert (report.updated, report.new_officials, report.former) == (1, 0, [])
    official = find_official("ocd-person/00000001")
    assert official.name == "Ada Other"
    [kept] = official.offices
    assert (kept.address, kept.fax, kept.email) == (
        ["Room 99", "Boston, MA 02133"],
        "617-555-0199",
        "ada-1@senate.example",
    )
    assert db.session.scalar(select(func.count()).select_from(Office)) == 11


def test_a_district_with_two_holders_has_two_seats_from_then_on(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    import_files(write_yaml(tmp_path / "ma.yml", *FULL, describe(7, "7th Hampden", "lower")))

    left = write_yaml(tmp_path / "ma.yml", *FULL[:5], describe(7, "7th Hampden", "lower"))
    import_files(left, complete=True)

    assert read_holders() == HOLDERS | {
        "sldl:7th_hampden lower-1": None,
        "sldl:7th_hampden lower-2": "Example7",
    }


def test_one_who_goes_to_the_other_chamber_gives_up_the_first(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    import_files(write_yaml(tmp_path / "ma.yml", *FULL[1:]))

    report = import_files(
        write_yaml(tmp_path / "one.yml", describe(5, "First Essex")), partial=True
    )

    assert report.former == ["Ada B. Example5, State Representative, 1st Essex District"]
    assert read_holders() == HOLDERS | {
        "sldu:1st_essex upper-1": "Example5",
        "sldl:1st_essex lower-1": None,
    }


def test_a_roster_that_would_empty_a_chamber_is_refused(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    import_files(write_yaml(tmp_path / "ma.yml", *FULL))

    with pytest.raises(
        ImportRefused, match=r"2 of the 4 seats held in Massachusetts \(upper\).*--partial"
    ):
        import_files(write_yaml(tmp_path / "half.yml", *FULL[2:]))

    db.session.remove()
    assert read_holders() == HOLDERS


def test_single_files_one_after_another_take_nobody_out(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    import_files(write_yaml(tmp_path / "0.yml", FULL[0]))

    with pytest.raises(ImportRefused, match="1 of the 1 seats"):
        import_files(write_yaml(tmp_path / "1.yml", FULL[1]))
    db.session.remove()
    for document in FULL:
        import_files(write_yaml(tmp_path / "one.yml", document), partial=True)

    assert read_holders() == HOLDERS


def test_a_roster_may_empty_a_chamber_where_that_is_meant(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    import_files(write_yaml(tmp_path / "ma.yml", *FULL))

    report = import_files(write_yaml(tmp_path / "new.yml", *FULL[3:]), complete=True)

    assert len(report.former) == 3
    assert report.vacant != []


def test_an_election_that_replaces_everybody_is_no_loss(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    import_files(write_yaml(tmp_path / "ma.yml", *FULL))
    elected = [
        describe(20 + number, one["roles"][0]["district"], one["roles"][0]["type"])
        for number, one in enumerate(FULL)
    ]

    report = import_files(write_yaml(tmp_path / "new.yml", *elected))

    assert (len(report.former), report.held, report.new_posts) == (6, 6, 0)


def test_a_dry_run_says_the_same_and_stores_nothing(context: AppContext, tmp_path: Path) -> None:
    lay_massachusetts()
    roster = write_yaml(tmp_path / "ma.yml", *FULL[:5])

    dry = import_files(roster, dry_run=True)

    assert db.session.scalar(select(func.count()).select_from(Post)) == 0
    assert db.session.scalar(select(func.count()).select_from(Event)) == 0
    real = import_files(roster)
    dry.dry_run = False
    assert dry == real


def test_one_event_tells_of_an_import_in_numbers(context: AppContext, tmp_path: Path) -> None:
    lay_massachusetts()

    import_files(write_yaml(tmp_path / "ma.yml", *FULL[:5]))

    event = db.session.scalars(select(Event)).one()
    assert (event.action, event.subject, event.actor) == ("officials.imported", "roster", "cli")
    assert event.detail == {"posts": 6, "officials": 5, "updated": 0, "former": 0, "vacant": 1}


def test_a_mayor_whose_term_is_over_is_listed_and_holds_nothing(
    context: AppContext, tmp_path: Path
) -> None:
    lay_districts("cousub", {"boston": "Boston", "lynn": "Lynn"}, kind="place")

    report = import_files(
        write_yaml(
            tmp_path / "mayors.yml",
            describe_mayor(1, "boston", end_date="2099-01-01"),
            describe_mayor(2, "lynn", end_date="2020-01-01"),
        )
    )

    assert report.ended == ["Mayor of Lynn"]
    assert read_holders() == {"place:boston mayor-1": "Example1", "place:lynn mayor-1": None}
    ended = find_official("ocd-person/00000002")
    assert db.session.scalars(select(Term).where(Term.official == ended)).one().listed


def test_members_of_congress_hold_their_district_s_seat_or_one_of_two(
    context: AppContext, tmp_path: Path
) -> None:
    lay_districts("cd", {"1": "Congressional District 1", "2": "Congressional District 2"})
    lay_districts("cd", {"at-large": "Congressional District (at Large)"}, state="VT")
    lay_districts("cd", {"at-large": "Delegate District (at Large)"}, state="DC")

    report = import_files(
        write_yaml(
            tmp_path / "legislators-current.yaml",
            [
                describe_member("A1", district=1),
                describe_member("B1", "VT", district=0),
                describe_member("C1", "DC", district=0),
                describe_member("D1", type="sen"),
            ],
        )
    )

    assert (report.seats, report.held) == (6, 4)
    holders = read_holders()
    assert holders["cd:1 rep-1"] == "ExampleA1" and holders["cd:2 rep-1"] is None
    assert (holders["state:ma sen-1"], holders["state:ma sen-2"]) == ("ExampleD1", None)
    titles = set(db.session.scalars(select(Post.title)))
    assert {
        "U.S. Representative, Massachusetts 1st District",
        "U.S. Representative, Vermont At Large",
        "Delegate to Congress, District of Columbia",
        "U.S. Senator, Massachusetts",
    } <= titles


def test_district_offices_may_come_with_the_members_or_later(
    context: AppContext, tmp_path: Path
) -> None:
    lay_districts("cd", {"1": "Congressional District 1"})
    members = write_yaml(tmp_path / "members.yaml", [describe_member("A1", district=1)])
    offices = tmp_path / "offices.yaml"
    # As in the real file: a ZIP code without quotes, which YAML would read as an octal number.
    offices.write_text(
        "- id: {bioguide: A1}\n  offices:\n  - {address: 3 Hill St, suite: Suite 2, "
        "city: Testville, state: MA, zip: 01453, fax: 617-555-0101}\n",
        "utf-8",
    )
    import_files(members)

    import_files(offices)
    again = import_files(members)
    both = import_files(members, offices)

    assert not again.changed and not both.changed
    capitol, district = find_official("bioguide:A1").offices
    assert capitol.address == ["2372 Rayburn House Office Building", "Washington, DC 20515-2109"]
    assert district.address == ["3 Hill St, Suite 2", "Testville, MA 01453"]
    assert district.fax == "617-555-0101"


def test_only_the_people_of_one_state_are_taken_from_a_national_file(
    context: AppContext, tmp_path: Path
) -> None:
    lay_districts("cd", {"1": "Congressional District 1"})
    members = [describe_member("A1", district=1), describe_member("B1", "NV", district=3)]

    import_files(write_yaml(tmp_path / "all.yaml", members), state="MA")

    assert db.session.scalars(select(Official.source_id)).all() == ["bioguide:A1"]


def test_a_body_is_addressed_as_itself_and_keeps_its_post_when_it_is_renamed(
    context: AppContext, tmp_path: Path
) -> None:
    lay_districts("cousub", {"boston": "Boston"}, kind="place")
    row = f"{MA}/place:boston,council,%s,Dear Councilors,clerk@boston.example,%s,,"
    address = '"1 City Hall Square;Boston, MA 02201"'
    first = write_csv(tmp_path / "a.csv", BODIES_HEADER, [row % ("City Council", address)])
    import_files(first)
    assert not import_files(first).changed

    report = import_files(
        write_csv(tmp_path / "b.csv", BODIES_HEADER, [row % ("Boston City Council", address)])
    )

    post = db.session.scalars(select(Post)).one()
    assert report.updated == 1
    assert (post.key, post.role, post.is_body) == ("council-1", "council", True)
    addressee = post.address(utcnow().date())
    assert addressee
    assert addressee.block == ["Boston City Council", "1 City Hall Square", "Boston, MA 02201"]
    assert addressee.salutation == "Dear Councilors"


def test_a_mayor_may_come_from_the_csv_for_bodies(context: AppContext, tmp_path: Path) -> None:
    lay_districts("cousub", {"boston": "Boston"}, kind="place")
    header = f"{BODIES_HEADER},name,family_name,starts_on,ends_on"
    row = f"{MA}/place:boston,mayor,,,mayor@boston.example,,,,Ada Example,Example,2024-01-01,"

    import_files(write_csv(tmp_path / "mayor.csv", header, [row]))

    post = db.session.scalars(select(Post)).one()
    addressee = post.address(utcnow().date())
    assert addressee
    assert (addressee.title, addressee.name) == ("Mayor of Boston", "Ada Example")


def test_a_holder_by_hand_stays_until_a_public_roster_names_another(
    context: AppContext, tmp_path: Path
) -> None:
    lay_districts("cousub", {"boston": "Boston"}, kind="place")
    ended = write_yaml(tmp_path / "old.yml", describe_mayor(1, "boston", end_date="2020-01-01"))
    row = f"{MA}/place:boston,mayor,,,mayor@boston.example,,,,Ada Byhand"
    by_hand = write_csv(tmp_path / "mayor.csv", f"{BODIES_HEADER},name", [row])
    import_files(ended)

    import_files(by_hand)
    import_files(ended)
    assert read_holders() == {"place:boston mayor-1": "Byhand"}
    import_files(write_yaml(tmp_path / "new.yml", describe_mayor(2, "boston")))
    assert read_holders() == {"place:boston mayor-1": "Example2"}


def test_a_body_takes_the_post_of_the_demonstration_s(context: AppContext, tmp_path: Path) -> None:
    lay_districts("county", {"middlesex": "Middlesex County"})
    load_demo_posts()
    row = f"{MA}/county:middlesex,board,County Board,Dear Members,clerk@county.example,,,"

    report = import_files(write_csv(tmp_path / "bodies.csv", BODIES_HEADER, [row]))

    assert (report.new_posts, report.updated) == (0, 1)
    assert db.session.scalars(select(Office.email)).all() == ["clerk@county.example"]


def test_districts_that_are_loaded_and_not_yet_in_force_count_too(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    lay_districts("sldl", {"8th_hampden": "8th Hampden"}, set_state=BoundaryState.LOADED)
    lay_districts("sldl", {"9th_hampden": "9th Hampden"}, set_state=BoundaryState.RETIRED)

    import_files(write_yaml(tmp_path / "ma.yml", *FULL, describe(8, "8th Hampden", "lower")))

    assert read_holders() == HOLDERS | {"sldl:8th_hampden lower-1": "Example8"}


def test_a_label_that_no_rule_can_tell_is_mapped_by_hand(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    odd = describe(4, "The Old Hampden Seat")
    labels = write_csv(
        tmp_path / "labels.csv",
        "label,division_id",
        [f"The Old Hampden Seat,{MA}/sldu:hampden"],
    )

    import_files(write_yaml(tmp_path / "ma.yml", *FULL[:3], odd), labels=labels)

    assert read_holders()["sldu:hampden upper-1"] == "Example4"


def test_a_seat_won_again_is_one_term_until_the_next_begins(
    context: AppContext, tmp_path: Path
) -> None:
    lay_massachusetts()
    jurisdiction = "ocd-jurisdiction/country:us/state:ma/government"
    role = {"type": "upper", "jurisdiction": jurisdiction, "district": "Hampden"}
    twice = describe(
        4,
        roles=[
            role | {"start_date": "2099-01-04"},
            role | {"start_date": "2023-01-04", "end_date": "2099-01-03"},
            role | {"start_date": "2019-01-04", "end_date": "2023-01"},
        ],
    )

    import_files(write_yaml(tmp_path / "ma.yml", twice))

    assert read_holders()["sldu:hampden upper-1"] == "Example4"
    assert db.session.scalars(select(Term)).one().ends_on is not None


def test_people_with_no_post_of_ours_are_passed_over(context: AppContext, tmp_path: Path) -> None:
    lay_massachusetts()
    jurisdiction = "ocd-jurisdiction/country:us/state:ma/government"
    secretary = describe(8, roles=[{"type": "secretary of state", "jurisdiction": jurisdiction}])

    report = import_files(write_yaml(tmp_path / "ma.yml", *FULL, secretary))

    assert report.passed_over == 1
    assert read_holders() == HOLDERS
