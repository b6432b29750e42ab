"""How the mails to signers stand: each finding, with what is to be done about it."""

from datetime import timedelta
from typing import Any

import pytest
from flask.ctx import AppContext

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.health.findings import Fault
from petition.health.mail_lanes import (
    LONGEST_REFUSING,
    RESUME,
    check_lanes,
    describe_cause,
    describe_mailing,
    read_mailing,
)
from petition.models import MailLane, RefusedMail, SignatureState
from tests.factories import make_campaign, make_signature

CAUSE = "550 5.7.1 mail"


def write_lane(**changes: Any) -> None:
    with transaction() as session:
        session.add(MailLane(**({"name": "signers", "cause": CAUSE} | changes)))


def add_pending(**changes: Any) -> int:
    """Add a signature whose confirmation is due."""
    with transaction() as session:
        values = {"state": SignatureState.PENDING, "confirmed_at": None} | changes
        campaign = make_campaign(session, confirm_email=True)
        return make_signature(session, campaign, **values).id


def read_fault() -> Fault:
    with pytest.raises(Fault) as raised:
        check_lanes()
    return raised.value


def test_nothing_was_ever_refused(context: AppContext) -> None:
    assert check_lanes() == "0 waiting"


def test_mails_that_are_due_wait_and_that_is_no_fault(context: AppContext) -> None:
    add_pending()
    add_pending(due_at=utcnow() + timedelta(days=1))

    assert check_lanes() == "1 waiting"


def test_some_were_refused_and_others_taken(context: AppContext) -> None:
    signature_id = add_pending(mailed_at=utcnow())
    with transaction() as session:
        refused = {"mail_id": 0, "attempt": 1, "times": 1, "cause": CAUSE}
        moments = {"first_at": utcnow(), "last_at": utcnow()}
        session.add(RefusedMail(signature_id=signature_id, **refused, **moments))

    assert check_lanes() == "0 waiting, 1 refused"


def test_a_stopped_lane_is_a_fault_at_once(context: AppContext) -> None:
    now = utcnow()
    write_lane(refused_since=now, stopped_at=now, probe_at=now)
    add_pending()

    fault = read_fault()

    said = (
        f"stopped since {now:%Y-%m-%d %H:%M} UTC, 1 waiting: the mail server says that it refuses"
    )
    assert fault.found.startswith(said)
    assert fault.remedy == RESUME.format("")


def test_refusals_are_a_fault_after_an_hour_and_not_before(context: AppContext) -> None:
    write_lane(refused_since=utcnow() - LONGEST_REFUSING + timedelta(minutes=5))
    assert check_lanes() == "0 waiting"

    with transaction() as session:
        lane = session.get_one(MailLane, "signers")
        lane.refused_since = utcnow() - LONGEST_REFUSING - timedelta(minutes=1)

    assert read_fault().found.startswith("none has been accepted since")


def test_an_opened_lane_is_none(context: AppContext) -> None:
    now = utcnow()
    write_lane(refused_since=None, cause=None, stopped_at=now, opened_at=now)

    assert check_lanes() == "0 waiting"


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("connect", "no connection to it can be made"),
        ("500 helo", "it refuses this host"),
        ("550 5.7.1 ehlo", "it refuses this host"),
        ("starttls", "TLS with it fails"),
        ("535 5.7.8 auth", "it refuses our user or password"),
        ("550 5.7.1 mail", "it refuses our sender or this host"),
        ("550 rcpt", "it refuses every recipient"),
        ("554 data", "it refuses the content"),
        ("554 body", "it refuses the content"),
        ("answer", "it refuses the content"),
        ("odd", "it accepts none"),
    ],
)
def test_a_cause_is_said_in_words_with_its_code(cause: str, words: str) -> None:
    assert describe_cause(cause) == f"{words} ({cause})"


def test_a_program_reads_the_same_figures(context: AppContext) -> None:
    now = utcnow()
    write_lane(refused_since=now, stopped_at=now, probe_at=now + timedelta(minutes=1))

    found = describe_mailing(read_mailing(db.session()))

    assert (found["stopped"], found["cause"]) == (True, CAUSE)
    assert found["stopped_at"] == now.isoformat()
    assert found["next_try"] == (now + timedelta(minutes=1)).isoformat()
