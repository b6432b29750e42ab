"""Whom a campaign's letters reach by the channel, told before anybody signs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.ctx import AppContext

from petition.core.extensions import transaction
from petition.models import CampaignState
from petition.officials.checks.check_report import LayerCount
from petition.officials.checks.post_checks import check_officials
from tests.cli.runner import run
from tests.factories import make_campaign
from tests.officials.corrected import BOSTON, EMAIL, HOLDER, import_mayor, say
from tests.officials.world import (
    BODIES_HEADER,
    MA,
    describe,
    describe_mayor,
    describe_member,
    import_files,
    lay_districts,
    write_csv,
    write_yaml,
)


def lay_places(folder: Path) -> None:
    """Five towns: one reached, and one each with a form, on paper, vacant, and without a post."""
    towns = {name: name.title() for name in ("boston", "lynn", "salem", "lowell", "quincy")}
    lay_districts("cousub", towns, kind="place")
    form = describe_mayor(1, "lynn") | {"email": "https://lynn.example/contact?to=mayor"}
    ended = describe_mayor(3, "quincy", end_date="2020-01-01")
    paper = describe_mayor(2, "salem") | {"email": ""}
    import_files(
        write_yaml(folder / "m.yml", describe_mayor(7, "boston"), form, paper, ended),
    )


def make_letter(**changes: Any) -> None:
    with transaction() as session:
        make_campaign(session, **{"slug": "library", "layers": ["cousub"], **changes})


@pytest.fixture
def mailing(make_app: Callable[..., Flask]) -> Flask:
    """The service, whose letters go by e-mail."""
    return make_app(PETITION_CHANNEL="email", PETITION_SMTP_URL="smtp://127.0.0.1:9")


def test_who_cannot_be_reached_is_told_by_reason(context: AppContext, tmp_path: Path) -> None:
    lay_places(tmp_path)
    make_letter()

    found = check_officials(campaign="library")

    assert [(one.post, one.holder, one.reason) for one in found.unreached] == [
        ("Mayor of Lynn", "Ada B. Example1", "only a web form"),
        ("Mayor of Quincy", None, "term ended"),
        ("Mayor of Salem", "Ada B. Example2", "only on paper"),
    ]
    count = LayerCount(5 - 1, 3, 0, 1, 2, web_form=1, paper=1, without_post=1)
    assert found.counts == {"cousub": count}
    assert found.needs_action
    # A folder takes letters of whoever is there.
    assert [one.reason for one in check_officials(needs_email=False).unreached] == ["term ended"]


def test_a_campaign_is_told_of_the_posts_that_it_writes_to_alone(
    context: AppContext, tmp_path: Path
) -> None:
    lay_places(tmp_path)
    lay_districts("sldu", {"1st_essex": "First Essex District"})
    council = f"{MA}/place:boston,council,City Council,Dear Councilors,,,,"
    import_files(write_csv(tmp_path / "bodies.csv", BODIES_HEADER, [council]))
    import_files(write_yaml(tmp_path / "ma.yml", describe(11, "First Essex")))
    make_letter(recipients={"cousub": ["council"]}, layers=["cousub", "cd"])

    found = check_officials(campaign="library")

    assert [(one.post, one.reason) for one in found.unreached] == [("City Council", "no e-mail")]
    assert found.empty == ["cd"]
    assert found.counts == {
        "cousub": LayerCount(posts=1, held=1, unreachable=1, no_address=1, without_post=4)
    }


def test_the_only_chamber_of_a_state_answers_for_the_lower_one(context: AppContext) -> None:
    lay_districts("sldu", {"1": "Legislative District 1"}, state="NE")
    make_letter(layers=["sldl"])

    found = check_officials(campaign="library")

    assert (found.empty, found.counts) == ([], {"sldu": LayerCount(without_post=1)})


def test_a_correction_reaches_whom_no_roster_does_and_may_say_that_nobody_is_there(
    context: AppContext, tmp_path: Path
) -> None:
    lay_places(tmp_path)
    say({EMAIL: "mayor@lynn.example"}, "Mayor of Lynn")
    say({HOLDER: "Grace New", EMAIL: "new@quincy.example"}, "Mayor of Quincy")
    say({HOLDER: None}, BOSTON)

    found = check_officials()

    assert [(one.post, one.reason) for one in found.unreached] == [
        ("Mayor of Boston", "vacant"),
        ("Mayor of Salem", "only on paper"),
    ]


def test_members_of_congress_have_web_forms(context: AppContext, tmp_path: Path) -> None:
    lay_districts("cd", {"1": "First", "2": "Second"})
    page = "https://example1.house.example/contact"
    members = [
        describe_member("A1", district=1, contact_form=page),
        describe_member("A2", district=2, contact_form="not a page"),
    ]
    file = write_yaml(tmp_path / "congress.yaml", members)
    import_files(file)

    assert not import_files(file).changed
    assert check_officials().counts == {
        "cd": LayerCount(posts=2, held=2, unreachable=2, web_form=1, paper=1)
    }


def test_a_check_ends_with_what_to_do_and_exit_code_1(mailing: Flask, tmp_path: Path) -> None:
    with mailing.app_context():
        lay_places(tmp_path)
        make_letter()

    result = run(mailing, "officials", "check", "--campaign", "library")
    told = json.loads(run(mailing, "officials", "check", "--json").output)

    assert result.exit_code == 1
    assert (
        "library writes to 4 posts; email reaches 1; not reached: 1 only a web form, "
        "1 only on paper, 1 term ended; 1 district has no post." in result.output
    )
    assert (
        "1 only on paper: find an e-mail address and enter it with `petition officials correct"
        in result.output
    )
    assert "1 without a post: add them with `petition officials import FILE`." in result.output
    assert (told["channel"], told["ok"], len(told["unreached"])) == ("email", False, 3)
    assert run(mailing, "officials", "check", "--campaign", "nothing").exit_code == 1


def test_opening_a_campaign_warns_and_does_not_forbid(mailing: Flask, tmp_path: Path) -> None:
    with mailing.app_context():
        lay_places(tmp_path)
        make_letter(state=CampaignState.DRAFT, ask="Please act.")

    result = run(mailing, "campaigns", "open", "library")

    assert result.exit_code == 0
    assert "email reaches 1; not reached: 1 only a web form" in result.output
    assert "List them with `petition officials check --campaign library`." in result.output
    assert result.output.endswith("library is open.\n")


def test_a_campaign_whose_layers_have_no_district_writes_to_nobody(mailing: Flask) -> None:
    with mailing.app_context():
        make_letter()

    result = run(mailing, "officials", "check", "--campaign", "library")

    assert (result.exit_code, result.output) == (
        1,
        "library has no one to write to yet: no district is in force in cousub.\n"
        "No district is in force in cousub: run `petition districts import`, then `activate`.\n",
    )


def test_a_vacant_seat_alone_is_no_fault_and_news_of_a_roster_is_one_of_doctor(
    mailing: Flask, tmp_path: Path
) -> None:
    with mailing.app_context():
        lay_districts("cousub", {"boston": "Boston", "lynn": "Lynn"}, kind="place")
        import_mayor(tmp_path, 7)
        say({EMAIL: "mayor@city.example"})
    assert run(mailing, "officials", "check").exit_code == 0
    assert read_finding(mailing) == {"ok": True, "found": "1 by hand, none with a changed roster"}

    with mailing.app_context():
        import_mayor(tmp_path, 7, "wu@city.example")

    result = run(mailing, "officials", "check")
    assert result.exit_code == 0
    assert "corrected: changed" in result.output and "which is new" in result.output
    assert read_finding(mailing) == {
        "ok": False,
        "found": "the rosters have changed for 1 correction by hand, the first for Mayor of Boston",
    }
    with mailing.app_context():
        import_mayor(tmp_path, None)
    assert run(mailing, "officials", "check").exit_code == 0


def read_finding(app: Flask) -> dict[str, object]:
    found = json.loads(run(app, "doctor", "--json").output)
    finding = next(one for one in found if one["name"] == "corrections")
    return {key: finding[key] for key in ("ok", "found")}
