"""Mailed again who asks by their address: by signing again, or for a lost link."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import event, func, select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.core.sealing import get_sealer
from petition.models import Campaign, Event, Mail, MailKind, Signature, SignatureState
from petition.notifications.batches import send_batch
from petition.notifications.confirmations import mail_batch
from petition.notifications.link_requests import answer_asks
from petition.notifications.message_ids import read_message_id
from petition.postal.zip_places import known_postal_code
from petition.signers.lost_link import ask_for_links
from petition.signers.withdraw import unsubscribe_signature, withdraw_signature
from petition.signing.link_tokens import LinkPurpose, read_token
from petition.signing.sign import Signed
from petition.signing.sign import sign as sign_form
from tests.factories import make_campaign, make_person, make_signature
from tests.mail.servers import Answers, polite_server
from tests.notifications.conftest import Enter, read_mails, read_part

Later = Callable[[timedelta], None]
SLUG = "again"
EMAIL = "ada@people.example"
CONFIRMED = [
    SignatureState.CONFIRMED,
    SignatureState.LOCATED,
    SignatureState.REVIEW,
    SignatureState.COUNTED,
]
MOMENT = timedelta(minutes=1)
A_WHILE = timedelta(minutes=16)


def sign() -> Signed:
    form = {
        "given_name": "Ada",
        "family_name": "Example",
        "email": EMAIL,
        "postal_code": "02139",
    }
    return sign_form(SLUG, form, known_postal_code)


def ask() -> None:
    ask_for_links(EMAIL)
    answer_asks()


def add(confirm_email: bool = True, **changes: object) -> int:
    """Add the campaign and a signature of the address; return the signature's id."""
    with transaction() as session:
        campaign = make_campaign(session, slug=SLUG, confirm_email=confirm_email)
        person = make_person(email=EMAIL)
        return make_signature(session, campaign, person=person, **changes).id


def add_pending(**changes: object) -> int:
    return add(state=SignatureState.PENDING, confirmed_at=None, **changes)


def read(signature_id: int) -> Signature:
    db.session.rollback()  # other connections write as well
    return db.session.get_one(Signature, signature_id)


def read_linked(text: str) -> list[int]:
    """Return the ids of the signatures to whose private pages a mail leads, in its order."""
    tokens = re.findall(r"https://petition\.example/signatures/([\w.-]+)", text)
    return [read_token(token, LinkPurpose.STATUS) for token in tokens]


def count_links() -> int:
    kinds = select(func.count(Mail.id)).where(Mail.kind == MailKind.LINK)
    return db.session.scalar(kinds.where(Mail.due_at.is_not(None))) or 0


@pytest.mark.parametrize("state", CONFIRMED)
def test_who_has_confirmed_and_signs_again_is_mailed_what_is_to_be_confirmed(
    enter: Enter, state: SignatureState
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        add(state=state)
        sign()
        assert (mail_batch(), mail_batch(), send_batch()) == (1, 0, 0)

    (mail,) = read_mails(answers.kept)
    assert answers.recipients == [EMAIL]
    assert "https://petition.example/confirm/" in read_part(mail, "plain")


def test_of_answers_that_wait_for_the_mail_server_the_latest_are_mailed(enter: Enter) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        with transaction() as session:
            make_campaign(session, slug=SLUG, confirm_email=True)
        for _ in range(4):
            sign()
        assert (mail_batch(), mail_batch()) == (4, 0)  # one is mailed, three are put aside

    (mail,) = read_mails(answers.kept)
    latest = db.session.scalar(select(func.max(Signature.id)))
    assert read_message_id(mail["Message-ID"]) == latest


def test_answers_that_were_passed_over_expire_unmailed(enter: Enter, make_later: Later) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        with transaction() as session:
            make_campaign(session, slug=SLUG, confirm_email=True)
        sign()
        sign()
        mail_batch()
        make_later(timedelta(days=14, minutes=1))
        mail_batch()

    assert len(answers.kept) == 1
    db.session.rollback()
    assert set(db.session.scalars(select(Signature.state))) == {SignatureState.EXPIRED}


@pytest.mark.parametrize("confirm_email", [True, False])
def test_every_signing_is_answered_alike(context: AppContext, confirm_email: bool) -> None:
    add(confirm_email)
    again = sign()
    withdraw_signature(db.session.scalars(select(Signature.id)).first() or 0)

    assert sign() == again


@pytest.mark.parametrize("confirm_email", [True, False])
def test_signing_is_one_insert_and_so_is_signing_again(
    context: AppContext, confirm_email: bool
) -> None:
    with transaction() as session:
        make_campaign(session, slug=SLUG, confirm_email=confirm_email)
    done: list[str] = []

    def note(*details: object) -> None:
        done.append(str(details[2]).split()[0])

    event.listen(db.engine, "before_cursor_execute", note)
    sign()
    first, done[:] = list(done), []
    sign()
    event.remove(db.engine, "before_cursor_execute", note)

    reading = {"BEGIN", "SELECT"}  # of the campaign, once a second
    assert [word for word in first if word not in reading] == ["INSERT"]
    assert [word for word in done if word not in reading] == ["INSERT"]


def test_a_mailbox_that_unsubscribed_is_mailed_no_other_answers(
    enter: Enter, make_later: Later
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        signature_id = add_pending()
        mail_batch()
        unsubscribe_signature(signature_id)
        for days in (1, 4):
            sign()
            mail_batch()
            make_later(timedelta(days=days))
            send_batch()

    assert len(answers.kept) == 1


def test_who_unsubscribed_signs_anew_and_asks_is_mailed_those_answers(
    enter: Enter, make_later: Later
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        due_at = utcnow() + timedelta(days=14)
        unsubscribe_signature(add_pending(mailed_at=utcnow(), due_at=due_at))
        sign()
        mail_batch()
        assert not answers.kept
        ask()
        assert mail_batch() == 1

    (mail,) = read_mails(answers.kept)
    latest = db.session.scalar(select(func.max(Signature.id)))
    assert read_message_id(mail["Message-ID"]) == latest


def test_two_people_of_one_mailbox_get_their_links_in_one_mail(enter: Enter) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        first = add(state=SignatureState.COUNTED)
        with transaction() as session:
            campaign = session.scalars(select(Campaign)).one()
            bob = make_person(email=EMAIL, given_name="Bob")
            second = make_signature(session, campaign, person=bob, seat=2).id
        sign()
        ask()
        assert (send_batch(), send_batch()) == (1, 0)

    (mail,) = read_mails(answers.kept)
    text = read_part(mail, "plain")
    assert read_message_id(mail["Message-ID"]) == first
    assert read_linked(text) == [first, second]
    assert "Hello,\n" in text.replace("\r\n", "\n") and ": Bob\n" in text.replace("\r\n", "\n")
    assert mail["To"].addresses[0].display_name == ""


def test_all_links_of_an_address_go_in_one_mail_in_the_language_of_the_form(enter: Enter) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        with transaction() as session:
            ada = make_person(email="Ada@People.example")
            own = {"email_digest": get_sealer().digest(EMAIL, "email")}
            looks = {"organization_email": "a@river.example", "accent": "#aa0000"}
            campaigns = [make_campaign(session, title=f"Letter {n}", **looks) for n in range(4)]
            over = {"state": SignatureState.WITHDRAWN, "ended_at": utcnow(), "due_at": None}
            kept = [
                make_signature(session, campaigns[0], person=ada, **own).id,
                make_signature(session, campaigns[1], person=make_person(email=EMAIL)).id,
                make_signature(session, campaigns[2], person=ada, **own, **over).id,
            ]
            make_signature(session, campaigns[0], person=ada, **own, **over)  # and signed again
            make_signature(session, campaigns[3])  # another's
        ask_for_links("ada+tag@people.example", "es")
        answer_asks()
        assert (mail_batch(), send_batch(), send_batch()) == (0, 1, 0)

    (mail,) = read_mails(answers.kept)
    text, page = read_part(mail, "plain"), read_part(mail, "html")
    assert [read_linked(part) for part in (text, page)] == [kept, kept]
    assert [f"Letter {n}" in text for n in range(4)] == [True, True, True, False]
    assert "?lang=es" in text and 'lang="es"' in page
    assert mail["From"].addresses[0].display_name == "Hundredth"
    assert mail["Reply-To"] is None and "#aa0000" not in page
    # One click would stop the mails of one of the letters; the foot has a link for each.
    assert mail["List-Unsubscribe"] is None and text.count("/unsubscribe/") == len(kept)


def test_a_link_goes_only_to_the_spelling_that_signed(enter: Enter) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        with transaction() as session:
            spelled = {
                email: make_signature(
                    session,
                    make_campaign(session),
                    person=make_person(email=email),
                    email_digest=get_sealer().digest(EMAIL, "email"),
                ).id
                for email in ("ada@people.example", "ada+mine@people.example")
            }
        ask_for_links(EMAIL)
        answer_asks()
        send_batch()

    told = {
        mail["To"].addresses[0].addr_spec: read_linked(read_part(mail, "plain"))
        for mail in read_mails(answers.kept)
    }
    assert told == {email: [signature_id] for email, signature_id in spelled.items()}


def test_of_answers_to_many_campaigns_three_are_mailed_again_and_the_links(
    enter: Enter, make_later: Later
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        signed = add()
        with transaction() as session:
            for _ in range(5):
                campaign = make_campaign(session, confirm_email=True)
                pending = {"state": SignatureState.PENDING, "confirmed_at": None}
                old = {"mailed_at": utcnow(), "due_at": utcnow() + timedelta(days=14)}
                person = make_person(email=EMAIL)
                make_signature(session, campaign, person=person, **pending, **old)
        make_later(A_WHILE)
        ask()
        assert (mail_batch(), send_batch()) == (3, 1)

    link = read_mails(answers.kept)[-1]
    assert read_linked(read_part(link, "plain")) == [signed]


def test_who_unsubscribed_before_confirming_is_mailed_the_confirmation_they_ask_for(
    enter: Enter, make_later: Later
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        signature_id = add_pending()
        mail_batch()
        unsubscribe_signature(signature_id)
        make_later(A_WHILE)
        ask()
        ask()
        assert (mail_batch(), mail_batch(), send_batch()) == (1, 0, 0)
        make_later(timedelta(days=3, minutes=1))
        send_batch()

    kinds = [str(mail["Message-ID"]).split(".")[0] for mail in read_mails(answers.kept)]
    assert kinds == ["<confirm", "<confirm", "<reminder"]
    assert read(signature_id).state == SignatureState.PENDING
    trail = db.session.execute(select(Event.action, Event.actor)).all()
    assert trail == [("signature.resubscribed", "visitor")]


def test_who_unsubscribes_a_second_time_means_it(context: AppContext, make_later: Later) -> None:
    signature_id = add_pending()
    for round_ in range(2):
        unsubscribe_signature(signature_id)
        make_later((round_ + 1) * A_WHILE)
        ask()

    assert read(signature_id).unsubscribed_at is not None


def test_who_unsubscribed_before_the_confirmation_went_gets_it_at_its_turn(
    context: AppContext,
) -> None:
    later = utcnow() + timedelta(minutes=5)  # a worker holds it, or waits for the mail server
    signature_id = add_pending(due_at=later)
    unsubscribe_signature(signature_id)

    ask()

    row = read(signature_id)
    assert (row.unsubscribed_at, row.mailed_at, row.due_at) == (None, None, later)


def test_asking_again_at_once_mails_nothing_more(enter: Enter, make_later: Later) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        signature_id = add_pending()
        mail_batch()
        unsubscribe_signature(signature_id)
        make_later(MOMENT)
        ask()
        assert (mail_batch(), send_batch()) == (0, 0)

    assert len(answers.kept) == 1
    assert read(signature_id).state == SignatureState.PENDING


def test_asking_for_another_address_leaves_who_unsubscribed_alone(
    context: AppContext, make_later: Later
) -> None:
    signature_id = add_pending()
    unsubscribe_signature(signature_id)
    make_later(A_WHILE)

    ask_for_links("eve@people.example")
    answer_asks()

    assert read(signature_id).unsubscribed_at is not None


def test_a_confirmed_signers_mailbox_that_failed_gets_the_link_again_after_a_day(
    enter: Enter, make_later: Later
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        add(unreachable_at=utcnow(), notify=True)
        ask()
        send_batch()
        assert answers.kept == []
        make_later(timedelta(days=1, minutes=1))
        ask()
        send_batch()

    assert len(answers.kept) == 1


def test_a_mailbox_that_could_not_be_reached_is_tried_again_after_a_day(
    context: AppContext, make_later: Later
) -> None:
    mailed_at = utcnow()
    due_at = mailed_at + timedelta(days=14)
    signature_id = add_pending(mailed_at=mailed_at, unreachable_at=mailed_at, due_at=due_at)
    make_later(A_WHILE)
    ask()
    assert mail_batch() == 0  # nor does it expire before its time
    assert read(signature_id).state == SignatureState.PENDING

    make_later(timedelta(days=1))
    ask()

    row = read(signature_id)
    assert (row.unreachable_at, row.mailed_at) == (None, None)
