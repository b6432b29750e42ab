"""``petition campaigns list`` and ``show``: what is where, and what holds it."""

import json
from typing import Any

from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db, transaction
from petition.models import Campaign, DeliveryState
from tests.cli.runner import run
from tests.factories import make_campaign, make_district, make_signature
from tests.web.staff_world import STEP, make_delivery, set_state


def lay(app: Flask) -> int:
    """Lay a campaign with a letter that failed, one signer in review, and one that follows it."""
    delivery = make_delivery(app, send=False, slug="buses", title="Keep the buses")
    set_state(app, delivery, DeliveryState.FAILED, "550 at rcpt")
    with app.app_context(), transaction() as session:
        campaign = session.scalars(select(Campaign)).one()
        campaign.successor = "trains"
        reason = {"state": "review", "review_reason": "needs-address", "due_at": None}
        make_signature(session, campaign, **reason)
        make_district(session)
        make_campaign(session, slug="trains", state="draft", layers=["sldu"])
    return delivery


def show(app: Flask, slug: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(app, "campaigns", "show", slug, "--json").output)
    return found


def test_without_a_campaign_it_says_how_to_make_one(app: Flask) -> None:
    assert "petition campaigns create" in run(app, "campaigns", "list").output


def test_the_list_has_each_campaign_with_what_holds_it(app: Flask) -> None:
    lay(app)
    run(app, "campaigns", "pause", "buses", "--reason", "a wrong address")

    lines = run(app, "campaigns", "list").output.splitlines()
    found = json.loads(run(app, "campaigns", "list", "--json").output)["campaigns"]

    assert lines[1].split()[:6] == ["buses", "open", "county", f"{STEP + 1}", "1", "1"]
    assert "pause, 1 failed" in lines[1]
    assert lines[2].split() == ["trains", "draft", "sldu", "0", "0", "0"]
    assert [one["slug"] for one in found] == ["buses", "trains"]
    assert found[0]["paused"][0]["reason"] == "a wrong address"


def test_one_is_shown_with_its_posts_and_neighbors(app: Flask) -> None:
    lay(app)

    one, other = show(app, "buses"), show(app, "trains")

    assert (one["signers"], one["signatures"]) == (STEP + 1, {"review": 1, "counted": STEP})
    assert (one["hundreds"], one["letters"]) == (1, 1)
    assert one["deliveries"] == one["deliveries_stuck"] == {"failed": 1}
    assert one["posts"] == {"county": {"districts": 2, "posts": 1, "without_post": 1}}
    assert (one["takes_signatures"], other["takes_signatures"]) == (True, False)
    assert (one["successor"], other["follows"]) == ("trains", ["buses"])
    assert one["paused"] == [] and one["text_version"] == 1


def test_it_says_what_to_do_about_what_holds_it(app: Flask) -> None:
    lay(app)
    run(app, "pause", "--all")

    text, other = (run(app, "campaigns", "show", slug).output for slug in ("buses", "trains"))

    for command in (
        "petition resume --all",
        "petition deliveries list --campaign buses",
        "petition signatures review --campaign buses",
        "petition officials check",
    ):
        assert f"`{command}`" in text
    assert "can be changed" not in text and "can be changed" in other
    assert "No district of sldu is in force" in other
    assert run(app, "campaigns", "show", "no-such").exit_code == 1


def test_the_counts_of_one_are_of_no_other(app: Flask) -> None:
    lay(app)
    make_delivery(app, slug="parks")

    assert show(app, "parks")["deliveries"] == {"accepted": 1}
    assert show(app, "buses")["signers"] == STEP + 1
    with app.app_context():
        assert len(db.session.scalars(select(Campaign)).all()) == 3
