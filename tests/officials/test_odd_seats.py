"""Seats of every shape that a legislature has, by invented rosters."""

from pathlib import Path
from typing import Any

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Post
from petition.officials.checks.post_checks import check_officials
from petition.postal.us_states import BY_CODE
from tests.officials.world import (
    BODIES_HEADER,
    describe,
    import_files,
    lay_districts,
    read_holders,
    refuse,
    write_csv,
    write_yaml,
)


def seat(number: int, state: str, role: str, label: str | None) -> Any:
    """Return one invented person of a state's legislature or executive."""
    division = BY_CODE[state].division_id.removeprefix("ocd-division/")
    place = {"type": role, "jurisdiction": f"ocd-jurisdiction/{division}/government"}
    return describe(number, roles=[place | ({"district": label} if label else {})])


def seat_all(state: str, role: str, *labels: str) -> list[Any]:
    return [seat(number, state, role, label) for number, label in enumerate(labels, 1)]


def number(last: int) -> dict[str, str]:
    return {str(one): f"State House District {one}" for one in range(1, last + 1)}


def read_titles() -> list[str]:
    return list(db.session.scalars(select(Post.title).order_by(Post.title)))


def test_maine_s_tribes_have_their_own_seats_of_the_state(
    context: AppContext, tmp_path: Path
) -> None:
    lay_districts("sldl", number(2), state="ME")
    labels = ("1", "2", "Passamaquoddy Tribe", "Penobscot Nation")
    roster = write_yaml(tmp_path / "me.yml", *seat_all("ME", "lower", *labels))

    report = import_files(roster)

    assert (report.new_posts, report.held) == (4, 4)
    assert read_holders() == {
        "sldl:1 lower-1": "Example1",
        "sldl:2 lower-1": "Example2",
        "state:me lower-passamaquoddy-1": "Example3",
        "state:me lower-penobscot-1": "Example4",
    }
    assert "State Representative, Penobscot Nation" in read_titles()
    assert not import_files(roster).changed
    assert [found.kind for found in check_officials().findings] == []


def test_two_tribes_never_take_each_others_seat(context: AppContext, tmp_path: Path) -> None:
    lay_districts("sldl", number(2), state="ME")
    labels = ("1", "2", "Passamaquoddy Tribe", "Penobscot Nation")
    import_files(write_yaml(tmp_path / "me.yml", *seat_all("ME", "lower", *labels)))
    later = [*seat_all("ME", "lower", "1", "2"), seat(9, "ME", "lower", "Penobscot Nation")]

    import_files(write_yaml(tmp_path / "me.yml", *later), complete=True)

    assert read_holders()["state:me lower-penobscot-1"] == "Example9"
    assert read_holders()["state:me lower-passamaquoddy-1"] is None


def test_a_tribe_s_seat_can_be_left_out_by_name(context: AppContext, tmp_path: Path) -> None:
    lay_districts("sldl", number(2), state="ME")
    labels = ("1", "2", "Passamaquoddy Tribe")
    roster = write_yaml(tmp_path / "me.yml", *seat_all("ME", "lower", *labels))

    report = import_files(roster, leave_out=["passamaquoddy tribe", "Nowhere"])

    assert report.new_posts == 2
    assert report.left_out == ["me.yml, document 3: 'Passamaquoddy Tribe' (lower)"]
    assert report.unnamed == ["Nowhere"]


@pytest.mark.parametrize("label", ["At-Large", "At Large", "at-large", "At-Large Position 2"])
def test_puerto_rico_s_members_at_large_sit_for_all_of_it(
    context: AppContext, tmp_path: Path, label: str
) -> None:
    lay_districts("sldu", number(2), state="PR")
    lay_districts("sldl", number(2), state="PR")
    people = [
        *seat_all("PR", "upper", "1", "2", label, label, "At-Large"),
        seat(6, "PR", "lower", label),
    ]
    roster = write_yaml(tmp_path / "pr.yml", *people)

    report = import_files(roster)

    assert report.held == 6
    holders = read_holders()
    whole = {key: who for key, who in holders.items() if key.startswith("territory:pr ")}
    assert whole == {
        "territory:pr lower-at_large-1": "Example6",
        "territory:pr upper-at_large-1": "Example3",
        "territory:pr upper-at_large-2": "Example4",
        "territory:pr upper-at_large-3": "Example5",
    }
    assert "State Senator, At Large" in read_titles()
    assert not import_files(roster).changed


def test_the_district_of_columbia_has_wards_members_at_large_a_chairman_and_a_mayor(
    context: AppContext, tmp_path: Path
) -> None:
    lay_districts("sldu", {"1": "Ward 1", "2": "Ward 2"}, state="DC", kind="ward")
    labels = ("Ward 1", "Ward 2", "At-Large", "At-Large", "Chairman")
    people = [*seat_all("DC", "legislature", *labels), seat(6, "DC", "mayor", None)]

    report = import_files(write_yaml(tmp_path / "dc.yml", *people))

    assert report.held == 6
    assert read_holders() == {
        "district:dc legislature-at_large-1": "Example3",
        "district:dc legislature-at_large-2": "Example4",
        "district:dc legislature-chair-1": "Example5",
        "district:dc mayor-1": "Example6",
        "ward:1 legislature-1": "Example1",
        "ward:2 legislature-1": "Example2",
    }
    assert {"Chairman of the Council", "Mayor of the District of Columbia"} < set(read_titles())


def test_a_district_that_is_called_at_large_comes_before_the_state(
    context: AppContext, tmp_path: Path
) -> None:
    lay_districts("sldl", {"at-large": "At Large"}, state="VI")

    import_files(write_yaml(tmp_path / "vi.yml", *seat_all("VI", "lower", "At Large")))

    assert read_holders() == {"sldl:at-large lower-1": "Example1"}


def test_at_large_of_one_part_is_not_taken_for_the_whole(
    context: AppContext, tmp_path: Path
) -> None:
    lay_districts("sldl", number(1), state="VI")

    people = seat_all("VI", "lower", "St. Croix At-Large", "Northern Band")

    assert "2 seats of the roster have no district" in refuse(
        write_yaml(tmp_path / "vi.yml", *people)
    )


@pytest.mark.parametrize("state", ["PR", "DC", "ME", "MA"])
def test_the_advice_to_name_a_division_works_for_a_whole_state(
    context: AppContext, tmp_path: Path, state: str
) -> None:
    division = BY_CODE[state].division_id
    lay_districts("sldu", number(1), state=state)
    people = seat_all(state, "upper", "1", "For Everybody", "At-Large")
    roster = write_yaml(tmp_path / "roster.yml", *people)
    assert "'For Everybody'" in refuse(roster)
    rows = [f"For Everybody,{division}", f"At-Large,{division}"]

    report = import_files(roster, labels=write_csv(tmp_path / "l.csv", "label,division_id", rows))

    assert report.held == 3
    last = division.rpartition("/")[2]
    assert set(read_holders()) == {
        "sldu:1 upper-1",
        f"{last} upper-for_everybody-1",
        f"{last} upper-at_large-1",
    }


def test_a_division_that_is_named_and_not_loaded_is_said_to_be_so(
    context: AppContext, tmp_path: Path
) -> None:
    lay_districts("sldl", number(1), state="ME")
    roster = write_yaml(tmp_path / "me.yml", *seat_all("ME", "lower", "Here"))
    rows = ["Here,ocd-division/country:us/state:me/sldl:99"]

    message = refuse(roster, labels=write_csv(tmp_path / "l.csv", "label,division_id", rows))

    assert "sldl:99 in the file for --districts, which is not loaded" in message


def test_idaho_s_seats_a_and_b_are_two_of_one_district(context: AppContext, tmp_path: Path) -> None:
    lay_districts("sldl", number(3), state="ID")
    people = seat_all("ID", "lower", "1A", "1B", "2a", "3-B")
    roster = write_yaml(tmp_path / "id.yml", *people)

    report = import_files(roster)

    assert (report.new_posts, report.held) == (6, 4)
    assert report.vacant == ["State Representative, District 2", "State Representative, District 3"]
    assert not import_files(roster).changed


def test_a_letter_names_a_district_of_its_own_where_one_is_loaded(
    context: AppContext, tmp_path: Path
) -> None:
    lay_districts("sldl", {"16a": "16A", "16b": "16B", "17": "17"}, state="MN")

    import_files(write_yaml(tmp_path / "mn.yml", *seat_all("MN", "lower", "16A", "16B", "17")))

    assert set(read_holders()) == {"sldl:16a lower-1", "sldl:16b lower-1", "sldl:17 lower-1"}
    more = write_yaml(tmp_path / "mn.yml", *seat_all("MN", "lower", "16A", "16B", "16C", "17"))
    with pytest.raises(Exception, match="16C"):
        import_files(more)


@pytest.mark.parametrize(
    ("state", "role", "layer", "districts", "labels"),
    [
        ("NE", "legislature", "sldu", ("1", "2"), ("1", "2")),
        ("AK", "upper", "sldu", ("a", "b"), ("A", "B")),
        ("MA", "upper", "sldu", ("1st_essex", "hampden"), ("First Essex", "Hampden")),
        ("VT", "lower", "sldl", ("addison-1", "grand_isle-chittenden"), ("Addison-1",)),
        ("NH", "lower", "sldl", ("belknap_1", "belknap_8"), ("Belknap 1", "Belknap 8")),
        ("AZ", "lower", "sldl", ("1", "2"), ("1", "1", "2", "2")),
        ("WA", "lower", "sldl", ("1", "2"), ("1", "1", "2", "2")),
        ("NJ", "lower", "sldl", ("1",), ("1", "1")),
        ("WV", "upper", "sldu", ("1",), ("1", "1")),
        ("MD", "lower", "sldl", ("1a", "1b", "2"), ("1A", "1B", "2", "2", "2")),
        ("ND", "lower", "sldl", ("1", "4a", "4b"), ("1", "1", "4A", "4B")),
    ],
)
def test_every_shape_of_legislature_gets_a_seat_for_each_member(
    context: AppContext,
    tmp_path: Path,
    state: str,
    role: str,
    layer: str,
    districts: tuple[str, ...],
    labels: tuple[str, ...],
) -> None:
    lay_districts(layer, {one: one for one in districts}, state=state)
    roster = write_yaml(tmp_path / "roster.yml", *seat_all(state, role, *labels))

    report = import_files(roster)

    assert report.held == len(labels)
    assert report.new_posts == max(len(labels), len(districts))
    assert not import_files(roster).changed


def test_twins_by_name_in_one_district_hold_two_seats(context: AppContext, tmp_path: Path) -> None:
    lay_districts("sldl", number(1), state="AZ")
    twins = [
        seat(one, "AZ", "lower", "1") | {"name": "Ada Example", "family_name": "Example"}
        for one in (1, 2)
    ]

    report = import_files(write_yaml(tmp_path / "az.yml", *twins))

    assert report.held == 2
    assert len(read_holders()) == 2


def test_a_governor_is_a_post_of_the_state(context: AppContext, tmp_path: Path) -> None:
    lay_districts("sldl", number(1), state="MA")
    people = [seat(1, "MA", "governor", None), seat(2, "MA", "lt_governor", None)]

    report = import_files(write_yaml(tmp_path / "ma.yml", *people))

    assert report.passed_over == 1
    assert read_holders() == {"state:ma governor-1": "Example1"}
    assert read_titles() == ["Governor of Massachusetts"]
    later = write_yaml(tmp_path / "ma.yml", seat(3, "MA", "governor", None))
    import_files(later)
    assert read_holders() == {"state:ma governor-1": "Example3"}


def test_a_seat_of_a_whole_state_by_hand_needs_a_title(context: AppContext, tmp_path: Path) -> None:
    lay_districts("sldu", number(1), state="PR")
    division = BY_CODE["PR"].division_id
    row = "{},upper,{},,a@pr.example,,,,Ada Example"
    header = f"{BODIES_HEADER},name"

    message = refuse(write_csv(tmp_path / "b.csv", header, [row.format(division, "")]))

    assert "a title of its own" in message
    titled = write_csv(tmp_path / "b.csv", header, [row.format(division, "Senator at Large")])
    assert import_files(titled).held == 1
