"""Answers of offices: stored once, shown masked, sent to the organization once."""

import email
from datetime import timedelta
from email.policy import default
from pathlib import Path

import pytest
from flask import current_app
from sqlalchemy import func, select, text

from petition.cli.deliveries.bounces import bounces
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.dispatch.engine import send_due
from petition.incoming import letter_answers
from petition.incoming.answer_kind import ANSWERS
from petition.incoming.applied_mail import MailSubject, apply_mail
from petition.incoming.letter_answers import MOST_OF_SENDER, list_answers
from petition.mail.reports import read_report
from petition.models import Campaign, Event, LetterAnswer
from petition.retention.struck_words import count_past_said, erase_said
from tests.delivery.conftest import Ready, get_row
from tests.incoming.answers import NOTES, OFFICE, make_answer
from tests.incoming.conftest import Enter
from tests.incoming.test_mailbox_polling import arrange
from tests.mail.servers import Answers, polite_server

ORGANIZATION = "office@coalition.example"


@pytest.fixture
def letter(enter: Enter) -> tuple[Ready, str]:
    """A letter that was handed over, and its Message-ID."""
    enter()
    ready, (message_id,) = arrange()
    return ready, message_id


def name_organization(campaign_id: int, address: str | None) -> None:
    with transaction() as session:
        session.get_one(Campaign, campaign_id).organization_email = address


def apply(content: bytes) -> MailSubject:
    return apply_mail(read_report(content))


def count_answers() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(LetterAnswer)) or 0


def test_an_answer_of_a_person_is_matched_stored_once_and_shown_masked(
    letter: tuple[Ready, str],
) -> None:
    ready, message_id = letter
    content = make_answer(message_id, f"Write to {OFFICE}.\r\n\r\n<script>alert(1)</script>")

    assert apply(content) is MailSubject.ANSWER
    assert apply(content) is MailSubject.KNOWN

    (answer,) = list_answers(ready.delivery_id)
    assert (answer.sender, answer.subject) == ("A Clerk", "Re: Paid leave")
    assert answer.text is not None and OFFICE not in answer.text
    assert "[address]" in answer.text and "<script>" in answer.text  # text, escaped by the page
    actions = db.session.scalars(select(Event.action)).all()
    assert actions.count("delivery.answered") == 1
    assert get_row(ready.delivery_id).state == "accepted"  # staff decide what it proves


@pytest.mark.parametrize("kind", NOTES)
def test_an_out_of_office_note_is_no_answer(letter: tuple[Ready, str], kind: str) -> None:
    ready, message_id = letter
    subject, headers = NOTES[kind]

    assert apply(make_answer(message_id, "I am away.", subject, headers)) is MailSubject.OTHER

    assert list_answers(ready.delivery_id) == []
    assert get_row(ready.delivery_id).state == "accepted"


@pytest.mark.parametrize(
    "subject",
    ["Re: Parents on leave", "Holiday pay: our position", "Re: Vacation days for all", ""],
)
def test_a_person_who_writes_of_leave_or_holidays_is_heard(
    letter: tuple[Ready, str], subject: str
) -> None:
    assert apply(make_answer(letter[1], subject=subject)) is MailSubject.ANSWER


def test_an_answer_to_something_else_or_to_a_made_up_letter_is_none(
    letter: tuple[Ready, str],
) -> None:
    host = letter[1].rpartition("@")[2]

    for message_id in ("<other@county.example>", f"<abcd2345.1.{'0' * 16}@{host}", ""):
        assert apply(make_answer(message_id, number=len(message_id))) is MailSubject.OTHER

    assert count_answers() == 0


def write_as(sender: str, message_id: str, number: int) -> bytes:
    return make_answer(message_id, number=number).replace(OFFICE.encode(), sender.encode())


def test_whoever_writes_often_uses_up_nothing_of_the_office(letter: tuple[Ready, str]) -> None:
    ready, message_id = letter
    name_organization(ready.campaign_id, ORGANIZATION)
    often = [
        apply(write_as("Reader@people.example", message_id, number)) for number in range(10, 35)
    ]

    assert often == [MailSubject.ANSWER] * MOST_OF_SENDER + [MailSubject.LEFT] * 5
    assert apply(make_answer(message_id)) is MailSubject.ANSWER

    states = [answer.state for answer in list_answers(ready.delivery_id)]
    assert states == ["queued"] * 5 + ["cancelled"] * (MOST_OF_SENDER - 5) + ["queued"]


def test_answers_of_a_sender_are_sent_on_again_after_a_day(
    letter: tuple[Ready, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, message_id = letter
    name_organization(ready.campaign_id, ORGANIZATION)
    for number in range(6):
        apply(make_answer(message_id, number=number))
    later = utcnow() + timedelta(days=1, seconds=1)
    monkeypatch.setattr(letter_answers, "utcnow", lambda: later)

    apply(make_answer(message_id, number=7))

    states = [answer.state for answer in list_answers(ready.delivery_id)]
    assert states == ["queued"] * 5 + ["cancelled", "queued"]


def test_a_letter_takes_a_limited_number_of_answers_and_leaves_the_rest(
    letter: tuple[Ready, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter_answers, "MOST_ANSWERS", 3)
    contents = [write_as(f"a{number}@b.example", letter[1], number) for number in range(5)]

    assert [apply(one) for one in contents][3:] == [MailSubject.LEFT] * 2
    assert count_answers() == 3

    monkeypatch.setattr(letter_answers, "MOST_ANSWERS", 5)
    assert apply(contents[3]) is MailSubject.ANSWER  # what was left is not taken for known


def test_the_content_is_sealed_in_the_database(letter: tuple[Ready, str]) -> None:
    apply(make_answer(letter[1], "A sentence that is nowhere else."))

    stored = db.session.execute(text("SELECT content FROM letter_answers")).scalar_one()
    assert b"sentence" not in bytes(stored) and b"Clerk" not in bytes(stored)


def test_an_answer_reaches_the_organization_once(enter: Enter) -> None:
    answers = Answers(rcpt=["451 4.7.1 Later"])
    with polite_server(answers) as address:
        enter(PETITION_SMTP_URL=f"smtp://{address}", PETITION_RETRY_BASE_SECONDS="0.01")
        ready, (message_id,) = arrange()
        name_organization(ready.campaign_id, ORGANIZATION)
        apply(make_answer(message_id, "Yes.\r\n\r\n-----Original Message-----\r\nLong letter"))
        for _ in range(4):
            make_answers_due()
            send_due(ANSWERS)

    assert answers.recipients == [ORGANIZATION]
    message = email.message_from_bytes(answers.kept[0], policy=default)
    assert OFFICE in message["Reply-To"] and message["Auto-Submitted"] == "auto-generated"
    assert "Re: Paid leave" in message["Subject"]
    body = message.get_content()
    assert "Yes." in body and "Long letter" not in body
    assert message_id not in answers.kept[0].decode()  # an answer to it is none to the letter
    (answer,) = list_answers(ready.delivery_id)
    assert answer.state == "accepted"


def make_answers_due() -> None:
    with transaction() as session:
        for row in session.scalars(select(LetterAnswer).where(LetterAnswer.due_at.is_not(None))):
            row.due_at = utcnow()


def test_without_an_address_of_the_organization_it_is_only_shown(
    letter: tuple[Ready, str],
) -> None:
    ready, message_id = letter
    name_organization(ready.campaign_id, None)

    apply(make_answer(message_id))

    assert ANSWERS.find_due() == []
    assert [answer.state for answer in list_answers(ready.delivery_id)] == ["cancelled"]


def test_an_answer_that_was_erased_is_not_sent_and_says_so(letter: tuple[Ready, str]) -> None:
    ready, message_id = letter
    name_organization(ready.campaign_id, ORGANIZATION)
    apply(make_answer(message_id))
    assert count_past_said(utcnow()).count == 1

    assert erase_said(utcnow(), 10) == 1
    assert erase_said(utcnow(), 10) == 0
    send_due(ANSWERS)

    (answer,) = list_answers(ready.delivery_id)
    assert (answer.text, answer.state) == (None, "cancelled")


@pytest.mark.parametrize(
    "content",
    [
        b"In-Reply-To: {id}\r\n\r\n\xff\xfe\x00 \xe2\x80\xae reversed",
        b"From: =?utf-8?q?=FF?= <>\r\nSubject: =?x?q?y?=\r\nIn-Reply-To: {id}\r\n\r\n",
        b"From: a@b\r\n c\r\nSubject: x\r\n y\r\nIn-Reply-To: {id}\r\n\r\nHello",
        b"In-Reply-To: {id}\r\nContent-Type: text/html\r\n\r\n<p>Hello</p><script>x</script>",
        b"In-Reply-To: {id}\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n--q",
    ],
)
def test_odd_answers_are_stored_and_sent_without_an_error(enter: Enter, content: bytes) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(PETITION_SMTP_URL=f"smtp://{address}")
        ready, (message_id,) = arrange()
        name_organization(ready.campaign_id, ORGANIZATION)

        assert apply(content.replace(b"{id}", message_id.encode())) is MailSubject.ANSWER
        send_due(ANSWERS)

    (answer,) = list_answers(ready.delivery_id)
    assert answer.state == "accepted"
    assert "\u202e" not in (answer.text or "") and "<p>" not in (answer.text or "")


def test_what_is_left_of_a_folder_stays_new_in_it(
    letter: tuple[Ready, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(letter_answers, "MOST_OF_SENDER", 1)
    for name in ("cur", "new", "tmp"):
        (tmp_path / name).mkdir()
    for number in range(2):
        (tmp_path / "new" / str(number)).write_bytes(make_answer(letter[1], number=number))

    result = current_app.test_cli_runner().invoke(bounces, ["read", str(tmp_path)])

    assert result.exit_code == 0, result.output
    assert "too many answers to one letter: 1." in result.output
    assert len(list((tmp_path / "new").iterdir())) == 1
