"""``petition pause`` and ``resume``, and what status, doctor and metrics say meanwhile."""

import json

from flask import Flask

from petition.core.extensions import db, transaction
from petition.health.metrics import render_metrics
from petition.models import Campaign
from tests.cli.runner import run
from tests.factories import make_campaign


def add_campaign(app: Flask) -> str:
    with app.app_context(), transaction() as session:
        slug: str = make_campaign(session).slug
    return slug


def read_finding(app: Flask) -> dict[str, object]:
    found = json.loads(run(app, "doctor", "--json").output)
    finding: dict[str, object] = next(one for one in found if one["name"] == "pauses")
    return finding


def test_all_letters_are_stopped_and_go_again(app: Flask) -> None:
    slug = add_campaign(app)

    stopped = run(app, "pause", "--all", "--reason", "a wrong bill number")
    again = run(app, "pause", "--all")
    run(app, "campaigns", "pause", slug)
    finding = read_finding(app)
    status = run(app, "status").output
    told = json.loads(run(app, "status", "--json").output)["paused"]
    with app.app_context():
        metrics = render_metrics().decode()
        db.session.rollback()

    assert stopped.output.startswith(
        "Letters of all campaigns are stopped. Start them again with `petition resume --all`."
    )
    assert again.output.startswith("Letters of all campaigns were already stopped")
    assert finding["ok"] is False
    assert "a wrong bill number" in str(finding["found"])
    assert "petition resume --all" in " ".join(status.split())
    assert [pause["campaign"] for pause in told] == [None, slug]
    assert "hundredth_pauses 2.0" in metrics

    resumed = run(app, "resume", "--all")
    assert resumed.output.startswith(
        "Letters of all campaigns are being made and sent again.\nStill stopped, since"
    )
    assert slug in resumed.output
    assert (
        run(app, "campaigns", "resume", slug).output
        == f"Letters of {slug} are being made and sent again.\n"
    )
    assert run(app, "campaigns", "resume", slug).output == f"Letters of {slug} were not stopped.\n"
    assert read_finding(app)["ok"] is True


def test_who_forgets_all_or_names_no_campaign_is_told(app: Flask) -> None:
    add_campaign(app)

    forgotten = run(app, "pause")
    unknown = run(app, "campaigns", "pause", "nowhere")

    assert forgotten.exit_code != 0
    assert unknown.exit_code == 1
    with app.app_context():
        assert db.session.query(Campaign).count() == 1
