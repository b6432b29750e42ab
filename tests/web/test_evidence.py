"""The evidence of a delivery: what is in the ZIP, what is named as missing, and its same bytes."""

import io
import json
import zipfile
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings, transaction
from petition.delivery.log import evidence_pack
from petition.delivery.log.delivery_log import get_delivery
from petition.delivery.staff_decisions import note
from petition.incoming.applied_mail import apply_mail
from petition.mail.reports import read_report
from petition.models import (
    AccountSession,
    Attempt,
    Delivery,
    DeliveryIndex,
    DeliveryState,
    Event,
    Letter,
    LetterAnswer,
    RoleName,
)
from petition.retention.struck_words import erase_said
from tests.delivery.letter_reports import note_bounce
from tests.incoming.answers import OFFICE, make_answer
from tests.letter_store import LetterStore
from tests.web.evidence_files import find_file, read_manifest, take, unpack
from tests.web.staff_world import enter, get, make_delivery, set_state
from tests.web.test_staff_deliveries import make_many

FILES = ["SHA256SUMS", "letter.pdf", "manifest.json", "message.eml", "timeline.json"]
FILES += ["timeline.txt"]
UNTRIED = [name for name in FILES if name != "message.eml"]
BARE = [name for name in UNTRIED if name != "letter.pdf"]


@pytest.mark.both_databases
def test_the_same_event_gives_the_same_bytes_and_another_others(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app)
    admin, _ = enter(app, RoleName.ADMIN)

    first, second, by_another = (
        take(browser, delivery),
        take(browser, delivery),
        take(admin, delivery),
    )
    get(browser, f"/staff/deliveries/{delivery}/letter.pdf")
    after_looking = take(browser, delivery)
    with app.app_context():
        note(delivery, "staff:1", "They called")
    after_note = take(browser, delivery)

    assert first == second == by_another == after_looking
    assert after_note != first and take(browser, delivery) == after_note
    assert "They called" in unpack(after_note)["timeline.txt"].decode()


def test_each_taking_is_an_event_with_its_actor_and_nobody_acted(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app)
    with app.app_context():
        before = db.session.get_one(DeliveryIndex, delivery).acted_by

    packed = take(browser, delivery)
    page = get(browser, f"/staff/deliveries/{delivery}")

    with app.app_context():
        (seen,) = db.session.scalars(select(Event).where(Event.action == "letter.viewed"))
        assert seen.actor.startswith("staff:")
        assert seen.detail == {"delivery": delivery, "form": "evidence"}
        assert db.session.get_one(DeliveryIndex, delivery).acted_by == before
    assert f"The evidence of delivery {delivery} was downloaded." in page.text
    assert b"letter.viewed" not in packed


def test_it_holds_the_letter_the_message_and_what_happened(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app)
    raw = get(browser, f"/staff/deliveries/{delivery}/message.eml").data
    with app.app_context(), transaction() as session:
        row = session.get_one(Delivery, delivery)
        message_id = row.message_id
        note_bounce(message_id)
        session.execute(
            update(Attempt).values(said="250 ok [address]", recipient="o@office.example")
        )

    packed = take(browser, delivery)
    files = unpack(packed)
    manifest, timeline = read_manifest(files), json.loads(files["timeline.json"])

    assert sorted(files) == sorted(FILES)
    assert files["letter.pdf"] == find_file(app).read_bytes()
    assert files["message.eml"] == raw
    assert message_id in str(message_from_bytes(raw, policy=default)["Message-ID"])
    assert manifest["message_id"] == message_id
    assert manifest["handed_over_in_attempts"] == [1]
    assert manifest["last_event"]["action"] == "delivery.bounced"
    assert "none came to the service" in manifest["missing"]["answers.json"]
    assert timeline["attempts"][0]["reports"] == []
    assert timeline["attempts"][0]["reports_unproved"] == ["failed"]
    assert timeline["attempts"][0]["server_said"] == "250 ok [address]"
    assert timeline["attempts"][0]["recipient"] == "o@office.example"
    actions = [event["action"] for event in timeline["events"]]
    assert actions.index("delivery.handover") < actions.index("delivery.bounced")
    assert "It bounced, with 5.1.1. The report names" in files["timeline.txt"].decode()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        times = {entry.date_time for entry in archive.infolist()}
    last = manifest["last_event"]["at"]
    assert len(times) == 1 and last.startswith("{:04}-{:02}-{:02}T{:02}".format(*times.pop()))


def test_it_holds_what_the_office_answered_until_that_is_erased(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app)
    with app.app_context():
        message_id = db.session.get_one(Delivery, delivery).message_id
        apply_mail(read_report(make_answer(message_id, f"Call me, {OFFICE}")))

    first, second = take(browser, delivery), take(browser, delivery)
    (answer,) = json.loads(unpack(first)["answers.json"])["answers"]
    with app.app_context(), transaction() as session:
        session.execute(update(LetterAnswer).values(content=None, bound_to=None))
    after = unpack(take(browser, delivery))

    assert first == second and "answers.json" not in read_manifest(unpack(first))["missing"]
    assert answer["subject"] == "Re: Paid leave" and "Call me" in answer["text"]
    assert OFFICE not in str(answer)
    assert json.loads(after["answers.json"])["answers"][0]["text"] is None
    assert "of number 1" in read_manifest(after)["missing"]["the text of answers"]


def test_one_that_was_never_tried_has_no_message(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    browser, _ = enter(app)

    files = unpack(take(browser, delivery))

    assert sorted(files) == sorted(UNTRIED)
    assert read_manifest(files)["missing"]["message.eml"] == "no attempt has made it"
    assert json.loads(files["timeline.json"])["attempts"] == []


def test_one_without_letter_or_event_is_packed_and_its_taking_recorded(app: Flask) -> None:
    make_many(app, 1)
    browser, _ = enter(app)

    files = unpack(take(browser, 1))

    missing = read_manifest(files)["missing"]
    assert sorted(files) == sorted(BARE)
    assert missing["letter.pdf"] == missing["message.eml"] == "there is no letter"
    assert read_manifest(files)["last_event"] is None
    assert take(browser, 1) == take(browser, 1)
    with app.app_context():
        taken = db.session.scalars(select(Event).where(Event.action == "milestone.evidence_taken"))
        assert [event.detail for event in taken] == [{"delivery": 1}] * 3
        assert not db.session.scalars(select(Event).where(Event.action == "letter.viewed")).all()


def test_while_an_attempt_runs_its_message_is_left_out(app: Flask) -> None:
    delivery = make_delivery(app)
    with app.app_context(), transaction() as session:
        session.add(Attempt(delivery_id=delivery, number=2, phase="claimed", started_at=utcnow()))
    browser, _ = enter(app)

    files = unpack(take(browser, delivery))

    assert "message.eml" not in files
    assert "an attempt is running" in read_manifest(files)["missing"]["message.eml"]
    assert "running" in files["timeline.txt"].decode()


def test_a_lost_or_damaged_letter_is_named(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app)
    path = find_file(app)
    path.write_bytes(b"%PDF something else")
    damaged = unpack(take(browser, delivery))
    path.unlink()
    with app.app_context():
        LetterStore(get_settings().letters_dir).put(b"%PDF another letter")
    lost = unpack(take(browser, delivery))

    for files, why in ((damaged, "the stored file is damaged"), (lost, "no longer in the store")):
        assert sorted(files) == sorted(BARE)
        assert why in read_manifest(files)["missing"]["letter.pdf"]
        assert read_manifest(files)["missing"]["message.eml"] == "it needs letter.pdf"
    with app.app_context():
        assert not db.session.scalars(select(Event).where(Event.action == "letter.viewed")).all()


@pytest.mark.parametrize("broken", ["empty", "a file", "no folder"])
def test_a_store_that_is_away_is_503_and_nothing_was_taken(app: Flask, broken: str) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app)
    find_file(app).unlink()
    folder = app.extensions["hundredth"].letters_dir
    if broken != "empty":
        folder.rename(folder.with_name("unmounted"))
    if broken == "a file":
        folder.write_text("where the folder should be")

    answer = get(browser, f"/staff/deliveries/{delivery}/evidence.zip")

    assert answer.status_code == 503
    with app.app_context():
        looked = select(Event).where(Event.action.in_(evidence_pack.LOOKED))
        assert not db.session.scalars(looked).all()


def test_words_that_retention_erased_are_named(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app)
    with app.app_context():
        with transaction() as session:
            session.execute(update(Attempt).values(said="250 kept for you"))
        kept = unpack(take(browser, delivery))
        assert erase_said(utcnow(), 10) == 1
    erased = unpack(take(browser, delivery))

    assert b"250 kept for you" in kept["timeline.json"]
    assert "the server's words" not in read_manifest(kept)["missing"]
    assert b"250 kept for you" not in erased["timeline.json"]
    assert "attempt 1" in read_manifest(erased)["missing"]["the server's words"]


def test_a_damaged_envelope_is_named(app: Flask) -> None:
    delivery = make_delivery(app)
    with app.app_context(), transaction() as session:
        session.execute(update(Delivery).values(bound_to=b"x" * 16))
    browser, _ = enter(app)

    files = unpack(take(browser, delivery))

    assert read_manifest(files)["missing"]["message.eml"] == "what was kept of it does not open"


@pytest.mark.both_databases
def test_a_log_that_changes_while_it_is_read_gives_no_mixed_pack(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app)
    written: list[str] = []

    def read_late(delivery_id: int) -> Any:
        view = get_delivery(delivery_id)
        db.session.rollback()
        if len(written) < limit:
            words = f"Note {len(written)}"
            note(delivery_id, "staff:1", words)
            written.append(words)
        return view

    monkeypatch.setattr(evidence_pack, "get_delivery", read_late)
    limit = 2
    packed = take(browser, delivery)
    limit = 99
    refused = get(browser, f"/staff/deliveries/{delivery}/evidence.zip")

    assert b"Note 1" in unpack(packed)["timeline.json"]
    assert refused.status_code == 503


def test_the_page_offers_it_to_whoever_opens_letters(app: Flask) -> None:
    delivery = make_delivery(app)
    link = f'href="/staff/deliveries/{delivery}/evidence.zip"'

    for role, offered in ((RoleName.READER, False), (RoleName.CAMPAIGNER, True)):
        browser, _ = enter(app, role)
        assert (link in get(browser, f"/staff/deliveries/{delivery}").text) is offered


def test_it_is_given_to_whoever_proved_recently_who_they_are(app: Flask) -> None:
    delivery = make_delivery(app)
    browser, _ = enter(app)
    with app.app_context(), transaction() as session:
        session.execute(update(AccountSession).values(proved_at=utcnow() - timedelta(hours=1)))

    answer = get(browser, f"/staff/deliveries/{delivery}/evidence.zip")

    assert answer.status_code == 302 and answer.location.startswith("/staff/prove?next=")
    with app.app_context():
        looked = select(Event).where(Event.action.in_(evidence_pack.LOOKED))
        assert not db.session.scalars(looked).all()


def test_a_failed_one_names_its_code(app: Flask) -> None:
    delivery = make_delivery(app, send=False)
    set_state(app, delivery, DeliveryState.FAILED, "550 at rcpt")
    browser, _ = enter(app)

    files = unpack(take(browser, delivery))

    assert json.loads(files["timeline.json"])["attempts"][0]["code"] == "550 at rcpt"
    assert read_manifest(files)["handed_over_in_attempts"] == []
    with app.app_context():
        sha256 = db.session.scalars(select(Letter.sha256)).one()
    assert read_manifest(files)["letter_sha256"] == sha256
