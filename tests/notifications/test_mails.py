"""E-mails to signers: each thing once, to who may have it, by a real mail server."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Delivery, Event, Mail, MailKind, Signature, SignatureState
from petition.notifications.arrival_notices import plan_delivered
from petition.notifications.batches import send_batch
from petition.notifications.confirmations import mail_batch
from petition.notifications.mail_plans import plan
from petition.notifications.message_ids import make_message_id, read_message_id
from petition.postal.zip_places import known_postal_code
from petition.signers.lost_link import ask_for_links
from petition.signers.withdraw import erase_signature, unsubscribe_signature, withdraw_signature
from petition.signing.group_links import make_group_token
from petition.signing.link_tokens import LinkPurpose, make_tokens
from petition.signing.sign import sign
from tests.delivery.letter_reports import note_bounce
from tests.factories import make_campaign, make_person, make_signature
from tests.mail.servers import Answers, RoughServer, drop_after_dot, never_answer, polite_server
from tests.notifications.conftest import (
    Enter,
    arrive,
    carry,
    read_mails,
    read_part,
    sign_one,
    sign_pending,
)

Later = Callable[[timedelta], None]
SLUG = "lost-links"


def plan_link(signature_id: int) -> None:
    with transaction() as session:
        signer = select(Signature.id).where(Signature.id == signature_id)
        plan(session, signer, MailKind.LINK, utcnow())


def read_signature(signature_id: int) -> Signature:
    db.session.expire_all()
    return db.session.get_one(Signature, signature_id)


def count_mails(kind: MailKind) -> int:
    return db.session.scalar(select(func.count(Mail.id)).where(Mail.kind == kind)) or 0


def test_every_mail_can_be_answered_by_one_click_and_fetches_nothing(
    enter: Enter, make_later: Later
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        milestone, _ = carry({"notify": True})
        arrive(milestone)
        plan_delivered()
        plan_link(sign_one())
        sign_pending()
        mail_batch()
        make_later(timedelta(days=4))
        assert send_batch() == 3

    mails = read_mails(answers.kept)
    kinds = {str(mail["Message-ID"]).split(".")[0] for mail in mails}
    assert kinds == {"<confirm", "<link", "<delivered", "<reminder"}
    for mail in mails:
        assert re.fullmatch(
            r"<https://petition\.example/unsubscribe/[^>]+>", mail["List-Unsubscribe"]
        )
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Subject"] and "\n" not in mail["Subject"]
        assert read_message_id(mail["Message-ID"]) is not None
        for kind in ("plain", "html"):
            text = read_part(mail, kind)
            unknown = mail["Message-ID"].startswith(("<confirm", "<reminder"))
            assert (
                ("Hello," if unknown else "Hello Ada,") in text
                and "{{" not in text
                and "!" not in text.replace("<!", "")
            )
            assert "/unsubscribe/" in text
        assert not re.search(r"<img|<link|src=|url\(", read_part(mail, "html"))


@pytest.mark.parametrize(
    ("organization_email", "answers_go_to"),
    [
        ("hello@neighbours.example", ["hello@neighbours.example"]),
        ("Neighbours <hello@neighbours.example>", ["hello@neighbours.example"]),
        (None, None),
        # A slip there keeps nobody from confirming, and writes no header of its own.
        ("neighbours.example", None),
        ("hello@neighbours.example\r\nBcc: all@people.example", None),
    ],
)
def test_answers_to_every_mail_go_to_the_organization(
    enter: Enter, organization_email: str | None, answers_go_to: list[str] | None
) -> None:
    server = Answers()
    with polite_server(server) as address:
        enter(address)
        with transaction() as session:
            campaign = make_campaign(
                session, organization="Neighbours, Together", organization_email=organization_email
            )
            pending = {"state": SignatureState.PENDING, "confirmed_at": None}
            make_signature(session, campaign, **pending)
            signature_id = make_signature(session, campaign).id
        plan_link(signature_id)
        assert (mail_batch(), send_batch()) == (1, 1)

    mails = read_mails(server.kept)
    assert len(mails) == 2
    for mail in mails:
        found = mail["Reply-To"]
        assert (found and [one.addr_spec for one in found.addresses]) == answers_go_to
        assert found is None or found.addresses[0].display_name == "Neighbours, Together"
        assert mail["Bcc"] is None


def test_who_has_not_confirmed_is_reminded_once_and_then_expires(
    enter: Enter, make_later: Later
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        signature_id = sign_pending()
        mail_batch()
        assert (send_batch(), len(answers.kept)) == (0, 1)
        make_later(timedelta(days=3, minutes=1))
        send_batch()
        make_later(timedelta(days=1))
        assert (mail_batch(), send_batch()) == (0, 0)
        make_later(timedelta(days=11))
        mail_batch()

    confirmation, reminder = read_mails(answers.kept)
    assert "works for another 10 days" in read_part(reminder, "plain")
    assert reminder["To"] == confirmation["To"]
    assert read_signature(signature_id).state == SignatureState.EXPIRED


def test_who_confirmed_meanwhile_is_not_reminded(enter: Enter, make_later: Later) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        signature_id = sign_pending()
        mail_batch()
        with transaction() as session:
            signature = session.get_one(Signature, signature_id)
            signature.state, signature.seat = SignatureState.CONFIRMED, 1
        make_later(timedelta(days=4))
        send_batch()

    assert len(answers.kept) == 1


def test_who_asked_is_told_of_the_arrival_once_with_all_posts(
    enter: Enter, make_later: Later
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        milestone, (asked, _) = carry({"notify": True}, {"notify": False}, posts=2)
        assert plan_delivered() == 0
        arrive(milestone, how_many=2)
        assert (plan_delivered(), plan_delivered()) == (1, 0)
        assert send_batch() == 0  # it may still come back
        make_later(timedelta(minutes=11))
        assert (send_batch(), send_batch()) == (1, 0)

    (mail,) = read_mails(answers.kept)
    text = read_part(mail, "plain")
    assert "- Board 1: stored in this service’s outbox" in text and "- Board 2: stored" in text
    assert "https://petition.example/letters/TEST" in text
    assert read_message_id(mail["Message-ID"]) == asked


def test_an_arrival_that_is_told_twice_at_once_is_planned_once(context: AppContext) -> None:
    milestone, (signature_id,) = carry({"notify": True})
    arrive(milestone)
    plan_delivered()
    with transaction() as session:
        signers = select(Signature.id).where(Signature.id == signature_id)
        assert plan(session, signers, MailKind.DELIVERED, utcnow(), about=milestone) == 0

    assert count_mails(MailKind.DELIVERED) == 1


def test_a_letter_that_came_back_is_not_told_as_delivered(enter: Enter, make_later: Later) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        milestone, _ = carry({"notify": True})
        arrive(milestone)
        plan_delivered()
        make_later(timedelta(minutes=11))
        message_id = db.session.scalars(select(Delivery.message_id)).one()
        note_bounce(message_id)
        send_batch()
        assert answers.kept == []
        with transaction() as session:
            delivery = session.scalars(select(Delivery)).one()
            for state in ("retry_wait", "sending", "accepted"):
                delivery.state = state
                session.flush()
        make_later(timedelta(hours=7))
        send_batch()

    assert len(answers.kept) == 1


@pytest.mark.parametrize("leave", [withdraw_signature, erase_signature, unsubscribe_signature])
def test_who_left_or_unsubscribed_gets_no_mail(
    enter: Enter, make_later: Later, leave: Callable[[int], object]
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        milestone, (signature_id,) = carry({"notify": True})
        arrive(milestone)
        plan_delivered()
        leave(signature_id)
        make_later(timedelta(minutes=11))
        send_batch()

    assert answers.kept == []
    assert db.session.scalars(select(Mail.due_at)).all() == [None]


def test_a_server_that_is_away_is_asked_once_and_the_mails_go_later(
    enter: Enter, make_later: Later
) -> None:
    with RoughServer(never_answer) as server:
        enter(server.address, PETITION_LEASE_SECONDS="1")
        for _ in range(3):
            plan_link(sign_one())
        assert send_batch() == 0
        assert server.conversations == 1
    tries = db.session.scalars(select(Mail.attempt)).all()
    assert tries == [1, 1, 1]
    assert all(due is not None for due in db.session.scalars(select(Mail.due_at)))


def test_one_mailbox_that_asks_to_wait_keeps_nobody_else_from_their_mail(enter: Enter) -> None:
    answers = Answers(rcpt=["451 4.7.1 Greylisted"])
    with polite_server(answers) as address:
        enter(address)
        for _ in range(3):
            plan_link(sign_one())
        assert send_batch() == 3

    assert len(answers.kept) == 2


def test_who_signs_again_in_another_language_is_mailed_again_in_that(
    enter: Enter, make_later: Later
) -> None:
    form = {
        "given_name": "Ada",
        "family_name": "Example",
        "email": "ada@people.example",
        "postal_code": "02139",
    }
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        with transaction() as session:
            slug = make_campaign(session, confirm_email=True).slug
        for language in ("en", "es"):
            sign(slug, form, known_postal_code, language=language)
            mail_batch()
            make_later(timedelta(hours=1))

    assert [str(mail["Subject"]).split()[0] for mail in read_mails(answers.kept)] == [
        "Confirm",
        "Confirme",
    ]


def test_a_mail_that_may_have_arrived_is_not_sent_again(enter: Enter) -> None:
    with RoughServer(drop_after_dot) as server:
        enter(server.address)
        plan_link(sign_one())
        assert (send_batch(), send_batch()) == (1, 0)
        assert len(server.kept) == 1


def test_a_worker_that_died_leaves_its_mails_to_another(
    enter: Enter, make_later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        plan_link(sign_one())
        with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
            broken.setattr("petition.notifications.batches._settle", _die)
            send_batch()
        assert (send_batch(), len(answers.kept)) == (0, 1)  # its lease is not over
        make_later(timedelta(minutes=6))
        send_batch()

    first, second = read_mails(answers.kept)
    assert first["Message-ID"] == second["Message-ID"]  # a reader shows it once


def _die(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("reply", "gone"),
    [
        ("550 5.1.1 No such mailbox", True),
        ("550 No such mailbox", True),
        ("554 5.7.1 Relay access denied", False),
        ("550 5.1.8 Bad sender", False),
    ],
)
def test_only_a_refusal_of_the_mailbox_makes_an_address_unreachable(
    enter: Enter, reply: str, gone: bool
) -> None:
    with polite_server(Answers(rcpt=[reply, reply])) as address:
        enter(address)
        pending, other = sign_pending(), sign_one()
        mail_batch()
        plan_link(other)
        send_batch()

    for signature_id in (pending, other):
        assert (read_signature(signature_id).unreachable_at is not None) == gone
    due = db.session.scalars(select(Mail.due_at).where(Mail.kind == MailKind.LINK)).one()
    assert (due is None) == gone


def test_an_unreachable_address_is_mailed_no_more_and_never_counts_unconfirmed(
    enter: Enter, make_later: Later
) -> None:
    answers = Answers(rcpt=["550 5.1.1 No such mailbox"])
    with polite_server(answers) as address:
        enter(address)
        signature_id = sign_pending()
        mail_batch()
        plan_link(signature_id)
        send_batch()
        make_later(timedelta(days=4))
        send_batch()
        make_later(timedelta(days=11))
        mail_batch()

    assert answers.kept == []
    assert read_signature(signature_id).state == SignatureState.EXPIRED
    assert count_mails(MailKind.REMINDER) == 0
    code = db.session.scalars(select(Event.detail).where(Event.action == "signature.unreachable"))
    assert code.all() == [{"code": "550 5.1.1 at rcpt"}]


def test_a_lost_link_goes_to_the_address_that_signed_and_not_too_often(
    enter: Enter, make_later: Later
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        with transaction() as session:
            campaign = make_campaign(session, slug=SLUG)
            person = make_person(email="ada.l@people.example")
            make_signature(session, campaign, person=person)
        ask_for_links("nobody@people.example")
        assert (send_batch(), count_mails(MailKind.LINK)) == (0, 0)
        ask_for_links(" Ada.L+x@People.example ")
        ask_for_links("ada.l@people.example")
        send_batch()
        ask_for_links("ada.l@people.example")
        assert (send_batch(), len(answers.kept)) == (0, 1)
        make_later(timedelta(minutes=16))
        ask_for_links("ada.l@people.example")
        send_batch()

    first, second = read_mails(answers.kept)
    assert answers.recipients == ["ada.l@people.example"] * 2
    assert first["Message-ID"] != second["Message-ID"]
    assert "https://petition.example/signatures/" in read_part(first, "plain")


@pytest.mark.parametrize("state", [SignatureState.WITHDRAWN, SignatureState.EXPIRED])
def test_who_left_still_gets_the_link_to_erase_what_is_held(
    enter: Enter, state: SignatureState
) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        with transaction() as session:
            campaign = make_campaign(session, slug=SLUG)
            person = make_person(email="ada@people.example")
            make_signature(
                session, campaign, person=person, state=state, ended_at=utcnow(), due_at=None
            )
        ask_for_links("ada@people.example")
        send_batch()

    assert len(answers.kept) == 1


def test_no_mail_leaves_an_address_or_a_name_in_the_log(
    enter: Enter, capfd: pytest.CaptureFixture[str]
) -> None:
    canary = make_person(given_name="Canary", email="canary@people.example")
    replies = ["550 5.1.1 canary@people.example is gone", "451 canary@people.example later"]
    with polite_server(Answers(rcpt=replies)) as address:
        enter(address)
        for _ in range(3):
            plan_link(sign_one(person=canary))
        send_batch()
        sign_pending(person=canary)
        mail_batch()

    log = capfd.readouterr().err
    assert "mail.settled" in log and "invitation.settled" in log
    assert "anary" not in log


def test_no_message_id_and_no_link_tells_how_many_signed_before(context: AppContext) -> None:
    number = 1_234_567_890_123
    told = [make_message_id("confirm", number, number)]
    for token in (
        *make_tokens(number, LinkPurpose).values(),
        make_group_token(number, 1),
    ):
        # What a token says is readable, and only signed.
        told.append(urlsafe_b64decode(token.partition(".")[0] + "===").decode())

    assert not [one for one in told if str(number) in one]
    assert make_message_id("confirm", 1, 1) != make_message_id("confirm", 1, 2)


def test_a_message_id_cannot_be_made_up(context: AppContext) -> None:
    signer, other = sign_one(), sign_one()
    real = make_message_id("link", signer, 7)

    assert read_message_id(real) == signer
    tag = real.partition("@")[0].rpartition(".")[2]
    for number in (other, other + 1, 2**63 - 1):
        pair = make_message_id("link", number, 7).split(".")[1]
        assert read_message_id(f"<link.{pair}.{tag}@petition.example>") is None
    assert read_message_id(f"<link.{'a' * 26}.{tag}@petition.example>") is None
    for text in ("", "<link.12.7@petition.example>", "<a@b>", real[:-1], f"{real} {real}"):
        assert read_message_id(text) is None
