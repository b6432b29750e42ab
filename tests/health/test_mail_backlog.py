"""What a mail server refuses is seen wherever an operator looks, at once and until it is mended."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.health.findings import Fault
from petition.health.mail_backlog import find_code, read_mails, read_refusals
from petition.health.mail_lanes import LONGEST_WAITING, check_lanes
from petition.health.metrics import render_metrics
from petition.models import Mail, MailKind, MailLane, SignatureState
from petition.notifications.batches import send_batch
from petition.notifications.confirmations import mail_batch
from petition.notifications.requeueing import resume
from tests.cli.runner import run
from tests.factories import make_campaign, make_person, make_signature
from tests.mail.refusing import Refusing, refusing_server
from tests.notifications.conftest import Enter, enter
from tests.processes.rows import add_all
from tests.service import wait_until

__all__ = ["enter"]
SIGNERS = 7
REFUSED = "451 4.7.1 Try again later"


def sign_many(number: int) -> None:
    """Add so many people who wait for their confirmation, and a mail that nobody wants any more."""
    with transaction() as session:
        add_all(session)
        campaign = make_campaign(session, confirm_email=True)
        pending = {"state": SignatureState.PENDING, "confirmed_at": None}
        for index in range(number):
            person = make_person(email=f"ada{index}@people.example")
            make_signature(session, campaign, person=person, **pending)
        person = make_person(email="bo@people.example")
        signed = make_signature(session, campaign, person=person)
        now = utcnow()
        session.add(
            Mail(signature_id=signed.id, kind=MailKind.DELIVERED, created_at=now, due_at=now)
        )


def read_status(app: Flask) -> dict[str, object]:
    found = json.loads(run(app, "status", "--json").output)["mails"]
    assert isinstance(found, dict)
    return found


def scrape() -> dict[tuple[str, ...], float]:
    text = render_metrics().decode()
    assert "people.example" not in text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def has_fault(app: Flask) -> bool:
    return bool(app.test_client().get("/readyz").get_json()["parts"]["mail"] == "fault")


def test_refusals_show_everywhere_within_a_round_and_nowhere_once_mended(enter: Enter) -> None:
    handler = Refusing("rcpt", REFUSED)
    with refusing_server(handler) as address:
        app = enter(address)
        sign_many(SIGNERS)
        mail_batch()
        send_batch()

        kinds = read_status(app)["kinds"]
        text = run(app, "status").output
        with pytest.raises(Fault) as raised:
            check_lanes()
        figures = scrape()
        wait_until(lambda: has_fault(app), 60, "readyz to say so")

        assert isinstance(kinds, dict)
        waiting = kinds["confirmation"]["due"] + kinds["confirmation"]["retried"]
        assert (waiting, kinds["delivered"]["due"]) == (SIGNERS, 1)
        assert "451" in text and "confirmation 7, the oldest for" in " ".join(text.split())
        assert "451" in raised.value.found
        assert figures["hundredth_mail_refusals", "451", "signers"] >= 5
        told = [figures["hundredth_mails", "confirmation", state] for state in ("due", "retried")]
        assert sum(told) == SIGNERS

        handler.mend()
        resume("test")
        while mail_batch() or send_batch():
            pass

        assert len(handler.recipients) == SIGNERS
        assert check_lanes() == "0 waiting"
        assert read_status(app)["refusals"] == {}
        figures = scrape()
        assert not any(name == "hundredth_mail_refusals" for name, *_ in figures)
        assert figures["hundredth_mails", "confirmation", "due"] == 0
        assert figures["hundredth_mails", "confirmation", "retried"] == 0


def test_no_back_off_moves_how_long_a_confirmation_has_waited(
    enter: Enter, make_later: Callable[[timedelta], None]
) -> None:
    handler = Refusing("rcpt", REFUSED)
    with refusing_server(handler) as address:
        enter(address)
        sign_many(2)  # too few to stop the lane
        mail_batch()
        assert check_lanes().startswith("1 waiting, 2 refused")

        make_later(LONGEST_WAITING / 2)
        mail_batch()
        make_later(LONGEST_WAITING / 2 + timedelta(minutes=1))

        seconds = LONGEST_WAITING.total_seconds()
        assert read_mails(db.session()).kinds["confirmation"].oldest > seconds
        with pytest.raises(Fault, match="confirmations have waited for 21 minutes"):
            check_lanes()


def test_one_that_is_refused_while_others_are_taken_is_no_fault(
    enter: Enter, make_later: Callable[[timedelta], None]
) -> None:
    handler = Refusing("rcpt", REFUSED, only={"ada0@people.example"})
    with refusing_server(handler) as address:
        enter(address)
        sign_many(3)
        mail_batch()
        send_batch()
        make_later(LONGEST_WAITING)
        db.session.rollback()
        with transaction() as session:
            session.get_one(MailLane, "signers").refused_since = None

        figures = read_mails(db.session())

        assert figures.refused == 1
        assert figures.kinds["confirmation"].oldest >= LONGEST_WAITING.total_seconds()
        assert check_lanes() == "1 waiting, 1 refused"


def test_confirmations_that_nobody_sends_are_a_fault(
    enter: Enter, make_later: Callable[[timedelta], None]
) -> None:
    with refusing_server(Refusing()) as address:
        enter(address)
        sign_many(2)
        make_later(LONGEST_WAITING + timedelta(minutes=2))

        with pytest.raises(Fault, match="waited for 2. minutes; 2 due") as raised:
            check_lanes()

    assert "worker" in raised.value.remedy
    assert read_refusals(db.session()) == {"signers": {}, "letters": {}}


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        ("451 at rcpt", "451"),
        ("550 5.7.1 at mail", "550"),
        ("connect", "connect"),
        ("no answer at starttls", "starttls"),
        ("somebody@people.example", "other"),
        ("", "other"),
    ],
)
def test_a_code_is_one_of_few(cause: str, code: str) -> None:
    assert find_code(cause) == code
