"""FAULTS 3: mail servers that refuse, stay silent, or drop the line, and how many copies arrive."""

import re
import time
from collections.abc import Callable

import pytest
from flask import Flask

from petition.core.extensions import transaction
from petition.delivery.log.delivery_log import get_delivery, read_log
from petition.delivery.send import deliver
from petition.delivery.staff_decisions import retry
from petition.models import Campaign, DeliveryState, Phase, Post
from tests.delivery.conftest import build_ready, get_row, get_state, make_due
from tests.delivery.letter_engine import find_due, recover_expired
from tests.factories import edit_signed
from tests.mail import servers
from tests.mail.servers import Answers, RoughServer, polite_server

pytestmark = pytest.mark.usefixtures("full_listening")

Enter = Callable[..., Flask]
BODY = 400_000  # bytes of a PDF: more than one read of any server


def enter_with(enter: Enter, address: str, seconds: float = 10) -> None:
    """Push an app that mails to ``address`` and waits but a moment between two tries."""
    enter(
        PETITION_CHANNEL="email",
        PETITION_SMTP_URL=f"smtp://{address}?timeout={seconds}",
        PETITION_RETRY_BASE_SECONDS="0.01",
    )


def read_actions(delivery_id: int) -> list[str]:
    return [event.action for event in read_log(delivery_id) if event.subject == "delivery"]


def test_a_letter_refused_three_times_for_now_is_accepted_once(enter: Enter) -> None:
    answers = Answers(rcpt=["451 4.7.1 Later"], data=["452 Full", "421 Leaving"])
    with polite_server(answers) as address:
        enter_with(enter, address)
        ready = build_ready("email")
        states = []
        for _ in range(4):
            make_due(ready.delivery_id)
            states.append(deliver(ready.delivery_id, ready.read_letter))
        once_more = deliver(ready.delivery_id, ready.read_letter)

    assert states == [*[DeliveryState.RETRY_WAIT] * 3, DeliveryState.ACCEPTED]
    assert once_more is None
    assert len(answers.kept) == 1
    view = get_delivery(ready.delivery_id)
    assert [attempt.outcome for attempt in view.attempts] == [
        "retry_wait",
        "retry_wait",
        "retry_wait",
        "accepted",
    ]
    assert [attempt.detail for attempt in view.attempts] == [
        "451 4.7.1 at rcpt",
        "452 at answer",
        "421 at answer",
        "250",
    ]
    assert read_actions(ready.delivery_id).count("delivery.claimed") == 4


def test_a_letter_refused_for_good_fails_after_one_attempt(enter: Enter) -> None:
    answers = Answers(rcpt=["550 5.1.1 No such office"])
    with polite_server(answers) as address:
        enter_with(enter, address)
        ready = build_ready("email")
        state = deliver(ready.delivery_id, ready.read_letter)
        again = deliver(ready.delivery_id, ready.read_letter)

    assert (state, again) == (DeliveryState.FAILED, None)
    assert answers.conversations == 1
    row = get_row(ready.delivery_id)
    assert (row.attempt, row.reason, row.due_at) == (1, "550 5.1.1 at rcpt", None)
    (attempt,) = get_delivery(ready.delivery_id).attempts
    assert attempt.said == "550 5.1.1 No such office"
    assert attempt.recipient is not None and attempt.recipient.endswith("@county.example")
    assert row.settled_at is not None


@pytest.mark.parametrize("behaviour", [servers.never_answer, servers.trickle])
def test_a_server_that_never_answers_is_given_up_and_tried_again(
    enter: Enter, behaviour: servers.Behaviour
) -> None:
    with RoughServer(behaviour, servers.accept) as server:
        enter_with(enter, server.address, seconds=1)
        ready = build_ready("email")
        begun = time.monotonic()
        state = deliver(ready.delivery_id, ready.read_letter)
        took = time.monotonic() - begun
        make_due(ready.delivery_id)
        again = deliver(ready.delivery_id, ready.read_letter)

    assert state is DeliveryState.RETRY_WAIT
    assert took < 10
    assert again is DeliveryState.ACCEPTED
    assert len(server.kept) == 1


@pytest.mark.faults
@pytest.mark.parametrize("behaviour", [servers.drop_mid_data, servers.hang_up_mid_data])
def test_a_connection_dropped_in_the_body_is_tried_again_and_leaves_one_copy(
    enter: Enter, behaviour: servers.Behaviour, rounds: int
) -> None:
    for _ in range(rounds):
        with RoughServer(behaviour, servers.accept) as server:
            enter_with(enter, server.address)
            ready = build_ready("email", pdf_size=BODY)
            state = deliver(ready.delivery_id, ready.read_letter)
            phase = get_delivery(ready.delivery_id).attempts[0].phase
            make_due(ready.delivery_id)
            again = deliver(ready.delivery_id, ready.read_letter)

        assert (state, phase) == (DeliveryState.RETRY_WAIT, Phase.CLAIMED)
        assert again is DeliveryState.ACCEPTED
        assert len(server.kept) == 1


@pytest.mark.faults
@pytest.mark.parametrize(
    "behaviour",
    [servers.drop_after_dot, servers.never_answer_dot, servers.answer_dot(b"25")],
    ids=["drops", "never answers", "half an answer"],
)
def test_a_connection_dropped_after_the_last_dot_leaves_one_copy_and_unknown(
    enter: Enter, behaviour: servers.Behaviour, rounds: int
) -> None:
    for _ in range(rounds):
        with RoughServer(behaviour) as server:
            enter_with(enter, server.address, seconds=1)
            ready = build_ready("email")
            state = deliver(ready.delivery_id, ready.read_letter)
            make_due(ready.delivery_id)
            found = find_due()
            recovered = recover_expired()
            again = deliver(ready.delivery_id, ready.read_letter)

        assert (state, found, recovered, again) == (DeliveryState.UNKNOWN, [], 0, None)
        assert get_state(ready.delivery_id) is DeliveryState.UNKNOWN
        assert len(server.kept) == 1
        assert server.conversations == 1


def test_a_letter_is_given_up_when_no_attempt_is_left(enter: Enter) -> None:
    answers = Answers(rcpt=["451 Later"] * 5)
    with polite_server(answers) as address:
        enter(
            PETITION_CHANNEL="email",
            PETITION_SMTP_URL=f"smtp://{address}",
            PETITION_MAX_ATTEMPTS="2",
        )
        ready = build_ready("email")
        states = []
        for _ in range(3):
            make_due(ready.delivery_id)
            states.append(deliver(ready.delivery_id, ready.read_letter))

    assert states == [DeliveryState.RETRY_WAIT, DeliveryState.FAILED, None]
    assert get_row(ready.delivery_id).reason == "given up: 451 at rcpt"


def test_every_attempt_sends_the_same_bytes_under_the_same_message_id(enter: Enter) -> None:
    sent: list[bytes] = []

    def refuse(talk: servers.Talk) -> None:
        talk.keep()
        sent.append(talk.server.kept.pop())
        talk.say("451 4.3.0 Later")

    with RoughServer(refuse, refuse, servers.accept) as server:
        enter_with(enter, server.address)
        ready = build_ready("email", title="Before", organization_email="us@petition.example")
        for _ in range(3):
            make_due(ready.delivery_id)
            deliver(ready.delivery_id, ready.read_letter)
            _edit_everything(ready.campaign_id)
        sent += server.kept

    assert len(sent) == 3
    assert len(set(sent)) == 1
    message_id = get_row(ready.delivery_id).message_id
    assert f"Message-ID: {message_id}\r\n".encode() in sent[0]
    digests = {
        event.detail["message"]
        for event in read_log(ready.delivery_id)
        if event.action == "delivery.handover"
    }
    assert len(digests) == 1


def test_a_retry_goes_where_the_office_takes_mail_now(enter: Enter) -> None:
    answers = Answers(rcpt=["550 5.1.1 Unknown"])
    with polite_server(answers) as address:
        enter_with(enter, address)
        ready = build_ready("email")
        deliver(ready.delivery_id, ready.read_letter)
        _move_office(ready.post_ids[0], "new@county.example")
        retry(ready.delivery_id, "cli", "the clerk gave us the right address")
        state = deliver(ready.delivery_id, ready.read_letter)

    assert state is DeliveryState.ACCEPTED
    assert answers.recipients == ["new@county.example"]


def test_nothing_that_the_server_says_reaches_the_log(enter: Enter) -> None:
    answers = Answers(rcpt=["550 5.1.1 <secret-name@county.example> is gone"])
    with polite_server(answers) as address:
        enter_with(enter, address)
        ready = build_ready("email")
        deliver(ready.delivery_id, ready.read_letter)

    told = str([(event.action, event.detail) for event in read_log(ready.delivery_id)])
    view = get_delivery(ready.delivery_id)
    told += str(view.row) + str([(try_.detail, try_.said) for try_ in view.attempts])
    assert "secret-name" not in told
    assert not re.search(r"\w@county\.example", told)


def test_a_server_that_was_never_set_up_is_waited_for(enter: Enter) -> None:
    enter()
    ready = build_ready("email")

    state = deliver(ready.delivery_id, ready.read_letter)

    assert state is DeliveryState.RETRY_WAIT
    assert get_row(ready.delivery_id).reason == "server not set up"


def _edit_everything(campaign_id: int) -> None:
    with transaction() as session:
        campaign = session.get_one(Campaign, campaign_id)
        title = f"{campaign.title} and after"
        edit_signed(session, title=title, organization="Others", organization_email=None)


def _move_office(post_id: int, email: str) -> None:
    with transaction() as session:
        session.get_one(Post, post_id).offices[0].email = email
