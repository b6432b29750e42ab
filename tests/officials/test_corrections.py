"""Corrections stand through every roster, hide nothing of it, and reach only whom they name."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask.ctx import AppContext
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.errors import ImportRefused, NotFound, UserError
from petition.core.extensions import db, transaction
from petition.models import BoundarySet, BoundaryState, Correction, Event, Official
from petition.officials.corrections.correction_file import correct_from_roster
from petition.officials.corrections.corrections import withdraw
from petition.officials.post_lookup import find_post
from petition.officials.post_problems import PostProblem
from petition.officials.recipients import LetterRecipient, list_recipients
from petition.officials.rosters.format_detection import read_roster
from tests.officials.corrected import (
    BOSTON,
    EMAIL,
    HOLDER,
    OFFICE,
    compare,
    import_mayor,
    list_agreements,
    read_addressee,
    read_email,
    say,
)
from tests.officials.world import (
    BODIES_HEADER,
    MA,
    describe,
    describe_mayor,
    import_files,
    lay_districts,
    lay_massachusetts,
    write_csv,
    write_yaml,
)

FIRST, SECOND = "Ada B. Example7", "Ada B. Example8"
HAND = "mayor@city.example"
NAMED = f"{BODIES_HEADER},name,given_name,family_name,starts_on,ends_on"


@pytest.fixture(autouse=True)
def places(context: AppContext, tmp_path: Path) -> None:
    """Boston, whose mayor the roster has no e-mail address of, and Lynn."""
    lay_districts("cousub", {"boston": "Boston", "lynn": "Lynn"}, kind="place")
    import_mayor(tmp_path, 7)


def import_correction(path: Path, **options: str) -> int:
    steps = correct_from_roster(read_roster([path], utcnow().date()), made_by="ada", **options)
    db.session.remove()
    return len(steps)


def test_an_address_by_hand_stands_through_the_same_roster_and_is_shown_beside_it(
    tmp_path: Path,
) -> None:
    say({EMAIL: HAND})

    report = import_mayor(tmp_path, 7)

    assert not report.changed
    assert read_email() == HAND
    assert [one.agreement for one in report.corrections] == ["stands"]
    assert [one.roster_says for one in report.corrections] == [None]


def test_a_newer_roster_does_not_undo_it_and_its_news_is_told(tmp_path: Path) -> None:
    say({EMAIL: HAND})

    report = import_mayor(tmp_path, 7, "wu@city.example")

    assert read_email() == HAND
    [told] = report.corrections
    assert (told.agreement, told.roster_says) == ("changed", "wu@city.example")
    assert told.describe() == (
        "Mayor of Boston, e-mail of Ada B. Example7: mayor@city.example by hand (phoned the clerk);"
        " the roster says wu@city.example, which is new"
    )
    assert [one.agreement for one in import_mayor(tmp_path, 7, HAND.upper()).corrections] == [
        "agrees"
    ]


def test_a_correction_made_anew_takes_note_of_what_the_roster_says_by_now(tmp_path: Path) -> None:
    say({EMAIL: HAND})
    import_mayor(tmp_path, 7, "wu@city.example")

    [step] = say({EMAIL: HAND})

    assert step.replaces == 1
    assert list_agreements() == ["stands"]
    rows = db.session.scalars(select(Correction).order_by(Correction.id)).all()
    assert [row.withdrawn_because for row in rows] == ["replaced", None]


def test_an_address_of_a_former_holder_is_never_used_for_the_next(tmp_path: Path) -> None:
    say({EMAIL: HAND, OFFICE: "9 Hand St\nBoston, MA 02201"})

    import_mayor(tmp_path, 8)

    addressee = read_addressee()
    assert addressee and addressee.name == SECOND
    assert addressee.email is None and "9 Hand St" not in addressee.lines
    assert list_agreements() == ["unused", "unused"]

    import_mayor(tmp_path, 7)
    assert read_email() == HAND


def test_two_people_of_one_name_are_told_apart_by_their_ids_in_public_rosters(
    tmp_path: Path,
) -> None:
    say({EMAIL: HAND})
    namesake = describe_mayor(8, "boston") | {"name": FIRST, "email": ""}

    import_files(write_yaml(tmp_path / "m.yml", namesake, describe_mayor(99, "lynn")))

    addressee = read_addressee()
    assert addressee and (addressee.name, addressee.email) == (FIRST, None)


def test_an_address_that_is_said_to_be_the_posts_own_serves_whoever_comes(tmp_path: Path) -> None:
    say({EMAIL: HAND}, for_post=True)
    import_mayor(tmp_path, 8, "new@city.example")
    assert read_email() == HAND

    say({EMAIL: "own@city.example"})

    assert read_email() == "own@city.example"  # the holder's before the post's
    import_mayor(tmp_path, 9)
    assert read_email() == HAND


def test_a_vacant_seat_and_a_term_that_has_ended_use_no_address(tmp_path: Path) -> None:
    say({EMAIL: HAND})

    import_mayor(tmp_path, None)
    assert read_addressee() is None
    assert list_agreements() == ["unused"]

    import_mayor(tmp_path, 7, end_date="2020-01-01")
    assert read_addressee() is None


def test_a_holder_by_hand_stands_until_it_is_withdrawn_even_against_a_third(tmp_path: Path) -> None:
    say({HOLDER: "Grace New", EMAIL: HAND})
    addressee = read_addressee()
    assert addressee and (addressee.name, addressee.email) == ("Grace New", HAND)
    assert addressee.salutation == "Dear Mayor New"
    assert list_recipients(f"{MA}/place:boston", "cousub", {}) == [
        LetterRecipient(BOSTON, False, "Grace New")
    ]
    assert list_agreements() == ["stands", "stands"]

    report = import_mayor(tmp_path, 8, "eight@city.example")

    assert [one.agreement for one in report.corrections] == ["changed", "stands"]
    assert read_email() == HAND
    withdraw([1], because="she lost", withdrawn_by="ada")
    assert read_email() == "eight@city.example"
    assert list_agreements() == ["unused"]
    with pytest.raises(NotFound):
        withdraw([1], because="again", withdrawn_by="ada")


def test_a_roster_that_takes_up_the_holder_by_hand_gives_them_its_offices(tmp_path: Path) -> None:
    say({HOLDER: "ada b.  EXAMPLE8"})
    assert read_email() is None

    report = import_mayor(tmp_path, 8, "eight@city.example")

    assert [one.agreement for one in report.corrections] == ["agrees"]
    addressee = read_addressee()
    assert addressee and (addressee.name, addressee.email) == (SECOND, "eight@city.example")


def test_the_holder_before_may_be_put_back_with_what_is_known_of_them(tmp_path: Path) -> None:
    import_mayor(tmp_path, 7, "seven@city.example")
    import_mayor(tmp_path, None)

    say({HOLDER: FIRST})

    assert read_email() == "seven@city.example"
    assert (
        db.session.scalar(select(Official.id).where(Official.source_id.startswith("csv:"))) is None
    )


def test_a_seat_said_to_be_vacant_and_an_address_said_to_be_none_are_so(tmp_path: Path) -> None:
    import_mayor(tmp_path, 7, "seven@city.example")

    say({EMAIL: None})
    assert read_email() is None and read_addressee()
    say({HOLDER: None})
    assert read_addressee() is None
    with pytest.raises(UserError, match=PostProblem.NO_HOLDER):
        say({EMAIL: HAND})


def test_a_correction_ends_after_its_last_day(tmp_path: Path) -> None:
    today = utcnow().date()
    say({EMAIL: HAND}, until=today)

    with time_machine.travel(utcnow() + timedelta(days=1)):
        assert read_email() is None
        assert list_agreements() == ["over"]
        with pytest.raises(UserError, match=PostProblem.IS_PAST):
            say({EMAIL: HAND}, until=today)


def test_a_post_whose_district_is_no_more_keeps_its_correction_out_of_use(tmp_path: Path) -> None:
    say({EMAIL: HAND})

    with transaction() as session:
        [loaded] = session.scalars(select(BoundarySet))
        loaded.state = BoundaryState.RETIRED

    assert list_agreements() == ["unused"]


def test_who_changes_posts_takes_no_address_along(tmp_path: Path) -> None:
    lay_massachusetts()
    import_files(write_yaml(tmp_path / "ma.yml", describe(1), describe(5, "1st Essex", "lower")))
    say({EMAIL: "room@house.example"}, "State Representative, 1st Essex District")

    moved = describe(5, "First Essex", email="five@senate.example")
    import_files(write_yaml(tmp_path / "ma.yml", moved), complete=True)

    assert read_email("State Senator, First Essex District") == "five@senate.example"
    assert list_agreements() == ["unused"]


def test_what_was_shown_is_done_or_nothing(tmp_path: Path) -> None:
    shown = say({EMAIL: "old@city.example"})
    import_mayor(tmp_path, 8)

    with pytest.raises(UserError, match=PostProblem.CHANGED):
        say({EMAIL: HAND}, expected=shown)

    assert [one.value for one in compare()] == ["old@city.example"]


def test_the_csv_for_bodies_as_a_correction_survives_the_next_roster(tmp_path: Path) -> None:
    row = f"{MA}/place:boston,mayor,,,{HAND},,,,{FIRST},,,,"
    file = write_csv(tmp_path / "by-hand.csv", NAMED, [row])

    assert import_correction(file) == 1
    assert import_correction(file) == 0

    assert import_mayor(tmp_path, 7, "seven@city.example").former == []
    assert read_email() == HAND
    assert [(one.source, one.agreement) for one in compare()] == [("by-hand.csv, row 2", "changed")]
    assert import_correction(file) == 0  # the news of the roster is not taken note of by a file
    assert list_agreements() == ["changed"]


def test_the_csv_for_bodies_as_a_correction_names_another_holder_and_a_body(tmp_path: Path) -> None:
    council = f"{MA}/place:boston,council,City Council,Dear Councilors,,,,"
    import_files(write_csv(tmp_path / "bodies.csv", BODIES_HEADER, [council]))
    rows = [
        f"{MA}/place:boston,mayor,,,{HAND},,,,Grace Van Dyke,Grace,Van Dyke,,2099-01-01",
        f"{MA}/place:boston,council,City Council,Dear Councilors,clerk@city.example,,,,,,,,",
    ]

    assert import_correction(write_csv(tmp_path / "by-hand.csv", NAMED, rows)) == 3

    addressee = read_addressee()
    assert addressee and addressee.salutation == "Dear Mayor Van Dyke"
    assert addressee.email == HAND
    assert read_email("City Council") == "clerk@city.example"


def test_an_import_says_which_seats_the_next_one_takes_back(tmp_path: Path) -> None:
    row = f"{MA}/place:boston,mayor,,,{HAND},,,,{FIRST},,,,"

    by_hand = import_files(write_csv(tmp_path / "by-hand.csv", NAMED, [row]))
    public = import_mayor(tmp_path, 7)

    assert (by_hand.fleeting, by_hand.undone) == ([BOSTON], [])
    assert (public.fleeting, public.undone) == ([], [BOSTON])
    assert read_email() is None


def test_rows_that_no_correction_can_be_made_of_are_refused_together(tmp_path: Path) -> None:
    rows = [
        f"{MA}/place:boston,council,City Council,Dear Councilors,c@city.example,,,,,,,,",
        f"{MA}/place:lynn,mayor,,,x@city.example,,,,Old Mayor,,,,2020-01-01",
    ]

    with pytest.raises(ImportRefused) as refused:
        import_correction(write_csv(tmp_path / "by-hand.csv", NAMED, rows))

    assert "no such post yet" in str(refused.value) and "does not include today" in str(
        refused.value
    )
    public = write_yaml(tmp_path / "public.yml", describe(1))
    with pytest.raises(ImportRefused, match="without --as-correction"):
        import_correction(public)
    assert compare() == []


def test_a_post_is_found_by_number_title_division_and_a_part_of_its_title() -> None:
    post = find_post(BOSTON.upper())

    for text in (str(post.id), "place:boston", "place:boston/mayor-1", f"{MA}/place:boston", "ton"):
        assert find_post(text) == post
    with pytest.raises(UserError, match=PostProblem.SEVERAL):
        find_post("mayor")
    with pytest.raises(NotFound):
        find_post("place:salem")


def test_the_trail_tells_of_it_without_an_address(tmp_path: Path) -> None:
    say({HOLDER: "Grace New", EMAIL: HAND})
    withdraw([2], because="wrong number", withdrawn_by="ada")

    events = db.session.scalars(select(Event).where(Event.subject == "post")).all()
    assert [event.action for event in events] == [
        "officials.corrected",
        "officials.corrected",
        "officials.correction_withdrawn",
    ]
    assert "city.example" not in str([event.detail for event in events])
