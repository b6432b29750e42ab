"""Who is in the file beside a letter, and how their cells are written."""

import csv
import io

import pytest
from flask.ctx import AppContext

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Milestone, ReplyConsent, Signature
from petition.replies.reply_list import ReplyList, read_replies, write_csv
from petition.signers.withdraw import erase_signature, withdraw_signature
from tests.delivery.conftest import Ready, build_ready
from tests.factories import allow_reply, make_person


def read(ready: Ready) -> ReplyList:
    with transaction() as session:
        return read_replies(session, session.get_one(Milestone, ready.milestone_id))


def list_rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_nobody_is_in_it_who_did_not_allow_it(context: AppContext) -> None:
    assert read(build_ready()) == ReplyList()


def test_those_who_allow_it_are_in_it_in_the_order_of_the_letter(context: AppContext) -> None:
    ready = build_ready(names=3)
    last, _, first = reversed(ready.signature_ids)
    with transaction() as session:
        for signature_id in (last, first):
            allow_reply(session, signature_id)

    replies = read(ready)

    people = [db.session.get_one(Signature, one).person for one in (first, last)]
    expected = [[one.name, one.postal_code, one.email] for one in people if one]
    assert list_rows(replies.csv) == [["Name", "ZIP code", "E-mail"], *expected]
    assert replies.signature_ids == (first, last)
    assert read(ready) == replies


@pytest.mark.parametrize("left", ["consent", "withdrawn", "erased", "unproved"])
def test_who_takes_it_back_or_leaves_is_in_it_no_more(context: AppContext, left: str) -> None:
    ready = build_ready(wants_reply=2)
    gone, stays = ready.signature_ids[:2]
    before = read(ready)

    if left == "withdrawn":
        withdraw_signature(gone)
    elif left == "erased":
        erase_signature(gone)
    else:
        with transaction() as session:
            if left == "consent":
                session.get_one(ReplyConsent, gone).withdrawn_at = utcnow()
            else:
                session.get_one(Signature, gone).proved_at = None

    after = read(ready)
    assert before.signature_ids == (gone, stays)
    assert after.signature_ids == (stays,)
    assert after.mark not in (None, before.mark)


@pytest.mark.parametrize("start", [*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20"])
def test_no_cell_is_a_formula(start: str) -> None:
    person = make_person(given_name=f"{start}1+1", email=f"{start}a@people.example")

    (_, row) = list_rows(write_csv([person], "en"))

    assert all(cell[0] not in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20" for cell in row)
    assert row[2] == f"'{start}a@people.example"


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_no_name_begins_another_cell_whatever_parts_them(between: str) -> None:
    person = make_person(given_name=f"Ada{between}=1+1", family_name="")

    text = io.StringIO(write_csv([person], "en"), newline="")

    for row in csv.reader(text, delimiter=between):
        assert not any(cell.startswith("=") for cell in row)


def test_quotes_commas_and_line_breaks_stay_in_their_cell() -> None:
    name = 'Ada "Bo", of\nthe Lane'
    people = [make_person(given_name=name, family_name=""), make_person(email="b@people.example")]

    rows = list_rows(write_csv(people, "es"))

    assert rows[0] == ["Nombre", "Código postal", "Correo electrónico"]
    assert rows[1][0] == people[0].name
    assert [len(row) for row in rows] == [3, 3, 3]
    assert rows[2][2] == "b@people.example"
