"""``petition campaigns``: made what the file says, but for what people have signed."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from petition.campaigns.problem_codes import DefinitionProblem
from petition.cli.campaigns.problem_words import describe_problem
from petition.core.errors import Problem
from petition.core.extensions import db, transaction
from petition.letters.merge import MERGE_FIELDS
from petition.models import Campaign, Event
from tests.cli.runner import read_error, run
from tests.factories import make_signature

LEAST = """
slug = "library"
title = "Keep it open"
letter = "Please."
ask = "Please keep it open until nine."
organization = "Friends of Reading"
"""
MORE = """
summary = "Until nine."
recent_shown = 0
embed_origins = ["https://friends.example"]
closes_at = 2030-01-01T00:00:00Z
[guards]
proof_of_work = "always"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a campaign."""
    path = tmp_path / "campaign.toml"
    path.write_text(LEAST)
    return path


def read(app: Flask) -> Campaign:
    """Return the only campaign."""
    with app.app_context():
        return db.session.scalars(select(Campaign)).one()


SEVEN = """
slug = "library"
title = ""
letter = "Please, {{ nobody }}."
organization = "Friends of Reading"
organization_email = "friends"
language = "Klingon"
layers = [["county"]]
step = 1099511627776
bill_url = "https://[bad"
"""


def test_a_file_with_seven_faults_is_refused_in_seven_lines(app: Flask, file: Path) -> None:
    file.write_text(SEVEN)

    result = run(app, "campaigns", "create", str(file))

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "title: it is empty; fill it in, or leave the key out",
        "language: it must be one of en, es; the file has Klingon",
        "bill_url: it must be the address of a page, such as https://example.org/bill",
        "organization_email: it must be an e-mail address, such as hello@example.org, without a "
        "name next to it",
        "step: it must be from 10 to 1,000,000",
        "layers: it must be one of county, place, cousub, sldu, sldl, cd, state; the file has list",
        "letter: {{ nobody }} is not a merge field here; use one of these: "
        + ", ".join(sorted(MERGE_FIELDS)),
    ]
    with app.app_context():
        assert db.session.scalars(select(Campaign)).all() == []
        assert db.session.scalars(select(Event)).all() == []


def test_an_update_with_faults_is_refused_in_a_line_each(app: Flask, file: Path) -> None:
    run(app, "campaigns", "create", str(file))
    file.write_text(SEVEN + 'logo = "nobody"\n')

    result = run(app, "campaigns", "update", str(file))

    assert (result.exit_code, len(result.output.splitlines())) == (1, 8)
    assert read(app).title == "Keep it open"


def test_a_file_that_is_no_toml_is_refused_in_one_line(app: Flask, file: Path) -> None:
    file.write_text("slug = ")

    result = run(app, "campaigns", "create", str(file))

    assert result.exit_code == 1
    assert result.output.startswith("not a TOML file in UTF-8: ")
    assert len(result.output.splitlines()) == 1


def test_a_slug_that_is_taken_is_said(app: Flask, file: Path) -> None:
    run(app, "campaigns", "create", str(file))

    result = run(app, "campaigns", "create", str(file))

    assert result.exit_code == 1
    assert result.output == "slug: a campaign library already exists; choose another slug\n"


def test_what_a_file_says_stays_on_its_line_and_moves_no_cursor() -> None:
    problem = Problem(
        DefinitionProblem.NOT_ONE_OF, {"found": "c\nd\x07", "allowed": ["e"]}, "a\nb\x1b[2J"
    )

    line = describe_problem(problem)

    assert line == "a b[2J: it must be one of e; the file has c d"


def test_an_open_campaign_gets_other_guards_websites_and_words_beside_the_letter(
    app: Flask, file: Path
) -> None:
    run(app, "campaigns", "create", str(file))
    run(app, "campaigns", "open", "library")
    file.write_text(LEAST + MORE)

    tried = run(app, "campaigns", "update", str(file), "--dry-run")
    assert "Would change: closes_at, embed_origins, guards, recent_shown, summary." in tried.output
    assert read(app).guards == {}

    result = run(app, "campaigns", "update", str(file))

    assert result.exit_code == 0, result.output
    campaign = read(app)
    assert campaign.guards == {"proof_of_work": "always"}
    assert (campaign.embed_origins, campaign.recent_shown) == (["https://friends.example"], 0)
    assert campaign.state == "open"
    with app.app_context():
        events = db.session.scalars(select(Event.action)).all()
    assert events.count("campaign.updated") == 1
    assert "already matches the file" in run(app, "campaigns", "update", str(file)).output


def test_what_the_file_leaves_out_goes_back_to_its_default_but_for_the_successor(
    app: Flask, file: Path
) -> None:
    file.write_text(LEAST + MORE)
    run(app, "campaigns", "create", str(file))
    file.write_text(LEAST.replace("library", "parks"))
    run(app, "campaigns", "create", str(file))
    run(app, "campaigns", "follow", "library", "parks")
    file.write_text(LEAST)

    run(app, "campaigns", "update", str(file))

    with app.app_context():
        campaign = db.session.scalars(select(Campaign).where(Campaign.slug == "library")).one()
    assert (campaign.guards, campaign.embed_origins, campaign.recent_shown) == ({}, [], 10)
    assert (campaign.summary, campaign.closes_at, campaign.successor) == ("", None, "parks")


@pytest.mark.parametrize(
    "change",
    ['letter = "Please!"', 'title = "Close it"', "step = 50", 'layers = ["cd"]'],
)
def test_what_people_have_signed_stays(app: Flask, file: Path, change: str) -> None:
    run(app, "campaigns", "create", str(file))
    run(app, "campaigns", "open", "library")
    with app.app_context(), transaction() as session:
        make_signature(session, session.scalars(select(Campaign)).one())
    name = change.partition(" ")[0]
    kept = [line for line in LEAST.splitlines() if not line.startswith(f"{name} =")]
    file.write_text("\n".join([*kept, change, 'summary = "New."']))

    result = run(app, "campaigns", "update", str(file))

    assert result.exit_code == 1
    assert result.output.startswith(f"{name}: people have already signed this text")
    assert read(app).summary == ""


def test_a_draft_may_change_in_all_but_its_name(app: Flask, file: Path) -> None:
    run(app, "campaigns", "create", str(file))
    file.write_text(LEAST.replace("Please.", "Please, until nine.") + "step = 50\n")

    assert run(app, "campaigns", "update", str(file)).exit_code == 0
    assert (read(app).letter, read(app).step) == ("Please, until nine.", 50)

    file.write_text(LEAST.replace("library", "nowhere"))
    result = run(app, "campaigns", "update", str(file))
    assert result.exit_code == 1
    assert "There is no campaign 'nowhere'" in read_error(result)
