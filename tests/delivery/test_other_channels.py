"""A letter by another channel: in place of what has ended, once, and only where it is not there."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, UserError
from petition.core.extensions import db, get_settings, transaction
from petition.delivery.delivery_problems import DeliveryProblem
from petition.delivery.log.delivery_log import read_log
from petition.delivery.office_fixes import fix_and_send
from petition.delivery.other_channels import list_other_channels, send_otherwise
from petition.delivery.requeue import resume_letters
from petition.delivery.send import deliver
from petition.delivery.staff_decisions import cancel, resolve, retry
from petition.delivery.staff_holds import hold_delivery
from petition.dispatch.attempts import AttemptEnd
from petition.models import Campaign, Delivery, DeliveryState
from tests.delivery.conftest import Ready, build_ready, get_row, get_state
from tests.delivery.letter_engine import claim, settle
from tests.delivery.letter_reports import note_bounce
from tests.delivery.test_freshness import change_office, end_term, make_seat
from tests.delivery.test_staff_holds import give_letters
from tests.mail.servers import Answers, polite_server

STAFF = "staff:7"
WORKERS = 8


@pytest.fixture
def mailing(enter: Callable[..., Flask]) -> Iterator[Flask]:
    """A service that sends by e-mail, to a server that nobody asks."""
    yield enter(PETITION_CHANNEL="email", PETITION_SMTP_URL="smtp://127.0.0.1:9?timeout=1")


def end(ready: Ready, state: DeliveryState, code: str = "550 5.1.1 at rcpt") -> None:
    """Let the first attempt end so."""
    claimed = claim(ready.delivery_id)
    assert claimed is not None
    settle(claimed, state, AttemptEnd(code))


def list_folders() -> list[str]:
    """Return the deliveries in the outbox."""
    folder = get_settings().outbox_dir
    return sorted(path.name for path in folder.glob("[0-9]*"))


@pytest.mark.parametrize("before", ["failed", "bounced", "cancelled"])
def test_the_same_letter_goes_by_another_channel_once(mailing: Flask, before: str) -> None:
    ready = build_ready("email")
    end(ready, DeliveryState.ACCEPTED if before == "bounced" else DeliveryState.FAILED)
    if before == "bounced":
        note_bounce(get_row(ready.delivery_id).message_id)
    if before == "cancelled":
        cancel(ready.delivery_id, STAFF, "the mailbox is closed")
    assert list_other_channels(ready.delivery_id) == ["outbox"]

    new = send_otherwise(ready.delivery_id, "outbox", "they want paper", STAFF)

    old, row = get_row(ready.delivery_id), get_row(new)
    assert old.state == DeliveryState.CANCELLED
    assert (row.state, row.channel, row.letter_id) == (
        DeliveryState.RENDERED,
        "outbox",
        ready.letter_ids[0],
    )
    assert row.message_id != old.message_id and ".outbox." in row.message_id
    told = read_log(ready.delivery_id)[-1]
    assert (told.action, told.actor) == ("delivery.sent_otherwise", STAFF)
    assert told.detail == {
        "was": before,
        "instead": new,
        "by": "outbox",
        "why": "they want paper",
    }
    assert deliver(new, ready.read_letter) is DeliveryState.ACCEPTED
    pdf = (get_settings().outbox_dir / str(new) / "letter.pdf").read_bytes()
    assert pdf == next(iter(ready.pdfs.values()))
    for again in (ready.delivery_id, new):
        with pytest.raises(UserError, match=DeliveryProblem.NOT_ENDED):
            send_otherwise(again, "outbox", "again", STAFF)
    assert list_folders() == [str(new)]


def test_one_that_was_never_tried_is_made_from_what_is_right_then(mailing: Flask) -> None:
    ready = build_ready("email")
    cancel(ready.delivery_id, STAFF, "by hand")

    new = send_otherwise(ready.delivery_id, "outbox", "they want paper", STAFF)

    assert (get_row(new).state, get_row(new).letter_id) == (DeliveryState.QUEUED, None)
    give_letters(ready)
    assert deliver(new, ready.read_letter) is DeliveryState.ACCEPTED


def test_nothing_sends_the_old_one_any_more(mailing: Flask) -> None:
    ready = build_ready("email")
    end(ready, DeliveryState.FAILED, "554 5.7.1 at mail")
    send_otherwise(ready.delivery_id, "outbox", "they want paper", STAFF)

    resume_letters(STAFF)
    for act in (
        lambda: retry(ready.delivery_id, STAFF),
        lambda: hold_delivery(ready.delivery_id, STAFF, "x"),
        lambda: fix_and_send(
            ready.delivery_id, lambda *_: None, None, actor=STAFF, why="elsewhere"
        ),
    ):
        with pytest.raises(UserError):
            act()
    assert get_state(ready.delivery_id) is DeliveryState.CANCELLED
    assert note_bounce(get_row(ready.delivery_id).message_id) == ready.delivery_id
    assert get_state(ready.delivery_id) is DeliveryState.CANCELLED


@pytest.mark.parametrize(
    "state",
    [
        DeliveryState.RENDERED,
        DeliveryState.SENDING,
        DeliveryState.RETRY_WAIT,
        DeliveryState.ACCEPTED,
        DeliveryState.UNKNOWN,
        DeliveryState.HELD,
    ],
)
def test_in_every_other_state_nothing_is_planned(mailing: Flask, state: DeliveryState) -> None:
    ready = build_ready("email")
    if state is DeliveryState.HELD:
        hold_delivery(ready.delivery_id, STAFF, "wait")
    elif state is DeliveryState.SENDING:
        claim(ready.delivery_id)
    elif state is not DeliveryState.RENDERED:
        end(ready, state)

    with pytest.raises(UserError, match=DeliveryProblem.NOT_ENDED):
        send_otherwise(ready.delivery_id, "outbox", "now", STAFF)

    assert list_other_channels(ready.delivery_id) == []
    assert len(db.session.scalars(select(Delivery.id)).all()) == 1


def test_one_that_may_have_arrived_is_not_sent_by_another_channel(mailing: Flask) -> None:
    ready = build_ready("email")
    end(ready, DeliveryState.UNKNOWN, "dropped at answer")
    cancel(ready.delivery_id, STAFF, "leave it")

    with pytest.raises(UserError, match=DeliveryProblem.MAY_HAVE_ARRIVED):
        send_otherwise(ready.delivery_id, "outbox", "to be sure", STAFF)

    assert list_other_channels(ready.delivery_id) == []


def test_after_staff_know_that_it_did_not_arrive_and_it_failed_it_is(mailing: Flask) -> None:
    ready = build_ready("email")
    end(ready, DeliveryState.UNKNOWN, "dropped at answer")
    resolve(ready.delivery_id, "not-sent", "they looked", STAFF)
    end(ready, DeliveryState.FAILED)

    assert send_otherwise(ready.delivery_id, "outbox", "they want paper", STAFF)


def test_a_letter_that_names_another_or_has_no_address_is_not_planned(
    enter: Callable[..., Flask],
) -> None:
    enter(PETITION_CHANNEL="outbox", PETITION_SMTP_URL="smtp://127.0.0.1:9?timeout=1")
    ready = build_ready(seat=make_seat)
    end(ready, DeliveryState.FAILED)
    change_office(ready, email=None)
    with pytest.raises(UserError, match=DeliveryProblem.NO_EMAIL):
        send_otherwise(ready.delivery_id, "email", "by e-mail", STAFF)
    end_term(ready)
    with pytest.raises(UserError, match=DeliveryProblem.NAMES_ANOTHER):
        send_otherwise(ready.delivery_id, "email", "by e-mail", STAFF)

    assert get_state(ready.delivery_id) is DeliveryState.FAILED


def test_a_channel_that_is_not_there_or_not_set_up_is_refused(ready: Ready) -> None:
    end(ready, DeliveryState.FAILED)

    for channel in ("email", "outbox", "fax", ""):  # no server is set up here
        with pytest.raises(InvalidInput):
            send_otherwise(ready.delivery_id, channel, "why not", STAFF)
    with pytest.raises(InvalidInput):
        send_otherwise(ready.delivery_id, "email", " ", STAFF)
    with pytest.raises(NotFound):
        send_otherwise(999_999, "email", "why not", STAFF)
    assert list_other_channels(ready.delivery_id) == []
    assert get_state(ready.delivery_id) is DeliveryState.FAILED


def test_of_a_campaign_whose_people_were_erased_nothing_is_sent(mailing: Flask) -> None:
    ready = build_ready("email")
    end(ready, DeliveryState.FAILED)
    with transaction() as session:
        campaign = session.get_one(Campaign, ready.campaign_id)
        campaign.state, campaign.people_erased_at = "closed", utcnow()

    with pytest.raises(UserError, match=DeliveryProblem.PEOPLE_ERASED):
        send_otherwise(ready.delivery_id, "outbox", "paper", STAFF)
    assert list_other_channels(ready.delivery_id) == []


def test_of_many_at_once_with_retries_and_workers_one_letter_arrives(
    make_app: Callable[..., Flask],
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        app = make_app(PETITION_CHANNEL="email", PETITION_SMTP_URL=f"smtp://{address}")
        with app.app_context():
            ready = build_ready("email", posts=5)
            for delivery_id in ready.delivery_ids:
                claimed = claim(delivery_id)
                assert claimed is not None
                settle(claimed, DeliveryState.FAILED, AttemptEnd("550 5.1.1 at rcpt"))
            db.session.remove()
        start = threading.Barrier(WORKERS)

        def act(seed: int) -> Counter[str]:
            chance, done = random.Random(seed), Counter[str]()
            with app.app_context():
                start.wait()
                for _ in range(12):
                    ids = db.session.scalars(select(Delivery.id)).all()
                    db.session.rollback()
                    which = chance.choice(["otherwise", "retry", "send", "send", "cancel"])
                    done[which] += take_turn(ready, which, chance.choice(ids))
                db.session.remove()
            return done

        with ThreadPoolExecutor(WORKERS) as pool:
            done = sum(pool.map(act, range(WORKERS)), Counter())
        with app.app_context():
            for delivery_id in db.session.scalars(select(Delivery.id)).all():
                db.session.rollback()
                deliver(delivery_id, ready.read_letter)
            posts = Counter(
                post_id
                for post_id, state in db.session.execute(select(Delivery.post_id, Delivery.state))
                if state == DeliveryState.ACCEPTED
            )
            mailed = [message_from_bytes(raw)["Message-ID"] for raw in answers.kept]
            folders = list_folders()
            db.session.remove()

    assert all(number == 1 for number in posts.values())
    assert len(mailed) == len(set(mailed))
    assert len(mailed) + len(folders) == sum(posts.values())
    assert done["otherwise"] >= 1


def take_turn(ready: Ready, which: str, delivery_id: int) -> int:
    """Do one act of a race; return whether it was done."""
    try:
        if which == "send":
            return deliver(delivery_id, ready.read_letter) is not None
        if which == "otherwise":
            send_otherwise(delivery_id, "outbox", "paper", STAFF)
        elif which == "retry":
            retry(delivery_id, STAFF)
        else:
            cancel(delivery_id, STAFF, "no")
        return 1
    except UserError:
        db.session.rollback()
        return 0
