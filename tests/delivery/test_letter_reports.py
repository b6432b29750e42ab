"""Reports about letters: asked for where it is offered, believed by their ids, and in any order."""

from collections.abc import Callable
from itertools import permutations

import pytest
from flask import Flask

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.delivery.letter_reports import note_letter_report
from petition.delivery.log.delivery_log import get_delivery, read_log
from petition.delivery.send import deliver
from petition.mail.letter_ids import make_envelope_id, read_envelope_id
from petition.mail.reports import read_report
from petition.models import Attempt, Delivery, DeliveryState
from petition.web.staff.deliveries.report_words import tell_bounced
from tests.delivery.conftest import Ready, build_ready, get_row
from tests.delivery.letter_reports import make_notice, make_proved
from tests.mail.notice_servers import NoticeServer, refuse_parameters
from tests.mail.reports import make_complaint
from tests.mail.servers import Answers, polite_server

pytestmark = pytest.mark.usefixtures("full_listening")

Enter = Callable[..., Flask]


def enter_with(enter: Enter, address: str) -> None:
    enter(
        PETITION_CHANNEL="email",
        PETITION_SMTP_URL=f"smtp://{address}?timeout=10",
        PETITION_RETRY_BASE_SECONDS="0.01",
    )


@pytest.fixture
def sent(enter: Enter) -> Ready:
    """A letter that was accepted at its first attempt."""
    with polite_server(Answers()) as address:
        enter_with(enter, address)
        ready = build_ready("email")
        assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED
    return ready


def note(content: bytes) -> int | None:
    return note_letter_report(read_report(content))


def read_attempt(delivery_id: int, number: int = 1) -> Attempt:
    db.session.expire_all()
    return db.session.get_one(Attempt, (delivery_id, number))


def set_state(delivery_id: int, state: DeliveryState, attempt: int = 1) -> None:
    """Put a delivery into a state, by the changes that lead there."""
    with transaction() as session:
        delivery = session.get_one(Delivery, delivery_id)
        for new in {
            DeliveryState.UNKNOWN: ("bounced", "retry_wait", "sending", "unknown"),
            DeliveryState.ACCEPTED: ("bounced", "retry_wait", "sending", "accepted"),
        }[state]:
            if new == "sending":
                delivery.attempt = attempt
                session.add(Attempt(delivery_id=delivery_id, number=attempt, started_at=utcnow()))
            delivery.state = new
            session.flush()


def test_a_server_that_offers_reports_is_asked_for_them(enter: Enter) -> None:
    with NoticeServer() as server:
        enter_with(enter, server.address)
        ready = build_ready("email")
        state = deliver(ready.delivery_id, ready.read_letter)

    assert state is DeliveryState.ACCEPTED
    mail, rcpt = server.heard("MAIL"), server.heard("RCPT")
    envelope_id = make_envelope_id(ready.delivery_id, 1)
    assert len(mail) == len(rcpt) == 1
    assert "RET=HDRS" in mail[0] and f"ENVID={envelope_id}" in mail[0]
    assert "NOTIFY=SUCCESS,FAILURE,DELAY" in rcpt[0] and "ORCPT=rfc822;" in rcpt[0]
    assert read_attempt(ready.delivery_id).notices_asked


def test_a_server_that_offers_none_is_not_asked(sent: Ready) -> None:
    assert not read_attempt(sent.delivery_id).notices_asked


def test_a_server_that_does_not_understand_what_it_offers_gets_the_letter_without(
    enter: Enter,
) -> None:
    with NoticeServer(refuse_parameters) as server:
        enter_with(enter, server.address)
        ready = build_ready("email")
        state = deliver(ready.delivery_id, ready.read_letter)

    assert state is DeliveryState.ACCEPTED
    assert len(server.kept) == 1
    assert "NOTIFY" not in server.heard("RCPT")[-1]
    assert not read_attempt(ready.delivery_id).notices_asked


def test_that_it_was_asked_is_known_of_a_letter_whose_answer_was_lost(enter: Enter) -> None:
    with NoticeServer(answers_dot=False) as server:
        enter_with(enter, server.address)
        ready = build_ready("email")
        state = deliver(ready.delivery_id, ready.read_letter)

    assert state is DeliveryState.UNKNOWN
    assert read_attempt(ready.delivery_id).notices_asked


def test_proof_by_the_envelope_id_is_delivered(sent: Ready) -> None:
    sent_at = get_row(sent.delivery_id).settled_at

    assert note(make_proved("delivered", "2.0.0", sent.delivery_id)) == sent.delivery_id

    delivery = get_row(sent.delivery_id)
    assert delivery.state == "delivered"
    assert delivery.settled_at == sent_at  # pages tell it as the day it was sent
    proofs = [e.detail for e in read_log(sent.delivery_id) if e.action == "delivery.delivered"]
    assert proofs == [{"attempt": 1, "code": "2.0.0"}]


@pytest.mark.parametrize(
    ("action", "status"),
    [("delivered", "2.0.0"), ("relayed", "2.0.0"), ("delayed", "4.4.1"), ("failed", "5.1.1")],
)
@pytest.mark.parametrize("state", ["unknown", "delivered"])
def test_by_the_message_id_alone_a_report_is_told_and_changes_no_state(
    sent: Ready, state: str, action: str, status: str
) -> None:
    if state == "delivered":
        note(make_proved("delivered", "2.0.0", sent.delivery_id))
    else:
        set_state(sent.delivery_id, DeliveryState.UNKNOWN, attempt=2)
    told = len(read_log(sent.delivery_id))

    for number in (1, 2):
        message_id = get_row(sent.delivery_id).message_id
        assert note(make_notice(action, status, message_id, number=number)) == sent.delivery_id

    assert get_row(sent.delivery_id).state == state
    new = [event.detail for event in read_log(sent.delivery_id)[told:]]
    attempt = 2 if state == "unknown" else 1
    expected = {"attempt": attempt, "code": status, "report": action, "by": "message-id"}
    assert new == ([] if state == action else [expected])


def test_delivered_by_the_message_id_alone_is_no_proof_for_an_accepted_letter(sent: Ready) -> None:
    note(make_notice("delivered", "2.0.0", get_row(sent.delivery_id).message_id))
    assert get_row(sent.delivery_id).state == "accepted"
    assert read_attempt(sent.delivery_id).reports == "delivered?"

    note(make_proved("delivered", "2.0.0", sent.delivery_id))

    assert get_row(sent.delivery_id).state == "delivered"
    assert read_attempt(sent.delivery_id).reports == "delivered"


def test_a_failure_by_the_message_id_alone_returns_an_accepted_letter(sent: Ready) -> None:
    note(make_notice("failed", "5.1.1", get_row(sent.delivery_id).message_id))

    assert get_row(sent.delivery_id).state == "bounced"
    (bounced,) = [e for e in read_log(sent.delivery_id) if e.action == "delivery.bounced"]
    assert bounced.detail == {"attempt": 1, "code": "5.1.1", "by": "message-id"}
    assert "not proved" in tell_bounced(bounced.detail)


def test_an_envelope_id_of_an_attempt_that_asked_for_nothing_proves_nothing(sent: Ready) -> None:
    report = make_notice("delivered", "2.0.0", envelope_id=make_envelope_id(sent.delivery_id, 1))

    assert note(report) == sent.delivery_id

    assert get_row(sent.delivery_id).state == "accepted"


def test_every_kind_of_report_fits_into_an_attempt_proved_or_not(sent: Ready) -> None:
    message_id = get_row(sent.delivery_id).message_id
    kinds = {"delayed": "4.4.1", "expanded": "2.0.0", "relayed": "2.0.0", "delivered": "2.0.0"}

    for action, status in {**kinds, "failed": "5.1.1"}.items():
        note(make_notice(action, status, message_id))
    note(make_complaint("abuse", message_id))

    found = read_attempt(sent.delivery_id).reports.split()
    assert found == [f"{kind}?" for kind in (*kinds, "failed", "complaint")]


@pytest.mark.parametrize("envelope_id", ["{id}.1.0000000000000000", "{id}.1", "{id}", "1.1.", "é"])
def test_proof_that_anybody_can_make_up_proves_nothing(sent: Ready, envelope_id: str) -> None:
    made_up = envelope_id.format(id=sent.delivery_id)
    host = get_row(sent.delivery_id).message_id.rpartition("@")[2]

    for message_id in ("", f"<abcd2345.1@{host}"):
        assert note(make_notice("delivered", "2.0.0", message_id, made_up)) is None

    assert get_row(sent.delivery_id).state == "accepted"


def test_an_envelope_id_of_another_attempt_or_delivery_is_not_ours(sent: Ready) -> None:
    good = make_envelope_id(7, 2)
    tag = good.rpartition(".")[2]

    assert read_envelope_id(good) == (7, 2)
    assert read_envelope_id(f"7.3.{tag}") is None
    assert read_envelope_id(f"8.2.{tag}") is None


@pytest.mark.parametrize(("action", "status"), [("relayed", "2.0.0"), ("expanded", "2.0.0")])
def test_what_was_passed_on_is_told_and_is_not_delivered(
    sent: Ready, action: str, status: str
) -> None:
    for _ in range(2):
        note(make_proved("delayed", "4.4.1", sent.delivery_id))
        note(make_proved(action, status, sent.delivery_id))

    assert get_row(sent.delivery_id).state == "accepted"
    assert read_attempt(sent.delivery_id).reports == f"delayed {action}"
    reported = [e.detail for e in read_log(sent.delivery_id) if e.action == "delivery.reported"]
    assert [detail["report"] for detail in reported] == ["delayed", action]


def test_delivered_with_the_code_of_a_failure_proves_nothing(sent: Ready) -> None:
    assert note(make_notice("delivered", "5.1.1", get_row(sent.delivery_id).message_id)) is None
    assert get_row(sent.delivery_id).state == "accepted"


@pytest.mark.parametrize("order", list(permutations(["failed", "delivered", "delayed"])))
def test_a_letter_that_came_back_is_bounced_in_whatever_order_the_reports_arrive(
    sent: Ready, order: tuple[str, ...]
) -> None:
    codes = {"failed": "5.1.1", "delivered": "2.0.0", "delayed": "4.4.1"}

    for action in order:
        note(make_proved(action, codes[action], sent.delivery_id))

    delivery = get_row(sent.delivery_id)
    assert (delivery.state, delivery.reason) == ("bounced", "bounced: 5.1.1")
    assert read_attempt(sent.delivery_id).reports == " ".join(order)  # none is lost


def test_a_late_failure_of_an_earlier_attempt_does_not_fail_the_letter_sent_since(
    sent: Ready,
) -> None:
    set_state(sent.delivery_id, DeliveryState.ACCEPTED, attempt=2)

    note(make_proved("failed", "5.1.1", sent.delivery_id))

    assert get_row(sent.delivery_id).state == "accepted"
    assert read_attempt(sent.delivery_id).reports == "failed"
    assert "delivery.reported" in [event.action for event in read_log(sent.delivery_id)]


@pytest.mark.parametrize(
    ("action", "status", "state"),
    [
        ("delivered", "2.0.0", "delivered"),
        ("relayed", "2.0.0", "accepted"),
        ("delayed", "4.4.1", "accepted"),
        ("failed", "5.1.1", "bounced"),
    ],
)
def test_a_report_settles_what_was_unknown(
    sent: Ready, action: str, status: str, state: str
) -> None:
    set_state(sent.delivery_id, DeliveryState.UNKNOWN, attempt=2)

    note(make_proved(action, status, sent.delivery_id, attempt=2))

    assert get_row(sent.delivery_id).state == state


def test_a_complaint_about_a_letter_is_told_and_changes_nothing(sent: Ready) -> None:
    message_id = get_row(sent.delivery_id).message_id

    assert note(make_complaint("abuse", message_id)) == sent.delivery_id

    assert get_row(sent.delivery_id).state == "accepted"
    assert read_attempt(sent.delivery_id).reports == "complaint?"


def test_a_report_of_our_own_dmarc_is_no_complaint_of_a_reader(sent: Ready) -> None:
    message_id = get_row(sent.delivery_id).message_id

    assert note(make_complaint("auth-failure", message_id)) is None

    assert read_attempt(sent.delivery_id).reports == ""


def test_an_attempt_lists_what_was_reported_of_it(sent: Ready) -> None:
    note(make_notice("relayed", "2.0.0", get_row(sent.delivery_id).message_id))
    note(make_proved("delayed", "4.4.1", sent.delivery_id))

    (attempt,) = get_delivery(sent.delivery_id).attempts

    assert (attempt.notices_asked, attempt.reports) == (True, "relayed? delayed")
