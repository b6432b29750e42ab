"""``petition officials correct`` and ``corrections``: shown, asked for, listed, taken back."""

import json
from pathlib import Path

import pytest
from flask import Flask

from tests.cli.runner import run
from tests.officials.corrected import import_mayor, read_email
from tests.officials.world import lay_districts

SAID = (
    "officials", "correct", "place:boston", "--email", "mayor@city.example",
    "--because", "phoned the clerk 11-20", "--by", "ada",
)  # fmt: skip


@pytest.fixture
def mayor(app: Flask, tmp_path: Path) -> None:
    """Boston's mayor, without an e-mail address."""
    with app.app_context():
        lay_districts("cousub", {"boston": "Boston", "lynn": "Lynn"}, kind="place")
        import_mayor(tmp_path, 7)


def read(app: Flask) -> str | None:
    with app.app_context():
        return read_email()


def test_what_would_be_corrected_is_shown_and_asked_for(app: Flask, mayor: None) -> None:
    shown = "e-mail of Ada B. Example7: mayor@city.example (the roster says none)"

    tried = run(app, *SAID, "--dry-run")
    refused = run(app, *SAID, typed="n\n")

    assert shown in tried.output and "Nothing was stored." in tried.output
    assert shown in refused.output and refused.exit_code == 1
    assert read(app) is None
    assert run(app, *SAID, typed="y\n").exit_code == 0
    assert read(app) == "mayor@city.example"


def test_the_list_has_who_when_why_and_what_the_roster_says(app: Flask, mayor: None) -> None:
    assert "No corrections" in run(app, "officials", "corrections").output
    run(app, *SAID, "--yes")

    result = run(app, "officials", "corrections")
    [told] = json.loads(run(app, "officials", "corrections", "--json").output)

    assert "Mayor of Boston (number 2), e-mail of Ada B. Example7" in result.output
    assert "roster:  none (stands: the roster has not changed)" in result.output
    assert "UTC by ada, petition officials correct: phoned the clerk 11-20" in result.output
    assert (told["agreement"], told["made_by"], told["roster_says"]) == ("stands", "ada", None)


def test_a_correction_is_taken_back(app: Flask, mayor: None) -> None:
    run(app, *SAID, "--yes")
    back = ("officials", "correct", "place:boston", "--withdraw", "--because", "wrong number")

    assert "Nothing was withdrawn." in run(app, *back, "--dry-run").output
    assert run(app, *back, "--only", "holder", "--yes").exit_code == 1
    assert "Withdrawn: 1." in run(app, *back, "--yes").output
    assert read(app) is None


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("--because why", 2),
        ("--email a@b.example", 2),
        ("--email a@b.example --withdraw --because why", 2),
        ("--email a@b.example --no-email --because why", 2),
        ("--holder Ada --vacant --because why", 2),
        ("--vacant --only email --because why", 2),
        ("--vacant --for-post --because why", 2),
        ("--email a@b.example --family-name Wu --because why", 2),
        ("--withdraw --until 2099-01-01 --because why", 2),
        ("--email a@b --because why", 1),
        ("--office MA --because why", 1),
        ("--holder -- --because why", 1),
    ],
)
def test_what_is_typed_wrong_or_is_no_address_is_refused(
    app: Flask, mayor: None, typed: str, code: int
) -> None:
    assert (
        run(app, "officials", "correct", "place:boston", *typed.split(), "--yes").exit_code == code
    )
    assert "No corrections" in run(app, "officials", "corrections").output


def test_an_import_tells_for_people_and_programs_what_stands_against_it(
    app: Flask, mayor: None, tmp_path: Path
) -> None:
    run(app, *SAID, "--yes")
    with app.app_context():
        import_mayor(tmp_path, 7, "wu@city.example")
    roster = str(tmp_path / "mayors.yml")

    result = run(app, "officials", "import", roster)
    told = json.loads(run(app, "officials", "import", roster, "--json").output)

    assert (
        "Corrections by hand: 1 kept; the roster differs from 1 of those in use." in result.output
    )
    assert "mayor@city.example by hand (phoned the clerk 11-20)" in result.output
    assert "the roster says wu@city.example, which is new" in result.output
    assert told["corrections"][0]["agreement"] == "changed"
    assert told["released"] == 0


def test_a_file_of_corrections_says_what_it_corrects(
    app: Flask, mayor: None, tmp_path: Path
) -> None:
    file = tmp_path / "by-hand.csv"
    file.write_text(
        "division_id,role,title,salutation,email,address,voice,fax,name\n"
        "ocd-division/country:us/state:ma/place:boston,mayor,,,m@city.example,,,,Ada B. Example7\n"
    )
    command = ("officials", "import", str(file), "--as-correction")

    assert "Would correct: 1." in run(app, *command, "--dry-run").output
    assert json.loads(run(app, *command, "--json").output)["corrected"][0]["value"] == (
        "m@city.example"
    )
    assert "all of it is already there" in run(app, *command).output
    assert read(app) == "m@city.example"
    assert run(app, *command, "--complete").exit_code == 2
