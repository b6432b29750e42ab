"""The lane of letters: refused because of us none fails, and mended each arrives exactly once."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.delivery.requeue import resume_letters, revive_if_due
from petition.delivery.send import deliver
from petition.delivery.staff_decisions import retry
from petition.dispatch.lanes import LONGEST_PAUSE, MANY_OF_ONE_CAUSE, PROBE_EACH
from petition.models import Attempt, Delivery, DeliveryState, Event, LaneName, MailLane
from tests.delivery.conftest import Ready, build_ready, get_row, get_state
from tests.delivery.letter_engine import find_due, recover_expired
from tests.mail.balking import Balking, read_recipients
from tests.mail.servers import RoughServer

Enter = Callable[..., Flask]
Later = Callable[[timedelta], None]
MINUTE = timedelta(minutes=1)
LETTERS = 8

# As published by those who run mail servers: all speak of our server, our account or our mail, or
# say too little to tell; the last hangs up.
WORDINGS = [
    ("connect", "554 5.7.1 Service unavailable; Client host [192.0.2.3] blocked using a list"),
    ("connect", "421 4.7.0 Too many connections from your host"),
    ("ehlo", "550 5.7.1 Helo command rejected: Host not found"),
    ("ehlo", "501 Syntactically invalid HELO argument"),
    ("auth", "535 5.7.8 Error: authentication failed"),
    ("auth", "454 4.7.0 Temporary authentication failure"),
    ("mail", "550 5.1.0 <letters@petition.example> sender rejected. AUP#In-1310"),
    ("mail", "553 5.7.1 Sender address rejected: not owned by user relay"),
    ("mail", "554 5.7.1 Client host rejected: cannot find your reverse hostname"),
    ("mail", "552 5.2.2 Your quota for today is over"),
    ("mail", "550 5.1.1 User unknown"),
    ("mail", "421 4.7.0 Try again later, closing connection"),
    ("rcpt", "554 5.7.1 Relay access denied"),
    ("rcpt", "550 rejected because 192.0.2.3 is in a black list"),
    ("rcpt", "550 5.7.25 No PTR record"),
    ("rcpt", "550 5.7.26 This mail has been blocked because the sender is unauthenticated"),
    ("rcpt", "550 Domain has exceeded the max emails per hour (100/100) allowed"),
    ("rcpt", "553 5.3.0 Rejected"),
    ("rcpt", "450 4.7.1 Client host rejected"),
    ("data", "554 5.7.1 Message rejected as spam"),
    ("data", "503 5.5.1 Error: need authentication"),
    ("answer", "550 5.7.9 DMARC policy of the sender's domain"),
    ("answer", "554 Message not allowed - TSS04"),
    ("answer", "451 4.7.500 Server busy"),
    ("rcpt", ""),
]


def enter_with(enter: Enter, address: str, scheme: str = "smtp", seconds: int = 5) -> None:
    """Enter an app whose mail server is at ``address``; ``seconds``: its longest conversation."""
    enter(
        PETITION_CHANNEL="email",
        PETITION_SMTP_URL=f"{scheme}://relay:secret@{address}?timeout={seconds}",
        PETITION_RETRY_BASE_SECONDS="30",
    )


def work(ready: Ready) -> list[DeliveryState | None]:
    """Do what the reconciler and the worker do until nothing is due."""
    recover_expired()
    revive_if_due()
    ended = []
    while due := find_due():
        db.session.rollback()
        ended += [deliver(delivery_id, ready.read_letter) for delivery_id in due]
    db.session.rollback()
    return ended


def work_for(ready: Ready, later: Later, minutes: int, each: int = 1) -> None:
    for _ in range(0, minutes, each):
        work(ready)
        later(each * MINUTE)
    work(ready)


def count_states() -> Counter[str]:
    db.session.rollback()
    return Counter(db.session.scalars(select(Delivery.state)))


def read_lane() -> MailLane | None:
    db.session.rollback()
    return db.session.get(MailLane, LaneName.LETTERS, populate_existing=True)


def is_stopped() -> bool:
    lane = read_lane()
    return lane is not None and lane.is_stopped


def find_offices(ready: Ready) -> list[str]:
    rows = [get_row(delivery_id) for delivery_id in ready.delivery_ids]
    return sorted(str(row.post.offices[0].email) for row in rows)


def count_events(action: str) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Event.action == action)) or 0


@pytest.mark.parametrize(("phase", "reply"), WORDINGS)
def test_an_hour_of_refusals_fails_no_letter_and_mended_each_arrives_once(
    enter: Enter, make_later: Later, phase: str, reply: str
) -> None:
    balking = Balking(phase, reply)
    with RoughServer(balking) as server:
        # A server without a reply is waited for to the end, twelve times.
        enter_with(enter, server.address, seconds=5 if reply else 2)
        ready = build_ready("email", posts=LETTERS)
        work_for(ready, make_later, 60, each=3)
        assert count_states() == {"retry_wait": LETTERS}
        assert is_stopped()
        assert count_events("mail_lane.stopped") == 1

        balking.mend()
        make_later(LONGEST_PAUSE)
        work(ready)
        make_later(timedelta(hours=7))
        work(ready)

    assert count_states() == {"accepted": LETTERS}
    assert read_recipients(server.kept) == find_offices(ready)
    assert not is_stopped()
    assert count_events("mail_lane.opened") == 1


def test_tls_that_is_refused_fails_no_letter_either(enter: Enter, make_later: Later) -> None:
    balking = Balking("starttls", "454 4.7.0 TLS not available")
    with RoughServer(balking) as server:
        enter_with(enter, server.address, "smtp+starttls")
        ready = build_ready("email", posts=LETTERS)
        work_for(ready, make_later, 60, each=5)

    assert count_states() == {"retry_wait": LETTERS}
    assert is_stopped()


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(WORDINGS[:-1]), min_size=4, max_size=12), st.integers(1, 9))
def test_causes_that_change_fail_no_letter(
    enter: Enter, make_later: Later, wordings: list[tuple[str, str]], letters: int
) -> None:
    balking = Balking()
    with RoughServer(balking) as server:
        enter_with(enter, server.address)
        with transaction() as session:
            lane = session.get(MailLane, LaneName.LETTERS)
            if lane is not None:
                session.delete(lane)
        ready = build_ready("email", posts=letters)
        ids = set(ready.delivery_ids)
        for phase, reply in wordings:
            balking.break_down(phase, reply)
            work(ready)
            make_later(7 * MINUTE)
        states = {get_state(delivery_id) for delivery_id in ids}
        balking.mend()
        make_later(timedelta(hours=7))
        work(ready)

    assert DeliveryState.FAILED not in states
    assert {get_state(delivery_id) for delivery_id in ids} == {DeliveryState.ACCEPTED}
    assert read_recipients(server.kept) == find_offices(ready)


def test_few_letters_wait_without_an_end_and_none_is_given_up(
    enter: Enter, make_later: Later
) -> None:
    balking = Balking("auth", "535 5.7.8 Error: authentication failed")
    with RoughServer(balking) as server:
        enter_with(enter, server.address)
        ready = build_ready("email", posts=2)
        work_for(ready, make_later, 6 * 60, each=12)
        assert count_states() == {"retry_wait": 2}
        assert balking.refused > 20  # more than PETITION_MAX_ATTEMPTS for each
        balking.mend()
        make_later(LONGEST_PAUSE)
        work(ready)

    assert read_recipients(server.kept) == find_offices(ready)


def test_a_stopped_lane_tries_one_letter_a_minute_and_a_taken_one_opens_it(
    enter: Enter, make_later: Later
) -> None:
    balking = Balking("mail", "550 5.7.1 Blocked")
    with RoughServer(balking) as server:
        enter_with(enter, server.address)
        ready = build_ready("email", posts=30)
        work(ready)
        assert balking.refused == MANY_OF_ONE_CAUSE
        for delivery_id in ready.delivery_ids:  # jobs that were on their way already
            assert deliver(delivery_id, ready.read_letter) is None
        make_later(PROBE_EACH)
        work(ready)
        assert balking.refused == MANY_OF_ONE_CAUSE + 1
        balking.mend()
        make_later(2 * PROBE_EACH)
        ended = work(ready)

    assert ended == [DeliveryState.ACCEPTED] * 30
    assert read_recipients(server.kept) == find_offices(ready)
    assert db.session.scalar(select(func.max(Attempt.number))) == 2


def test_an_office_that_is_unknown_fails_at_once_and_stops_nothing(enter: Enter) -> None:
    balking = Balking("rcpt", "550 5.1.1 User unknown")
    with RoughServer(balking) as server:
        enter_with(enter, server.address)
        ready = build_ready("email", posts=LETTERS)
        balking.only = set(find_offices(ready)[:-1])
        work(ready)

    assert count_states() == {"failed": LETTERS - 1, "accepted": 1}
    assert read_lane() is None
    db.session.rollback()
    assert set(db.session.scalars(select(Attempt.about))) == {None}


def test_one_letter_that_is_refused_while_others_are_taken_is_given_up(
    enter: Enter, make_later: Later
) -> None:
    balking = Balking("rcpt", "554 5.7.1 Message content rejected")
    with RoughServer(balking) as server:
        enter_with(enter, server.address)
        odd = build_ready("email")
        balking.only = set(find_offices(odd))
        for _ in range(11):
            work(odd)
            other = build_ready("email")
            other.pdfs |= odd.pdfs
            work(other)
            make_later(timedelta(hours=1))

    row = get_row(odd.delivery_id)
    assert (row.state, row.reason) == ("failed", "given up: 554 5.7.1 at rcpt")
    assert len(server.kept) == 11
    assert not is_stopped()
    # Nor does a lane that opens by itself set it going again; who says that it is mended does.
    assert resume_letters("cli") == 1


def test_the_outbox_goes_on_while_letters_by_mail_are_stopped(
    enter: Enter, make_later: Later
) -> None:
    with RoughServer(Balking("mail", "550 5.7.1 Blocked")) as server:
        enter_with(enter, server.address)
        ready = build_ready("email", posts=LETTERS)
        work(ready)
        assert is_stopped()
        box = build_ready("outbox")
        work(box)

    assert get_state(box.delivery_id) is DeliveryState.ACCEPTED


def test_what_is_unknown_stays_unknown_when_the_lane_stops_and_opens(
    enter: Enter, make_later: Later
) -> None:
    balking = Balking("answer", "")
    with RoughServer(balking) as server:
        enter_with(enter, server.address)
        lost = build_ready("email")
        work(lost)
        balking.break_down("mail", "550 5.7.1 Blocked")
        ready = build_ready("email", posts=LETTERS)
        work(ready)
        assert is_stopped()
        balking.mend()
        make_later(LONGEST_PAUSE)
        work(ready)
        resume_letters("cli")
        work(ready)

    assert get_state(lost.delivery_id) is DeliveryState.UNKNOWN
    assert read_recipients(server.kept) == find_offices(ready)


def fail(delivery_id: int, reason: str) -> None:
    """Have a letter that failed as the version before had it: for good, at its first attempt."""
    now = utcnow()
    with transaction() as session:
        row = session.get_one(Delivery, delivery_id)
        row.state, row.attempt, row.due_at = DeliveryState.SENDING, 1, now
        session.flush()
        session.add(
            Attempt(
                delivery_id=delivery_id,
                number=1,
                started_at=now,
                ended_at=now,
                outcome="failed",
                detail=reason,
            )
        )
        row.state, row.reason, row.due_at = DeliveryState.FAILED, reason, None
        row.settled_at = now


@pytest.mark.parametrize("by_hand", [True, False])
def test_letters_that_failed_because_of_us_go_again_once_it_is_mended(
    enter: Enter, make_later: Later, by_hand: bool
) -> None:
    balking = Balking("mail", "550 5.7.1 Blocked")
    with RoughServer(balking) as server:
        enter_with(enter, server.address)
        old = build_ready("email", posts=4)
        fail(old.delivery_ids[0], "550 5.7.1 at mail")
        fail(old.delivery_ids[1], "given up: 535 5.7.8 at auth")
        fail(old.delivery_ids[2], "550 5.1.1 at rcpt")
        fail(old.delivery_ids[3], "holder changed")
        ready = build_ready("email", posts=LETTERS)
        ready.pdfs |= old.pdfs
        work(ready)
        assert is_stopped()
        balking.mend()
        if by_hand:
            assert resume_letters("cli") == 2
        else:
            make_later(LONGEST_PAUSE)
        work(ready)

    assert count_states() == {"accepted": LETTERS + 2, "failed": 2}
    assert [get_state(delivery_id) for delivery_id in old.delivery_ids[2:]] == ["failed"] * 2
    assert len(server.kept) == len(set(read_recipients(server.kept))) == LETTERS + 2
    assert count_events("delivery.retried") == 2


def test_opened_by_hand_while_it_is_still_refused_it_stops_once_more(
    enter: Enter, make_later: Later
) -> None:
    balking = Balking("mail", "550 5.7.1 Blocked")
    with RoughServer(balking) as server:
        enter_with(enter, server.address)
        ready = build_ready("email", posts=LETTERS)
        work(ready)
        resume_letters("staff")
        assert not is_stopped()
        work(ready)

    assert is_stopped()
    assert balking.refused == 2 * MANY_OF_ONE_CAUSE
    assert count_states() == {"retry_wait": LETTERS}


def test_one_that_staff_set_going_while_the_lane_is_stopped_waits_with_the_others(
    enter: Enter, make_later: Later
) -> None:
    balking = Balking("rcpt", "550 5.1.1 User unknown")
    with RoughServer(balking) as server:
        enter_with(enter, server.address)
        one = build_ready("email")
        work(one)
        balking.break_down("mail", "550 5.7.1 Blocked")
        ready = build_ready("email", posts=LETTERS)
        ready.pdfs |= one.pdfs
        work(ready)
        retry(one.delivery_id, "cli", "the clerk gave us the right address")
        assert deliver(one.delivery_id, ready.read_letter) is None
        balking.mend()
        make_later(LONGEST_PAUSE)
        work(ready)

    assert get_state(one.delivery_id) is DeliveryState.ACCEPTED
    assert len(server.kept) == LETTERS + 1


def test_what_was_refused_before_the_office_was_named_is_not_held_against_a_letter(
    enter: Enter, make_later: Later
) -> None:
    balking = Balking("rcpt", "450 4.2.1 Mailbox busy")
    with RoughServer(balking) as server:
        enter_with(enter, server.address)
        ready = build_ready("email")
        for _ in range(9):
            work(ready)
            make_later(timedelta(hours=7))
        balking.break_down("mail", "550 5.7.1 Blocked")
        work_for(ready, make_later, 60, each=5)
        assert get_state(ready.delivery_id) is DeliveryState.RETRY_WAIT
        balking.break_down("rcpt", "450 4.2.1 Mailbox busy")
        make_later(timedelta(hours=7))
        work(ready)

    row = get_row(ready.delivery_id)
    assert (row.state, row.reason) == ("failed", "given up: 450 4.2.1 at rcpt")
