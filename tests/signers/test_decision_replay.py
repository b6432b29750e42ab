"""FAULTS 20: erase, then restore an old backup: nothing personal after it, nothing mailed again."""

from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, text, update

from petition.cli.supervisor import startup
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.journals.marks import make_mark
from petition.models import (
    Candidate,
    Consent,
    Mail,
    MailKind,
    Signature,
    SignatureState,
)
from petition.notifications.batches import send_batch
from petition.notifications.confirmations import mail_batch
from petition.notifications.link_requests import answer_asks
from petition.notifications.message_ids import read_message_id
from petition.signers.decision_replay import quieten, replay, replay_journal
from petition.signers.erasure_log import (
    FILE,
    Decision,
    find_damaged,
    find_journal,
    read_journal,
)
from petition.signers.leave_group import leave_group
from petition.signers.lost_link import ask_for_links
from petition.signers.preferences import choose, give_consent, withdraw_consent
from petition.signers.withdraw import erase_signature, unsubscribe_signature, withdraw_signature
from petition.signing.group_links import make_group_token
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.cli.runner import run
from tests.factories import (
    make_campaign,
    make_consent,
    make_district,
    make_offer,
    make_person,
    make_signature,
)
from tests.mail.servers import Answers, polite_server
from tests.notifications.conftest import Enter, sign_one, sign_pending

RULE = "signatures_refuse_delete"


def save() -> list[dict[str, Any]]:
    """Return what a backup of now has of the signatures."""
    rows = db.session.execute(select(*Signature.__table__.columns))
    return [dict(row._mapping) for row in rows]


def restore(backup: list[dict[str, Any]]) -> None:
    """Put the signatures back as a backup has them, past the rule that none is ever deleted."""
    with transaction() as session:
        if session.get_bind().dialect.name == "sqlite":
            rule = session.scalar(text(f"SELECT sql FROM sqlite_master WHERE name = '{RULE}'"))
            session.execute(text(f"DROP TRIGGER {RULE}"))
            session.execute(delete(Signature))
            session.execute(text(rule))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))  # as pg_restore
            session.execute(delete(Signature))
        session.execute(insert(Signature), backup)


def read_states() -> dict[int, str]:
    db.session.expire_all()
    rows = db.session.execute(select(Signature.id, Signature.state))
    return {row.id: row.state for row in rows}


def read_unsubscribed() -> set[int]:
    db.session.expire_all()
    return set(
        db.session.scalars(select(Signature.id).where(Signature.unsubscribed_at.is_not(None)))
    )


def test_a_restore_brings_back_nobody_who_left(enter: Enter) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        erased, withdrawn, quiet, stays = (sign_pending() for _ in range(4))
        backup = save()
        erase_signature(erased)
        withdraw_signature(withdrawn)
        unsubscribe_signature(quiet)
        restore(backup)
        assert set(read_states().values()) == {"pending"}

        assert replay_journal() == {
            Decision.ERASED: 1,
            Decision.WITHDRAWN: 1,
            Decision.UNSUBSCRIBED: 1,
        }
        assert replay_journal() == {}
        mail_batch()

    assert len(answers.kept) == 1  # to who stays
    states = read_states()
    assert (states[erased], states[withdrawn], states[stays]) == ("erased", "withdrawn", "pending")
    row = db.session.get_one(Signature, erased)
    assert (row.person, row.email_digest) == (None, None)


def test_a_stranger_who_got_the_number_of_somebody_erased_is_left_alone(app: Flask) -> None:
    with app.app_context():
        sign_one()
        backup = save()
        erased = sign_one()
        erase_signature(erased)
        restore(backup)
        stranger = sign_one(id=erased)

        assert replay_journal() == {}
        assert read_states()[stranger] == "confirmed"


def test_the_start_replays_before_anybody_works(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Nothing:
        def add(self, *_: str) -> None: ...

    with app.app_context():
        erased = sign_one()
        backup = save()
        erase_signature(erased)
        restore(backup)
        monkeypatch.setattr(startup, "create_app", lambda _: app)
        startup.prepare(app.extensions["hundredth"], Nothing())  # type: ignore[arg-type]

        assert read_states()[erased] == "erased"


def test_the_journal_names_nobody_and_survives_a_broken_line(app: Flask) -> None:
    person = make_person(given_name="Canary", email="canary@people.example")
    with app.app_context():
        signature_id = sign_one(person=person)
        withdraw_signature(signature_id)
        withdraw_signature(signature_id)
        path = app.extensions["hundredth"].data_dir / FILE
        text = path.read_text()

        assert "anary" not in text and text.count("\n") == 1
        assert path.stat().st_mode & 0o077 == 0
        lines = list(read_journal([text, "2026-", "x y z w", text[:20], ""]))
        assert [line.signature_id for line in lines] == [signature_id]
        assert replay(lines) == {}


def test_what_waited_in_a_backup_can_be_taken_as_sent(enter: Enter) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(address)
        pending, other = sign_pending(), sign_one()
        with transaction() as session:
            session.add(
                Mail(
                    signature_id=other,
                    kind=MailKind.LINK,
                    about=0,
                    created_at=utcnow(),
                    due_at=utcnow(),
                )
            )
        assert quieten() == 2
        assert (mail_batch(), send_batch()) == (0, 0)

    assert answers.kept == []
    assert read_states()[pending] == SignatureState.PENDING  # and can still be confirmed


def test_the_command_replays_the_journals_of_all_hosts(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        signature_id = sign_one()
        row = db.session.get_one(Signature, signature_id)
        mark = make_mark(row.id, row.email_digest, row.created_at)
        other = tmp_path / "other.log"
        other.write_text(f"{utcnow().isoformat()} withdrawn {signature_id} {mark}\n")

    first = run(app, "signatures", "replay", str(other), "--quiet").output
    second = run(app, "signatures", "replay", str(other)).output

    assert "other.log: 1 withdrawn." in first and "Waiting e-mails marked as sent: 0." in first
    assert "nothing left to repeat" in second


def test_erasing_leaves_nothing_beside_the_row(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            campaign = make_campaign(session)
            boxes = {"show_name": True, "notify": True, "tell_successor": True}
            cell = "872a306e6ffffff"
            signature = make_signature(session, campaign, cell=cell, publish_comment=True, **boxes)
            make_consent(session, signature.id, make_offer(session, campaign, purpose="email"))
            district_id = make_district(session).id
            session.add(Candidate(signature_id=signature.id, district_id=district_id))
            signature_id = signature.id

        erase_signature(signature_id)

        row = db.session.get_one(Signature, signature_id)
        assert (row.person, row.email_digest, row.cell) == (None, None, None)
        assert not (row.show_name or row.notify or row.tell_successor or row.publish_comment)
        assert db.session.scalars(select(Candidate.district_id)).all() == []
        assert db.session.scalars(select(Consent.withdrawn_at)).one() is not None


def test_erasing_deletes_the_mails_that_were_kept_as_files(app: Flask) -> None:
    with app.app_context():
        leaves, stays = sign_pending(), sign_pending()
        mail_batch()
        kept = app.extensions["hundredth"].data_dir / "mail"
        assert len(list(kept.glob("*/message.eml"))) == 2

        erase_signature(leaves)

        (left,) = kept.glob("*/message.eml")
        assert read_message_id(_read_id(left)) == stays


def test_who_unsubscribed_and_asked_for_mail_again_gets_it_after_a_start(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            campaign = make_campaign(session, slug="again", confirm_email=True)
            pending = {"state": SignatureState.PENDING, "confirmed_at": None}
            asks = make_signature(
                session, campaign, person=make_person(email="ada@people.example"), **pending
            ).id
            chooses = make_signature(session, campaign).id
        unsubscribe_signature(asks)
        unsubscribe_signature(chooses)
        ask_for_links("ada@people.example")
        answer_asks()
        token = make_token(chooses, LinkPurpose.STATUS)
        choose(token, publish_comment=False, show_name=False, notify=True, tell_successor=False)

        assert replay_journal() == {}
        assert read_unsubscribed() == set()


def test_another_box_does_not_undo_an_unsubscribing_that_was_lost(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            signature_id = make_signature(session, make_campaign(session)).id
        backup = save()
        unsubscribe_signature(signature_id)
        restore(backup)
        token = make_token(signature_id, LinkPurpose.STATUS)
        choose(token, publish_comment=False, show_name=True, notify=False, tell_successor=False)

        assert replay_journal() == {Decision.UNSUBSCRIBED: 1}
        assert read_unsubscribed() == {signature_id}


def test_who_unsubscribed_once_more_stays_so_after_a_restore(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            campaign = make_campaign(session, slug="again", confirm_email=True)
            pending = {"state": SignatureState.PENDING, "confirmed_at": None}
            person = make_person(email="ada@people.example")
            signature_id = make_signature(session, campaign, person=person, **pending).id
        unsubscribe_signature(signature_id)
        ask_for_links("ada@people.example")
        answer_asks()
        backup = save()
        unsubscribe_signature(signature_id)
        restore(backup)

        assert replay_journal() == {Decision.UNSUBSCRIBED: 1}
        assert read_unsubscribed() == {signature_id}


def _read_id(path: Path) -> str:
    return str(message_from_bytes(path.read_bytes())["Message-ID"])


def test_a_restore_gives_no_organization_back_what_was_stopped(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            campaign = make_campaign(session)
            signature = make_signature(session, campaign)
            offers = [make_offer(session, campaign, slug=slug) for slug in ("a", "b", "c")]
            for offer in offers:
                make_consent(session, signature.id, offer)
            number, ids = signature.id, [offer.id for offer in offers]
            groups = [offer.organization_id for offer in offers]
        token = make_token(number, LinkPurpose.STATUS)
        withdraw_consent(token, ids[0])
        leave_group(make_group_token(number, groups[1]))
        leave_group(make_group_token(number, groups[1]))
        assert find_journal().read_text("utf-8").count(" stopped ") == 2
        with transaction() as session:  # as the backup has it
            session.execute(update(Consent).values(withdrawn_at=None))

        assert replay_journal() == {Decision.STOPPED: 2}
        assert replay_journal() == {}

        in_force = select(Consent.offer_id).where(Consent.withdrawn_at.is_(None))
        assert db.session.scalars(in_force).all() == [ids[2]]
        give_consent(token, ids[0])
        assert replay_journal() == {}
        assert set(db.session.scalars(in_force)) == {ids[0], ids[2]}


def test_only_what_is_stopped_names_an_offer(app: Flask) -> None:
    mark = "ab" * 16
    with app.app_context():
        with find_journal().open("a", encoding="utf-8") as journal:
            for decision, offer in (
                ("erased", " offer-1"),
                ("stopped", " offer-x"),
                ("stopped", ""),
            ):
                journal.write(f"2026-01-01T00:00:00+00:00 {decision} 1 {mark}{offer}\n")

        assert find_damaged() == [1, 2]
        assert replay_journal() == {}
