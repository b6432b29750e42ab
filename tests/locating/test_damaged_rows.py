"""One row that does not open goes to a person, and the rest of its batch goes on."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from petition.core.errors import InvalidInput, NotFound, SealBroken
from petition.core.extensions import db, transaction
from petition.core.key_values import generate_data_key
from petition.locating.locate import locate_batch
from petition.locating.retry import look_again
from petition.locating.review_decisions import open_address, settle
from petition.locating.review_queue import list_waiting
from petition.models import Event, Signature
from petition.signers.withdraw import erase_signature
from tests.locating.test_locate import CAMBRIDGE, make_due, read, sign


def damage(signature_id: int) -> bytes:
    """Flip the last byte of what is sealed; return what was there."""
    query = text("SELECT person FROM signatures WHERE id = :id")
    with transaction() as session:
        whole = bytes(session.execute(query, {"id": signature_id}).scalar_one())
    put(signature_id, whole[:-1] + bytes([whole[-1] ^ 1]))
    return whole


def put(signature_id: int, sealed: bytes) -> None:
    with transaction() as session:
        session.execute(
            text("UPDATE signatures SET person = :sealed WHERE id = :id"),
            {"id": signature_id, "sealed": sealed},
        )


def count_states() -> dict[str, int]:
    db.session.rollback()
    rows = db.session.execute(select(Signature.state, func.count()).group_by(Signature.state))
    return {state: number for state, number in rows}


def test_of_five_hundred_rows_one_is_damaged_and_the_others_are_located(counties: int) -> None:
    numbers = sign(*[CAMBRIDGE] * 500)
    damage(numbers[250])

    found = locate_batch()

    assert (found.located, found.review, found.retried) == (499, 1, 0)
    assert count_states() == {"located": 499, "review": 1}
    assert read(numbers[250]).review_reason == "unreadable"
    event = db.session.scalars(select(Event).where(Event.action == "signature.unreadable")).one()
    assert (event.subject, event.subject_id) == ("signature", numbers[250])


def test_two_rows_that_were_swapped_open_nothing_and_go_to_review(counties: int) -> None:
    ada, bob = sign(CAMBRIDGE, CAMBRIDGE)
    query = text("SELECT id, person FROM signatures ORDER BY id")
    rows = {id: bytes(person) for id, person in db.session.execute(query)}
    put(ada, rows[bob])
    put(bob, rows[ada])

    locate_batch()

    assert {read(id).review_reason for id in (ada, bob)} == {"unreadable"}


def test_staff_see_it_and_can_only_mend_or_erase_it(counties: int) -> None:
    [number] = sign(CAMBRIDGE)
    whole = damage(number)
    locate_batch()

    [waiting] = list_waiting("unreadable")
    assert waiting.signature_id == number
    with pytest.raises(NotFound):
        open_address(number, "staff:1")
    with pytest.raises(InvalidInput):
        settle(number, {"county": 1}, "I know them", "staff:1")
    db.session.rollback()

    put(number, whole)
    look_again(number, "staff:1")
    assert locate_batch().located == 1

    damage(number)
    erase_signature(number)
    assert (read(number).state, read(number).person) == ("erased", None)


def test_another_key_puts_nobody_into_review(counties: int, make_app: Callable[..., Flask]) -> None:
    sign(CAMBRIDGE, CAMBRIDGE)
    db.session.rollback()

    with make_app(PETITION_DATA_KEY=generate_data_key()).app_context():
        with pytest.raises(SealBroken):
            locate_batch()
        db.session.remove()

    assert count_states() == {"confirmed": 2}
    make_due()
    assert locate_batch().located == 2
