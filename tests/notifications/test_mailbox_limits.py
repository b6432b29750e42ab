"""A mailbox gets so many mails and no more, whoever asks, from however many workers."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.ctx import AppContext
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Mail, MailboxMail
from petition.notifications.arrival_notices import plan_delivered
from petition.notifications.batches import send_batch
from petition.notifications.confirmations import mail_batch
from petition.notifications.mailbox_limits import (
    ASKED,
    KEPT_FOR,
    UNASKED,
    forget_old_mails,
    hash_mailbox,
    take_place,
)
from petition.signers.withdraw import erase_signature
from tests.factories import make_person
from tests.mail.servers import Answers, RoughServer, never_answer, polite_server
from tests.notifications.conftest import Enter, arrive, carry, sign_one, sign_pending

Later = Callable[[timedelta], None]
EMAIL = "ada@people.example"


def count(email: str = EMAIL) -> int:
    query = select(func.count(MailboxMail.id)).where(MailboxMail.mailbox == hash_mailbox(email))
    db.session.rollback()
    return db.session.scalar(query) or 0


@pytest.mark.parametrize("asked", [True, False])
def test_no_span_has_more_than_its_limit_however_they_come(
    context: AppContext, asked: bool
) -> None:
    start, rounds = utcnow(), 0

    @settings(max_examples=15, deadline=None)
    @given(st.lists(st.integers(0, 40), min_size=12, max_size=40))
    def try_(hours: list[int]) -> None:
        nonlocal rounds
        rounds += 1
        mailbox, now, taken = hash_mailbox(f"{rounds}@people.example"), start, []
        with transaction() as session:
            for wait in hours:
                now += timedelta(hours=wait)
                place = take_place(session, mailbox, asked, now)
                if place.id is not None:
                    taken.append(now)
                else:
                    assert place.until > now
        for limit in ASKED if asked else UNASKED:
            for first, beyond in zip(taken, taken[limit.most :], strict=False):
                assert beyond - first >= limit.within

    try_()


@pytest.mark.parametrize("email", ["ADA@people.example", "ada+x@people.example"])
def test_all_spellings_are_one_mailbox(email: str, context: AppContext) -> None:
    assert hash_mailbox(email) == hash_mailbox(EMAIL)


def test_workers_that_claim_at_once_keep_the_limit_together(app: Flask) -> None:
    def take(_: int) -> bool:
        with app.app_context(), transaction() as session:
            return take_place(session, hash_mailbox(EMAIL), True, utcnow()).id is not None

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(24)))

    assert sum(taken) == 6


def test_news_of_many_letters_comes_three_a_day(enter: Enter, make_later: Later) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        for _ in range(5):
            milestone, _ = carry({"notify": True, "person": make_person(email=EMAIL)})
            arrive(milestone)
        plan_delivered()
        make_later(timedelta(minutes=11))
        assert send_batch() == 5
        assert (send_batch(), len(answers.kept)) == (0, 3)
        make_later(timedelta(days=1, minutes=12))
        send_batch()

    assert len(answers.kept) == 5
    assert set(db.session.scalars(select(Mail.due_at))) == {None}


def test_what_was_not_sent_takes_no_place(enter: Enter) -> None:
    with RoughServer(never_answer) as server:
        enter(server.address)
        sign_pending(person=make_person(email=EMAIL))
        mail_batch()

    assert count() == 0


def test_a_month_later_nothing_is_known_of_it(context: AppContext, make_later: Later) -> None:
    with transaction() as session:
        take_place(session, hash_mailbox(EMAIL), False, utcnow())
    assert forget_old_mails() == 0

    make_later(KEPT_FOR + timedelta(minutes=1))

    assert (forget_old_mails(), forget_old_mails(), count()) == (1, 0, 0)


def test_erasing_lets_go_of_the_mailbox_with_its_last_signature(context: AppContext) -> None:
    first, second = (sign_one(person=make_person(email=EMAIL)) for _ in range(2))
    with transaction() as session:
        take_place(session, hash_mailbox(EMAIL), True, utcnow())

    erase_signature(first)
    assert count() == 1
    erase_signature(second)

    assert count() == 0
