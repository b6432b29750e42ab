"""Whom a point had placed: asked by a real mail, answering on its page, counted where they said."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.dispatch.lanes import hold_lane
from petition.locating.chosen_district import LEFT_OPEN
from petition.locating.outcomes import ReviewReason
from petition.locating.review_queue import find_waiting
from petition.models import LaneName, Mail, Signature, SignatureState
from petition.models.signatures.signature import MOVES
from petition.notifications.batches import send_batch
from petition.notifications.location_requests import ELSEWHERE, find_places
from petition.web.public.signer.own_home import find_named
from tests.cli.runner import run
from tests.factories import edit_signed
from tests.mail.servers import Answers, polite_server
from tests.notifications.asking_world import (
    ONE,
    count_by_point,
    lay_world,
    mail_all,
    read_questions,
)
from tests.notifications.conftest import Enter, read_mails, read_part, sign_one
from tests.redistricting.world import read_tallies
from tests.web.county_world import MANASSAS_PARK, MILITARY, PRINCE_WILLIAM, SEVERAL
from tests.web.public_world import open_page, read_words
from tests.web.street_world import Town
from tests.web.test_where_pages import link_to

Later = Callable[[timedelta], None]


@pytest.fixture
def town(app: Flask) -> Town:
    """A campaign by county, in Virginia."""
    return lay_world(app)


def recheck(town: Town) -> None:
    """Run the command, and do what the workers do then."""
    result = run(town.app, "districts", "recheck", "--yes")
    assert result.exit_code == 0, result.output
    town.work()


def find_link(mail: EmailMessage) -> str:
    """Return the path of the one button, which the text has as well."""
    (button,) = re.findall(r'<a href="([^"]+)" style="display', read_part(mail, "html"))
    assert button in read_part(mail, "plain").split()
    return str(button).removeprefix("https://petition.example")


def answer(town: Town, path: str, **form: str) -> None:
    taken = town.app.test_client().post(path, data=form)
    assert taken.status_code == 303, read_words(taken)
    town.work()


def test_the_mail_leads_to_the_question_and_the_answer_counts(town: Town, enter: Enter) -> None:
    signature_id, other = count_by_point(town, SEVERAL, ONE)
    recheck(town)
    assert town.read(signature_id).state == "review"
    assert town.read(other).state == "counted"

    (mail,) = mail_all(enter)
    path = find_link(mail)
    words = read_words(open_page(town.app, path))
    answer(town, path, do="home", home=MANASSAS_PARK)

    for kind in ("plain", "html"):
        text = " ".join(read_part(mail, kind).split())
        assert "Part of 20111 is in Manassas Park, part in Prince William County." in text
        assert "In which county do you live?" in text and "“Campaign" in text
        assert "/unsubscribe/" in text and "Hello Ada," in text
    assert str(mail["Subject"]).startswith(
        "Where do you live? Your signature isn’t counted yet: Campaign"
    )
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "In which county do you live?" in words
    assert town.list_places(signature_id) == [("county", "Manassas Park", "signer")]
    assert town.read(signature_id).state == "counted"
    assert sorted(live for live, _ in read_tallies().values()) == [1, 1]
    assert mail_all(enter) == []


def test_a_mailbox_that_is_not_proved_is_told_nothing_that_was_typed(
    town: Town, enter: Enter
) -> None:
    count_by_point(town, SEVERAL, proved_at=None)
    recheck(town)

    (mail,) = mail_all(enter)

    text = read_part(mail, "plain") + read_part(mail, "html")
    assert "Part of your ZIP code is in Manassas Park, part in Prince William County." in text
    assert SEVERAL not in text and "Ada" not in text


@pytest.mark.parametrize(
    ("form", "state"),
    [
        ({"do": "home", "home": PRINCE_WILLIAM}, "counted"),
        ({"do": "address", "street_address": "1 Main Street"}, "review"),
        ({"do": "address", "street_address": "1 Main Street", "postal_code": ONE}, "counted"),
        ({"do": "withdraw"}, "withdrawn"),
        ({"do": "erase"}, "erased"),
    ],
)
def test_who_has_said_it_meanwhile_is_not_asked(
    town: Town, enter: Enter, form: dict[str, str], state: str
) -> None:
    (signature_id,) = count_by_point(town, SEVERAL)
    recheck(town)

    answer(town, link_to(town, signature_id), **form)

    assert town.read(signature_id).state == state
    assert mail_all(enter) == []


def test_whom_their_zip_code_tells_another_county_is_counted_there_and_not_asked(
    town: Town, enter: Enter
) -> None:
    (signature_id,) = count_by_point(town, ONE, county=MANASSAS_PARK)
    assert town.list_places(signature_id) == [("county", "Manassas Park", "polygon")]

    recheck(town)

    found = town.list_places(signature_id)
    assert found == [("county", "Prince William County", "postal_area")]
    assert town.read(signature_id).state == "counted"
    assert mail_all(enter) == []


def test_nobody_is_asked_before_they_were_looked_up_and_then_within_minutes(
    town: Town, enter: Enter, make_later: Later
) -> None:
    count_by_point(town, SEVERAL)
    run(town.app, "districts", "recheck", "--yes")
    assert mail_all(enter) == []

    town.work()
    make_later(timedelta(minutes=2))

    assert len(mail_all(enter)) == 1


@pytest.mark.parametrize("column", ["unsubscribed_at", "unreachable_at"])
def test_who_wants_no_mail_or_gets_none_is_not_asked(town: Town, enter: Enter, column: str) -> None:
    (signature_id,) = count_by_point(town, SEVERAL, **{column: utcnow()})
    recheck(town)

    assert mail_all(enter) == []
    assert town.read(signature_id).state == "review"


def test_while_the_lane_is_stopped_the_question_waits_and_then_goes_once(
    town: Town, enter: Enter
) -> None:
    count_by_point(town, SEVERAL, SEVERAL)
    with town.app.app_context(), transaction() as session:
        lane, now = hold_lane(session, LaneName.SIGNERS), utcnow()
        lane.refused_since = lane.stopped_at = now
        lane.cause, lane.probe_at = "550 5.7.1 at mail", now + timedelta(hours=1)
    recheck(town)
    stopped = mail_all(enter)

    run(town.app, "mail", "resume")

    assert (stopped, len(mail_all(enter)), mail_all(enter)) == ([], 2, [])


def test_a_mailbox_gets_no_more_questions_than_other_mails_unasked(
    town: Town, enter: Enter, make_later: Later
) -> None:
    ids = count_by_point(town, *[SEVERAL] * 4)
    with town.app.app_context(), transaction() as session:
        people = [session.get_one(Signature, signature_id) for signature_id in ids]
        assert people[0].person is not None
        for one in people[1:]:
            one.person = people[0].person
    recheck(town)

    assert len(mail_all(enter)) == 3
    make_later(timedelta(days=1, minutes=1))
    assert len(mail_all(enter)) == 1


def test_who_is_asked_for_the_address_is_told_so_and_gives_it(town: Town, enter: Enter) -> None:
    (signature_id,) = count_by_point(town, MILITARY)
    with town.app.app_context(), transaction() as session:
        signature = session.get_one(Signature, signature_id)
        assert signature.person is not None
        signature.person = replace(signature.person, region="AE")
    recheck(town)
    assert town.read(signature_id).state == "review"

    (mail,) = mail_all(enter)
    path = find_link(mail)
    page = open_page(town.app, path)
    answer(town, path, do="address", street_address="1 Main Street", region="VA", postal_code=ONE)

    assert "The address that we have does not show your district." in read_part(mail, "html")
    assert 'name="street_address"' in page.text
    assert town.read(signature_id).state == "counted"


def test_a_recheck_that_is_run_again_asks_nobody_twice(town: Town, enter: Enter) -> None:
    (signature_id,) = count_by_point(town, SEVERAL)
    recheck(town)
    recheck(town)
    first = mail_all(enter)
    with transaction() as session:  # as if a point had placed them once more
        session.execute(
            update(Signature).where(Signature.id == signature_id).values(state="located")
        )
    town.work()
    recheck(town)

    assert (len(first), mail_all(enter), len(read_questions())) == (1, [], 1)


def test_the_database_holds_one_question_for_each_signature(context: AppContext) -> None:
    row = {"signature_id": sign_one(), "created_at": utcnow(), "due_at": utcnow()}
    with transaction() as session:
        session.execute(insert(Mail).values(row | {"kind": "question"}))

    for kind, rule in (("question", "uq_mails|UNIQUE"), ("quiz", "ck_mails_kind_known")):
        with pytest.raises(IntegrityError, match=rule), transaction() as session:
            session.execute(insert(Mail).values(row | {"kind": kind}))


@pytest.mark.parametrize("layers", [("county",), ("county", "sldl"), ("county", "place")])
def test_the_mail_asks_as_the_page_does(app: Flask, layers: tuple[str, ...]) -> None:
    town = lay_world(app)
    (signature_id,) = count_by_point(town, SEVERAL)
    recheck(town)
    of_signature = update(Signature).where(Signature.id == signature_id)
    with app.app_context():
        for reason in {*ReviewReason} - {*MOVES}:
            with transaction() as session:
                edit_signed(session, town.campaign_id, layers=list(layers))
                session.execute(of_signature.values(review_reason=reason.value))
            signature = db.session.get_one(Signature, signature_id)
            told = find_places(db.session(), signature, layers)
            named = find_named(find_waiting(signature_id))

            assert told == ((named.layer, named.districts) if named else ("", [])), reason
    assert ELSEWHERE == {*ReviewReason} - LEFT_OPEN - {*MOVES}


def test_a_crowd_is_asked_one_by_one(town: Town, enter: Enter) -> None:
    ids = count_by_point(town, *[SEVERAL] * 25)
    recheck(town)

    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        while send_batch():
            pass

    mails = read_mails(answers.kept)
    assert len({str(mail["To"]) for mail in mails}) == len(mails) == 25
    assert [mail.signature_id for mail in read_questions() if mail.sent_at] == ids
    asked = select(Signature.id).where(Signature.state == SignatureState.REVIEW)
    assert len(db.session.scalars(asked).all()) == 25
