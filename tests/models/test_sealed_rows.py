"""What is sealed in a row opens in that row, and in no other."""

import os
from dataclasses import replace

import pytest
from flask.ctx import AppContext
from sqlalchemy import text, update
from sqlalchemy.exc import StatementError

from petition.core.errors import SealBroken
from petition.core.extensions import db, transaction
from petition.core.sealing import BOUND, LOOSE, Sealer, get_sealer
from petition.models import Person, Signature
from petition.models.signatures.person import skip_broken
from petition.signers.link_renewal import renew_links
from petition.signing.link_tokens import LinkPurpose, make_token
from petition.signing.sign import sign
from tests.factories import make_campaign, make_person, make_signature
from tests.signing.test_sign import fill_form, find_place

PURPOSE = "signature.person"


def add(*names: str, **changes: object) -> list[int]:
    with transaction() as session:
        campaign = make_campaign(session)
        people = [make_person(given_name=name) for name in names]
        return [make_signature(session, campaign, person=one, **changes).id for one in people]


def read_sealed(signature_id: int) -> bytes:
    db.session.rollback()
    query = text("SELECT person FROM signatures WHERE id = :id")
    return bytes(db.session.execute(query, {"id": signature_id}).scalar_one())


def write_sealed(signature_id: int, sealed: bytes) -> None:
    with transaction() as session:
        session.execute(
            text("UPDATE signatures SET person = :sealed WHERE id = :id"),
            {"id": signature_id, "sealed": sealed},
        )


def read_person(signature_id: int) -> Person:
    db.session.rollback()
    person = db.session.get_one(Signature, signature_id, populate_existing=True).person
    assert person is not None
    return person


def test_two_rows_whose_sealed_values_were_swapped_open_neither(context: AppContext) -> None:
    ada, bob = add("Ada", "Bob")
    mine, yours = read_sealed(ada), read_sealed(bob)

    write_sealed(ada, yours)
    write_sealed(bob, mine)

    for number in (ada, bob):
        person = read_person(number)
        assert not person.is_readable
        assert skip_broken(person) is None
        for name in ("given_name", "email", "name", "home"):
            with pytest.raises(SealBroken):
                getattr(person, name)
        with pytest.raises(SealBroken):
            replace(person, given_name="Eve")


def test_who_signs_is_sealed_for_their_row(context: AppContext) -> None:
    with transaction() as session:
        slug = make_campaign(session).slug

    signed = sign(slug, fill_form(given_name="Ada"), find_place)

    assert signed.signature_id is not None
    assert read_sealed(signed.signature_id).startswith(BOUND)
    assert read_person(signed.signature_id).given_name == "Ada"


def test_what_is_sealed_for_no_row_opens_in_none(context: AppContext) -> None:
    (ada,) = add("Ada")
    plain = get_sealer().open(read_sealed(ada), PURPOSE, read_person(ada).bound_to)

    write_sealed(ada, get_sealer().seal(plain, PURPOSE))
    assert not read_person(ada).is_readable

    with transaction() as session:
        session.execute(text("UPDATE signatures SET link_secret = NULL"))
    assert not read_person(ada).is_readable


def test_nothing_is_written_that_is_sealed_for_no_row(context: AppContext) -> None:
    (ada,) = add("Ada")
    before = read_sealed(ada)

    with pytest.raises(StatementError, match="has no secret"), transaction() as session:
        session.execute(update(Signature).values(person=make_person(given_name="Eve")))

    assert read_sealed(ada) == before


def test_links_that_are_called_back_leave_the_row_readable(context: AppContext) -> None:
    (ada,) = add("Ada")
    for _ in range(2):
        token = make_token(ada, LinkPurpose.STATUS)
        renew_links(token)

    assert read_person(ada).given_name == "Ada"
    with transaction() as session:
        row = session.get_one(Signature, ada)
        assert row.person is not None
        row.person = replace(row.person, given_name="Adah")
    assert read_person(ada).given_name == "Adah"


def test_a_secret_that_is_written_through_the_model_reseals(context: AppContext) -> None:
    (ada,) = add("Ada")

    with transaction() as session:
        session.get_one(Signature, ada).link_secret = os.urandom(16)

    assert read_person(ada).given_name == "Ada"


@pytest.mark.parametrize("spoil", ["version", "key", "nonce", "tag", "cut", "empty", "plain"])
def test_a_damaged_value_opens_as_broken(context: AppContext, spoil: str) -> None:
    (ada,) = add("Ada")
    whole = read_sealed(ada)
    flipped = {"version": 0, "key": 2, "nonce": 7, "tag": len(whole) - 1}
    if spoil in flipped:
        place = flipped[spoil]
        damaged = whole[:place] + bytes([whole[place] ^ 0xF0]) + whole[place + 1 :]
    else:
        damaged = {"cut": whole[:9], "empty": b"", "plain": b'{"given_name": "Ada"}'}[spoil]

    write_sealed(ada, damaged)

    assert not read_person(ada).is_readable


def test_the_version_byte_is_read() -> None:
    sealer = Sealer(os.urandom(32))
    row = os.urandom(16)
    bound, loose = sealer.seal(b"Ada", "p", row), sealer.seal(b"Ada", "p")

    assert (bound[:1], loose[:1]) == (BOUND, LOOSE)
    assert sealer.open(bound, "p", row) == sealer.open(loose, "p") == b"Ada"
    for sealed, purpose, secret in (
        (bound, "p", os.urandom(16)),
        (bound, "p", b""),
        (bound, "q", row),
        (loose, "q", row),
        (b"\x03" + loose[1:], "p", b""),
        (loose, "p", row),
        (LOOSE + bound[1:], "p", row),
        (BOUND + loose[1:], "p", row),
    ):
        with pytest.raises(SealBroken):
            sealer.open(sealed, purpose, secret)
    with pytest.raises(SealBroken):
        Sealer(os.urandom(32)).open(bound, "p", row)
