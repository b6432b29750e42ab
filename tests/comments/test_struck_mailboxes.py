"""Once staff have struck words of a mailbox, screening alone allows no later words of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from petition.comments.comment_list import count_waiting
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Signature, StruckMailbox
from petition.retention.struck_words import erase_struck
from petition.signers.amend import amend
from petition.signers.link_renewal import renew_links
from petition.signers.withdraw import erase_signature, withdraw_signature
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


def make_struck(**campaign: object) -> tuple[Mailbox, int]:
    """Have a mailbox sign with harmless words, which staff strike; return it and its row."""
    mailbox = Mailbox(add_campaign(**campaign))
    row = mailbox.sign(SQUARE)
    assert read_state(row) == "allowed"
    strike(row)
    return mailbox, row


def edit_and_tick_again(mailbox: Mailbox, row: int) -> int:
    amend(link(row), {"comment": BUS})
    tick(row, publish=False)
    tick(row, publish=True)
    return row


def take_back_and_edit(mailbox: Mailbox, row: int) -> int:
    tick(row, publish=False)
    amend(link(row), {"comment": BUS})
    tick(row, publish=True)
    return row


def tap_others(mailbox: Mailbox, row: int) -> int:
    mailbox.tap(row, "", publish=False)
    mailbox.tap(row, TREES, publish=False)
    mailbox.tap(row, BUS)
    return row


def come_by_another_link(mailbox: Mailbox, row: int) -> int:
    mailbox_proved(row)
    renew_links(link(row))
    return edit_and_tick_again(mailbox, row)


def mailbox_proved(row: int) -> None:
    with transaction() as session:
        session.get_one(Signature, row).proved_at = utcnow()


def sign_in_its_place(mailbox: Mailbox, row: int) -> int:
    other = mailbox.sign(BUS)
    confirm_as(other, "replace")
    return other


def sign_as_a_second_person(mailbox: Mailbox, row: int) -> int:
    other = mailbox.sign(BUS)
    confirm_as(other, "add")
    return other


def withdraw_and_sign_again(mailbox: Mailbox, row: int) -> int:
    withdraw_signature(row)
    return mailbox.sign(BUS)


def withdraw_and_add_words_later(mailbox: Mailbox, row: int) -> int:
    withdraw_signature(row)
    other = mailbox.sign()
    mailbox.tap(other, BUS)
    return other


def wait_until_they_are_erased(mailbox: Mailbox, row: int) -> int:
    assert erase_struck(utcnow() + timedelta(seconds=1), 10) == 1
    return edit_and_tick_again(mailbox, row)


ROADS = [
    edit_and_tick_again,
    take_back_and_edit,
    tap_others,
    come_by_another_link,
    sign_in_its_place,
    sign_as_a_second_person,
    withdraw_and_sign_again,
    withdraw_and_add_words_later,
    wait_until_they_are_erased,
]


@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.__name__)
def test_on_every_road_later_words_wait_for_a_person(
    context: AppContext, road: Callable[[Mailbox, int], int]
) -> None:
    mailbox, row = make_struck()

    last = road(mailbox, row)

    assert read_state(last) == "waiting"
    assert read_printable(mailbox.rows) == {}
    assert count_waiting() == 1
    allow(last)
    assert read_printable(mailbox.rows) == {last: BUS}


def test_words_that_waited_for_the_mailbox_before_the_strike_wait_after_it(
    context: AppContext,
) -> None:
    mailbox = Mailbox(add_campaign())
    row = mailbox.sign(SQUARE)
    other = mailbox.sign(BUS)
    assert read_state(other) == "allowed"  # of unconfirmed answers, which no letter prints
    strike(row)

    confirm_as(other, "replace")

    assert read_state(other) == "waiting"


def test_it_holds_after_staff_have_allowed_words_in_between(context: AppContext) -> None:
    mailbox, row = make_struck()
    edit_and_tick_again(mailbox, row)
    allow(row)

    amend(link(row), {"comment": TREES})

    assert read_state(row) == "waiting"


def test_words_of_another_person_or_campaign_are_screened_as_before(context: AppContext) -> None:
    mailbox, _ = make_struck()
    stranger = Mailbox(mailbox.slug, number=2)
    elsewhere = Mailbox(add_campaign(slug="successor"))

    assert read_state(stranger.sign(BUS)) == "allowed"
    assert read_state(elsewhere.sign(BUS)) == "allowed"


def test_with_the_last_signature_that_is_erased_the_mailbox_is_forgotten(
    context: AppContext,
) -> None:
    mailbox, row = make_struck()
    other = sign_in_its_place(mailbox, row)

    erase_signature(row)
    assert count_struck() == 1
    erase_signature(other)

    assert count_struck() == 0
    assert read_state(mailbox.sign(BUS)) == "allowed"


def count_struck() -> int:
    return db.session.scalar(select(func.count()).select_from(StruckMailbox)) or 0


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM struck_mailboxes",
        "UPDATE struck_mailboxes SET campaign_id = campaign_id + 1",
        "UPDATE struck_mailboxes SET struck_at = struck_at",
    ],
)
def test_the_database_keeps_what_was_struck(context: AppContext, statement: str) -> None:
    make_struck()

    with pytest.raises(DBAPIError, match="what was struck"), transaction() as session:
        session.execute(text(statement))

    assert count_struck() == 1


def test_whatever_code_allows_words_unread_the_database_has_them_wait(context: AppContext) -> None:
    _, row = make_struck()
    empty = "UPDATE signatures SET comment_state = NULL, comment_decided_at = NULL"
    allowed = "UPDATE signatures SET comment_state = 'allowed', comment_decided_at = NULL"
    decided = "UPDATE signatures SET comment_state = 'allowed', comment_decided_at = created_at"
    for statement in (empty, allowed):
        with transaction() as session:
            session.execute(text(statement))
    assert read_state(row) == "waiting"

    undecided = "UPDATE signatures SET comment_decided_at = NULL"
    for statement in (decided, undecided):
        with transaction() as session:
            session.execute(text(statement))

    assert read_state(row) == "waiting"


def test_what_a_second_person_was_allowed_before_waits_once_it_may_be_other_words(
    context: AppContext,
) -> None:
    mailbox = Mailbox(add_campaign())
    row, other = mailbox.sign(SQUARE), mailbox.sign(BUS)
    confirm_as(other, "add")
    strike(row)
    assert read_printable(mailbox.rows) == {other: BUS}

    with transaction() as session:
        signature = session.get_one(Signature, other)
        assert signature.person is not None
        signature.person = replace(signature.person, comment=TREES)

    assert read_state(other) == "waiting"


def test_whom_staff_put_back_has_words_that_wait(context: AppContext) -> None:
    mailbox, row = make_struck()
    withdraw_signature(row)
    other = mailbox.sign(BUS)
    reject = (
        "state = 'rejected', reject_reason = 'forged', ended_at = created_at,"
        " comment_state = 'allowed'"
    )
    for change in ("comment_state = NULL", reject, "state = 'confirmed', ended_at = NULL"):
        with transaction() as session:
            session.execute(text(f"UPDATE signatures SET {change} WHERE id = {other}"))  # noqa: S608

    assert read_state(other) == "waiting"
