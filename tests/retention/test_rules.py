"""What is kept though it is old: whatever still keeps a second mail, or a wrong count, away."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import TokenRefused
from petition.core.extensions import db, transaction
from petition.counting.ledger import count_batch
from petition.models import (
    Attempt,
    Delivery,
    DeliveryState,
    LedgerEntry,
    Mail,
    Placement,
    ReplyFile,
    Signature,
    SignatureState,
)
from petition.signers.erasure_log import find_journal
from petition.signing.link_tokens import LinkPurpose, make_token, read_token
from tests.factories import make_campaign, make_district, make_located, make_post
from tests.retention.world import (
    DAYS,
    add_ended,
    add_erased,
    add_mail,
    add_reply_file,
    add_review,
    add_said,
    add_struck,
    count_rows,
    erase_kind,
    list_held,
)

MINUTE = timedelta(minutes=1)


def old(name: str) -> timedelta:
    return timedelta(days=DAYS[name]) + MINUTE


def read(signature_id: int) -> Signature:
    db.session.rollback()
    return db.session.get_one(Signature, signature_id, populate_existing=True)


def test_in_review_only_who_never_counted_and_was_heard_of_by_nobody_is_erased(
    limited: Flask,
) -> None:
    gone = add_review(old("review"))
    waits = add_review(old("review"), waits_until=utcnow() + timedelta(days=9))
    looked_at, asked, counted = (add_review(old("review")) for _ in range(3))
    with transaction() as session:
        record(session, "signature.viewed", "signature", looked_at, actor="staff:1")
        session.add(Mail(signature_id=asked, kind="question", created_at=utcnow()))
        campaign = make_campaign(session)
        [member] = make_located(session, campaign, make_district(session))
        campaign_id, member_id = campaign.id, member.id
    count_batch(campaign_id)
    with transaction() as session:
        session.execute(
            text("UPDATE signatures SET created_at = :at, confirmed_at = :at").bindparams(
                at=utcnow() - old("review")
            )
        )
        session.execute(
            text("UPDATE signatures SET state = 'confirmed' WHERE id = :id").bindparams(
                id=member_id
            )
        )
        session.execute(
            text("UPDATE signatures SET state = 'review' WHERE id = :id").bindparams(id=member_id)
        )

    assert erase_kind("review") == 2

    assert list_held() == {waits, looked_at, asked, member_id}
    assert {gone, counted}.isdisjoint(list_held())
    assert count_rows(LedgerEntry) == 1


def test_who_answers_in_the_same_moment_is_not_erased(
    limited: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    signature_id = add_review(old("review"))

    def answer(ids: object) -> None:
        with transaction() as session:
            row = session.get_one(Signature, signature_id)
            row.state, row.due_at = SignatureState.CONFIRMED, utcnow()

    monkeypatch.setattr("petition.signers.erasure.forget_mails", answer)

    assert erase_kind("review") == 0

    assert list_held() == {signature_id}
    assert not find_journal().exists() or find_journal().read_text() == ""


def test_who_ended_and_is_still_to_leave_a_count_is_waited_for(limited: Flask) -> None:
    signature_id = add_ended(SignatureState.WITHDRAWN, old("withdrawn"))
    with transaction() as session:
        session.get_one(Signature, signature_id).due_at = utcnow()

    assert erase_kind("withdrawn") == 0
    assert list_held() == {signature_id}


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("successor", {}),
        ("question", {}),
        ("delivered", {"due_at": utcnow(), "sent_at": None}),
        ("reminder", {"state": SignatureState.PENDING}),
    ],
)
def test_a_mail_that_keeps_another_from_going_stays(
    limited: Flask, kind: str, changes: dict[str, object]
) -> None:
    kept = add_mail(old("mails"), kind, **changes)

    assert erase_kind("mails") == 0

    assert db.session.scalars(select(Mail.id)).all() == [kept]


@pytest.mark.parametrize("kind", ["delivered", "link", "reminder"])
def test_a_mail_that_is_over_goes(limited: Flask, kind: str) -> None:
    add_mail(old("mails"), kind)

    assert erase_kind("mails") == 1
    assert count_rows(Mail) == 0


def test_struck_words_go_and_their_writer_stays(limited: Flask) -> None:
    signature_id = add_struck(old("struck"))
    was = read(signature_id).person
    assert was is not None and was.comment == "Struck words"

    erase_kind("struck")

    row = read(signature_id)
    assert row.person is not None
    assert (row.person.comment, row.person.name, row.person.email) == ("", was.name, was.email)
    assert (row.comment_state, row.publish_comment, row.amended_at) == (None, False, None)
    assert row.state == SignatureState.CONFIRMED


def test_words_that_do_not_open_are_printed_neither(limited: Flask) -> None:
    signature_id = add_struck(old("struck"))
    with transaction() as session:
        session.execute(text("UPDATE signatures SET link_secret = NULL, bound_to = NULL"))

    assert erase_kind("struck") == 1
    assert erase_kind("struck") == 0

    assert read(signature_id).comment_state is None


def test_of_an_attempt_its_code_and_its_office_stay(limited: Flask) -> None:
    add_said(old("said"))

    erase_kind("said")

    attempt = db.session.scalars(select(Attempt)).one()
    assert (attempt.said, attempt.detail) == (None, "250")
    assert attempt.recipient == "board@county.example"
    db.session.rollback()


def test_of_an_erased_row_only_a_number_and_a_day_stay(limited: Flask) -> None:
    signature_id = add_erased(old("erased"))
    token = make_token(signature_id, LinkPurpose.STATUS)
    assert read_token(token, LinkPurpose.STATUS) == signature_id

    assert erase_kind("erased") == 1

    row = read(signature_id)
    assert (row.created_at.hour, row.created_at.minute, row.created_at.microsecond) == (0, 0, 0)
    assert (row.confirmed_at, row.proved_at, row.mailed_at, row.name_changes) == (None,) * 3 + (0,)
    assert (row.state, row.ended_at is None) == ("erased", False)
    db.session.rollback()
    assert (count_rows(Placement), count_rows(Mail)) == (0, 0)
    with pytest.raises(TokenRefused):
        read_token(token, LinkPurpose.STATUS)


def test_an_erased_row_that_is_still_to_leave_a_count_is_waited_for(limited: Flask) -> None:
    signature_id = add_erased(old("erased"))
    with transaction() as session:
        session.get_one(Signature, signature_id).due_at = utcnow()

    assert erase_kind("erased") == 0
    assert count_rows(Placement) == 1


def add_second_post(milestone_id: int, **changes: object) -> None:
    """Add the delivery of a hundred to one more post."""
    with transaction() as session:
        first = session.scalars(select(Delivery).where(Delivery.milestone_id == milestone_id)).one()
        values = {"state": DeliveryState.QUEUED, "message_id": "<two@petition.example>"} | changes
        district = first.milestone.district
        session.add(
            Delivery(
                milestone_id=milestone_id,
                post_id=make_post(session, district).id,
                channel=first.channel,
                letter_id=first.letter_id,
                created_at=utcnow(),
                **values,
            )
        )


def test_addresses_for_answers_stay_until_the_last_office_has_them(limited: Flask) -> None:
    milestone_id = add_reply_file(old("replies"))
    add_second_post(
        milestone_id,
        state=DeliveryState.ACCEPTED,
        settled_at=utcnow() - timedelta(days=DAYS["replies"]) + MINUTE,
    )

    assert erase_kind("replies") == 0
    assert count_rows(ReplyFile) == 1

    with transaction() as session:
        session.execute(
            text("UPDATE deliveries SET settled_at = :at").bindparams(at=utcnow() - old("replies"))
        )
    assert erase_kind("replies") == 1
    assert count_rows(ReplyFile) == 0


@pytest.mark.parametrize("state", [DeliveryState.SENDING, DeliveryState.RETRY_WAIT])
def test_addresses_for_answers_stay_while_a_letter_needs_them(
    limited: Flask, state: DeliveryState
) -> None:
    milestone_id = add_reply_file(old("replies"))
    add_second_post(milestone_id, state=state, attempt=1, due_at=utcnow())

    assert erase_kind("replies") == 0


def test_addresses_of_a_letter_that_no_office_got_end_as_well(limited: Flask) -> None:
    add_reply_file(old("replies"))
    with transaction() as session:
        session.execute(text("UPDATE deliveries SET settled_at = NULL"))

    assert erase_kind("replies") == 1
