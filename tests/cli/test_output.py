"""Tables in a terminal of 100 and of 80 columns: long words fold, and numbers are whole."""

import json
from datetime import timedelta

import click
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import Campaign, Candidate, Delivery, District, Milestone
from tests.cli.runner import run
from tests.factories import make_campaign, make_district, make_post, make_signature, make_tally

SLUG = "keep-the-eighty-three-running-through-north-cambridge-and-somerville"
TITLE = "Keep the 83 running through North Cambridge, Somerville and all of the Mystic Valley"
NAMES = [
    "Barnstable, Dukes, Nantucket and the Islands Senatorial District",
    "Norfolk, Worcester and Middlesex Senatorial District",
    "Hampden, Hampshire and Worcester Senatorial District",
    "Berkshire, Hampden, Franklin and Hampshire Senatorial District",
]
POST = "State Senator, Berkshire, Hampden, Franklin and Hampshire Senatorial District"
REASON = "451 4.7.1 at recpt, greylisted by the office's server again"
NUMBER = 2_147_000_000
STEP = 1_234_500


@pytest.fixture(params=[100, 80])
def columns(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """A terminal of so many columns."""
    width = int(request.param)
    for name, value in {"FORCE_COLOR": "1", "NO_COLOR": "1", "COLUMNS": str(width)}.items():
        monkeypatch.setenv(name, value)
    return width


@pytest.fixture
def long(app: Flask) -> Flask:
    """An app whose rows have long names and large numbers."""
    now = utcnow()
    with app.app_context(), transaction() as session:
        campaign = make_campaign(
            session, slug=SLUG, title=TITLE, layers=["sldu", "cousub"], step=STEP
        )
        districts = [make_district(session, name=name, layer="sldu") for name in NAMES]
        signature = make_signature(
            session,
            campaign,
            id=NUMBER,
            state="review",
            review_reason="moved-after-letter",
            due_at=None,
            created_at=now - timedelta(days=364, hours=23),
        )
        other = make_signature(
            session,
            campaign,
            id=NUMBER + 1,
            state="review",
            review_reason="ambiguous-address",
            due_at=None,
            created_at=now - timedelta(minutes=40),
        )
        session.add_all(
            Candidate(signature_id=one.id, district_id=district.id)
            for one in (signature, other)
            for district in districts
        )
        hold(session, campaign, districts[-1])
    return app


def hold(session: Session, campaign: Campaign, district: District) -> None:
    """Store a delivery that is held, of a large number."""
    make_tally(session, campaign, district, STEP, 1)
    post = make_post(session, district, title=POST)
    session.add(
        Delivery(
            id=NUMBER,
            milestone_id=session.scalars(select(Milestone.id)).one(),
            post_id=post.id,
            channel="outbox",
            state="held",
            message_id="<1@petition.example>",
            reason=REASON,
            created_at=utcnow() - timedelta(days=120),
        )
    )


def draw(app: Flask, columns: int, *command: str) -> str:
    """Return what a command prints, of which no line is too long and nothing left out."""
    result = run(app, *command)
    assert result.exit_code == 0, result.output
    output = click.unstyle(result.output)
    assert max(map(len, output.splitlines())) <= columns
    assert "…" not in output
    return output


def has_row(output: str, *cells: str) -> bool:
    """Return whether one line has all these whole, in their order."""
    words = [line.split() for line in output.splitlines()]
    return any([word for word in line if word in cells] == list(cells) for line in words)


def test_a_signature_in_review_is_whole(long: Flask, columns: int) -> None:
    output = draw(long, columns, "signatures", "review")

    assert has_row(output, str(NUMBER), "moved-after-letter", "364")
    assert has_row(output, str(NUMBER + 1), "ambiguous-address", "40")
    assert "364 d " in output and "40 min " in output
    assert output.index("1 ambiguous-address") < output.index("No.")  # the counts stand on top
    for word in "Barnstable, Dukes, Nantucket and the Islands Senatorial District more".split():
        assert word in output
    if columns == 100:
        assert len(output.splitlines()) < 30


def test_review_is_narrowed_by_campaign_and_reason(long: Flask) -> None:
    with long.app_context(), transaction() as session:
        make_campaign(session, slug="quiet")

    only = run(long, "signatures", "review", "--campaign", SLUG, "--reason", "ambiguous-address")
    none = run(long, "signatures", "review", "--campaign", "quiet")
    lost = run(long, "signatures", "review", "--campaign", "no-such")
    found = json.loads(run(long, "signatures", "review", "--campaign", SLUG, "--json").output)

    assert str(NUMBER + 1) in only.output and f"{NUMBER} " not in only.output
    assert "No signature is in review" in none.output
    assert lost.exit_code == 1
    assert found["counts"] == {"ambiguous-address": 1, "moved-after-letter": 1}
    assert [one["campaign"] for one in found["signatures"]] == [SLUG, SLUG]


def test_a_delivery_is_whole(long: Flask, columns: int) -> None:
    output = draw(long, columns, "deliveries", "list")

    assert has_row(output, str(NUMBER), "held", "120", "outbox", "0")
    for word in "Berkshire, Hampden, Franklin greylisted".split():
        assert word in output


def test_the_other_tables_fit(long: Flask, columns: int) -> None:
    site = "https://riders-of-the-eighty-three.example/who-we-are/and-what-we-do"
    name = "Riders of the 83 in North Cambridge and Somerville, Incorporated"
    options = ("--name", name, "--url", site, "--locality", "Cambridge")
    run(long, "partners", "create", "riders-of-the-eighty-three", *options)

    assert has_row(draw(long, columns, "milestones", "list"), "cleared", "1,234,500")
    assert has_row(draw(long, columns, "campaigns", "list"), "open", "2", "1", "0", "1")
    assert has_row(draw(long, columns, "status"), "open", "2", "1")
    assert "sldu" in draw(long, columns, "officials", "check")
    assert "PETITION_KEEP_MAIL_FILES_DAYS" in draw(long, columns, "retention", "show")
    assert "active" in draw(long, columns, "districts", "list")
    assert "Cambridge" in draw(long, columns, "partners", "list")


def test_a_pipe_gets_each_row_as_one_line(long: Flask) -> None:
    lines = run(long, "deliveries", "list").output.splitlines()

    assert [POST in line and REASON in line for line in lines].count(True) == 1
