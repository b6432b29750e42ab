"""``petition mail`` and what status, doctor, readiness and metrics say of a lane that stopped."""

import json
from datetime import timedelta

from flask import Flask

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.health.metrics import render_metrics
from petition.models import (
    Attempt,
    Delivery,
    DeliveryState,
    Event,
    MailLane,
    RefusedMail,
    SignatureState,
)
from tests.cli.runner import run
from tests.delivery.conftest import build_ready
from tests.factories import make_campaign, make_district, make_signature

CAUSE = "550 5.7.1 at mail"


def stop(app: Flask, minutes: int = 5, stopped: bool = True) -> None:
    """Have a lane that is refused since some minutes ago, with one mail that was given up."""
    since = utcnow() - timedelta(minutes=minutes)
    with app.app_context(), transaction() as session:
        make_district(session)
        signature = make_signature(
            session,
            make_campaign(session, confirm_email=True),
            state=SignatureState.PENDING,
            confirmed_at=None,
            attempt=10,
            mailed_at=since,
            due_at=utcnow() + timedelta(days=13),
        )
        session.add(
            MailLane(
                name="signers",
                refused_since=since,
                cause=CAUSE,
                stopped_at=since if stopped else None,
                probe_at=utcnow() if stopped else None,
            )
        )
        session.add(
            RefusedMail(
                signature_id=signature.id,
                mail_id=0,
                attempt=10,
                times=10,
                cause=CAUSE,
                first_at=since,
                last_at=since,
            )
        )


def find_mails(app: Flask, check: str = "mails") -> dict[str, object]:
    findings = json.loads(run(app, "doctor", "--json").output)
    (found,) = (finding for finding in findings if finding["name"] == check)
    return dict(found)


def test_a_stopped_lane_is_said_everywhere_with_its_cause_and_no_address(app: Flask) -> None:
    stop(app)

    finding = find_mails(app)
    status = run(app, "status").output
    told = json.loads(run(app, "status", "--json").output)["mails"]
    shown = run(app, "mail", "status").output
    lines = run(app, "mail", "status", "--json").output.splitlines()
    as_json = json.loads(lines[0])
    client = app.test_client()
    ready = client.get("/readyz").get_json()
    with app.app_context():
        metrics = render_metrics().decode()

    assert not finding["ok"]
    assert "it refuses our sender or this host (550 5.7.1 at mail)" in str(finding["found"])
    assert "petition mail resume" in str(finding["remedy"])
    assert CAUSE in " ".join(status.split()) and "petition mail resume" in status
    assert (told["stopped"], told["cause"], told["refused"]) == (True, CAUSE, 1)
    assert "Stopped since" in shown and CAUSE in shown
    assert as_json["lane"] == "signers" and as_json["stopped"] is True
    assert (ready["status"], ready["parts"]["mail"]) == ("degraded", "fault")
    assert 'hundredth_mail_lane_stopped{lane="signers"} 1.0' in metrics
    assert "hundredth_mails_refused 1.0" in metrics
    assert "@" not in shown + str(finding)


def test_mails_of_which_none_was_taken_for_an_hour_are_a_fault(app: Flask) -> None:
    stop(app, minutes=61, stopped=False)

    finding = find_mails(app)

    assert not finding["ok"]
    assert "none has been accepted since" in str(finding["found"])


def test_a_refusal_a_moment_ago_is_none(app: Flask) -> None:
    stop(app, stopped=False)

    finding = find_mails(app)

    assert finding["ok"]
    assert finding["found"] == "0 waiting, 1 refused"


def test_resume_opens_the_lane_and_makes_due_who_was_given_up(app: Flask) -> None:
    stop(app)

    first = run(app, "mail", "resume")
    again = run(app, "mail", "resume")

    assert first.exit_code == again.exit_code == 0
    assert "1 that was refused will be sent again" in first.output
    assert "E-mails to signers resume" in again.output
    assert find_mails(app)["ok"]
    with app.app_context():
        opened = db.session.query(Event).filter_by(action="mail_lane.opened").all()
        assert [(event.actor, event.detail["cause"]) for event in opened] == [("cli", CAUSE)]


def stop_letters(app: Flask) -> int:
    """Have the lane of letters stopped since five minutes ago, with one letter that was refused."""
    since = utcnow() - timedelta(minutes=5)
    with app.app_context():
        delivery_id = build_ready("email").delivery_id
        with transaction() as session:
            row = session.get_one(Delivery, delivery_id)
            row.state, row.attempt = DeliveryState.SENDING, 1
            session.flush()
            row.state, row.reason, row.due_at = DeliveryState.RETRY_WAIT, CAUSE, since
            session.add(
                Attempt(
                    delivery_id=delivery_id,
                    number=1,
                    started_at=since,
                    ended_at=since,
                    outcome="retry_wait",
                    detail=CAUSE,
                    about="ours",
                    spent=False,
                )
            )
            session.add(
                MailLane(
                    name="letters",
                    refused_since=since,
                    cause=CAUSE,
                    stopped_at=since,
                    probe_at=utcnow(),
                )
            )
    return delivery_id


def test_a_stopped_lane_of_letters_is_said_everywhere_with_its_cause(app: Flask) -> None:
    stop_letters(app)

    finding = find_mails(app, "letters")
    status = " ".join(run(app, "status").output.split())
    told = json.loads(run(app, "status", "--json").output)["letter_mails"]
    shown = run(app, "mail", "status").output
    lines = run(app, "mail", "status", "--json").output.splitlines()
    client = app.test_client()
    ready = client.get("/readyz").get_json()
    with app.app_context():
        metrics = render_metrics().decode()

    assert not finding["ok"] and find_mails(app)["ok"]
    assert "it refuses our sender or this host (550 5.7.1 at mail)" in str(finding["found"])
    assert "petition mail resume letters" in str(finding["remedy"])
    assert CAUSE in status and "petition mail resume letters" in status
    assert (told["stopped"], told["cause"], told["waiting"], told["refused"]) == (True, CAUSE, 1, 1)
    assert (
        "Letters by e-mail: 1 waiting, 1 refused and not sent since." in shown
        and "Stopped since" in shown
    )
    assert [json.loads(line)["lane"] for line in lines] == [
        "signers",
        "letters",
        "relay",
    ]
    assert (ready["status"], ready["parts"]["mail"]) == ("degraded", "fault")
    assert 'hundredth_mail_lane_stopped{lane="letters"} 1.0' in metrics
    assert 'hundredth_mail_lane_stopped{lane="signers"} 0.0' in metrics
    assert "hundredth_letters_refused 1.0" in metrics


def test_resume_of_one_lane_leaves_the_other(app: Flask) -> None:
    stop(app)
    stop_letters(app)

    letters = run(app, "mail", "resume", "letters")

    assert letters.exit_code == 0 and "signers" not in letters.output
    assert "Letters by e-mail resume" in letters.output
    assert find_mails(app, "letters")["ok"] and not find_mails(app)["ok"]
    assert "signers resume" in run(app, "mail", "resume", "signers").output
    assert find_mails(app)["ok"]
