"""Signers and staff act in any order and at once: nothing unread of a struck mailbox is printed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from threading import Barrier
from time import sleep

import pytest
from flask import Flask
from flask.ctx import AppContext
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from petition.comments.comment_decisions import CommentChanged
from petition.core.clock import utcnow
from petition.core.errors import NotFound, TokenExpired, UserError
from petition.core.extensions import db, transaction
from petition.models import CommentState, Signature
from petition.retention.struck_words import erase_struck
from petition.signers.amend import amend
from petition.signers.withdraw import withdraw_signature
from tests.comments.struck_world import (
    BUS,
    SQUARE,
    TREES,
    Mailbox,
    add_campaign,
    allow,
    confirm_as,
    link,
    read_printable,
    read_state,
    strike,
    tick,
)
from tests.comments.world import change_campaign

NUMBERS = count(1)
WORDS = st.sampled_from((SQUARE, BUS, TREES, ""))
WHICH = st.integers(0, 3)
ACTIONS = st.one_of(
    st.tuples(st.just("edit"), WHICH, WORDS),
    st.tuples(st.just("tick"), WHICH, st.booleans()),
    st.tuples(st.just("tap"), WHICH, st.tuples(WORDS, st.booleans())),
    st.tuples(st.just("strike"), WHICH, st.none()),
    st.tuples(st.just("allow"), WHICH, st.none()),
    st.tuples(st.just("sign"), WHICH, st.tuples(WORDS, st.booleans())),
    st.tuples(st.just("confirm"), WHICH, st.sampled_from(("replace", "add"))),
    st.tuples(st.just("withdraw"), WHICH, st.none()),
    st.tuples(st.just("erase_words"), WHICH, st.none()),
    st.tuples(st.just("setting"), WHICH, st.sampled_from(("all", "reviewed"))),
)


@dataclass
class Staff:
    """What is known of one mailbox's words; ``read``: the words of a row that staff allowed.

    - ``first``: what another row of the mailbox was allowed before the first strike.
    """

    mailbox: Mailbox
    is_struck: bool = False
    read: dict[int, str] = field(default_factory=dict)
    first: dict[int, str] = field(default_factory=dict)

    def act(self, action: str, which: int, value: object) -> None:
        if action == "setting":
            change_campaign(comments=value)
        elif action == "erase_words":
            erase_struck(utcnow(), 100)
        elif action == "sign":
            self.mailbox.sign(*value)  # type: ignore[misc]
        else:
            row = self.mailbox.rows[-1 - which % len(self.mailbox.rows)]
            before = read_words(row)
            getattr(self, action)(row, value)
            if read_words(row) != before:
                self.read.pop(row, None)
                self.first.pop(row, None)

    def edit(self, row: int, words: str) -> None:
        amend(link(row), {"comment": words})

    def tick(self, row: int, publish: bool) -> None:
        tick(row, publish)

    def tap(self, row: int, value: tuple[str, bool]) -> None:
        self.mailbox.tap(row, *value)

    def strike(self, row: int, _: None) -> None:
        printable = read_printable(self.mailbox.rows)
        strike(row)
        if not self.is_struck:
            self.first = printable
        self.is_struck = True
        self.read.pop(row, None)
        self.first.pop(row, None)

    def allow(self, row: int, _: None) -> None:
        allow(row)
        self.read[row] = read_words(row)

    def confirm(self, row: int, choice: str) -> None:
        confirm_as(row, choice)

    def withdraw(self, row: int, _: None) -> None:
        withdraw_signature(row)


def read_words(row: int) -> str:
    db.session.rollback()
    person = db.session.scalar(select(Signature.person).where(Signature.id == row))
    return person.comment if person is not None else ""


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(ACTIONS, min_size=3, max_size=16), st.integers(0, 3))
def check_any_order(slug: str, actions: list[tuple[str, int, object]], at: int) -> None:
    change_campaign(comments="all")
    staff = Staff(Mailbox(slug, next(NUMBERS)))
    row = staff.mailbox.sign(SQUARE)
    # Most lists have a strike early, or there is nothing to attack.
    for action in (*actions[:at], ("strike", 0, None), *actions[at:]):
        try:
            staff.act(*action)
        except (CommentChanged, NotFound, TokenExpired, UserError):
            db.session.rollback()
        if staff.is_struck:
            printed = read_printable(staff.mailbox.rows)
            known = staff.first | staff.read
            assert printed == {row: known.get(row) for row in printed}, action
            event(f"printed: {len(printed)}")
    assert row


def test_in_any_order_nothing_unread_of_a_struck_mailbox_is_printed(context: AppContext) -> None:
    check_any_order(add_campaign())


def replace(mailbox: Mailbox, rows: list[int]) -> None:
    confirm_as(rows[1], "replace")


def add(mailbox: Mailbox, rows: list[int]) -> None:
    confirm_as(rows[1], "add")


def tap(mailbox: Mailbox, rows: list[int]) -> None:
    mailbox.tap(rows[0], TREES)


def edit(mailbox: Mailbox, rows: list[int]) -> None:
    amend(link(rows[0]), {"comment": TREES})


def leave_and_sign(mailbox: Mailbox, rows: list[int]) -> None:
    withdraw_signature(rows[0])
    mailbox.sign(TREES)


ROADS = [replace, add, tap, edit, leave_and_sign]


@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.__name__)
def test_who_acts_while_staff_strike_has_words_that_wait(
    app: Flask, road: Callable[[Mailbox, list[int]], None]
) -> None:
    with app.app_context():
        mailbox = Mailbox(add_campaign())
        rows = [mailbox.sign(SQUARE), mailbox.sign(BUS)]
        db.session.remove()

    def act() -> None:
        with app.app_context():
            road(mailbox, rows)

    with ThreadPoolExecutor(1) as pool, app.app_context():
        with transaction() as session:
            session.execute(
                text(
                    "UPDATE signatures SET comment_state = 'struck', comment_decided_at ="  # noqa: S608
                    f" created_at WHERE id = {rows[0]}"
                )
            )
            acting = pool.submit(act)
            sleep(0.3)  # it has come as far as it can
            assert not acting.done()
        acting.result(20)
        assert read_printable(mailbox.rows) == {}
        assert CommentState.WAITING in [read_state(row) for row in mailbox.rows]


@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.__name__)
def test_at_once_with_a_strike_either_it_came_too_late_or_nothing_is_printed(
    app: Flask, road: Callable[[Mailbox, list[int]], None]
) -> None:
    with app.app_context():
        slug = add_campaign()
        db.session.remove()
    for number in range(1, 9):
        with app.app_context():
            mailbox = Mailbox(slug, number)
            rows = [mailbox.sign(SQUARE), mailbox.sign(BUS)]
            db.session.remove()
        start = Barrier(2)

        def act(start: Barrier = start, mailbox: Mailbox = mailbox, rows: list[int] = rows) -> None:
            with app.app_context():
                start.wait()
                road(mailbox, rows)

        def decide(start: Barrier = start, rows: list[int] = rows) -> bool:
            with app.app_context():
                start.wait()
                try:
                    strike(rows[0])
                except CommentChanged:
                    return False
                return True

        with ThreadPoolExecutor(2) as pool:
            acting, deciding = pool.submit(act), pool.submit(decide)
            acting.result(20)
            struck = deciding.result(20)
        with app.app_context():
            printed = read_printable(mailbox.rows)
            if road is add:  # who came before the strike keeps what they were allowed
                printed.pop(rows[1], None)
            assert printed == {} or not struck
