"""One of each kind of data that is kept for a time, as old as a test wants it."""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import func, select, text, update

from petition.bulk.uploads.upload_pieces import add_piece
from petition.core.clock import utcnow
from petition.core.columns import ROW_SECRET_BYTES
from petition.core.database import Base
from petition.core.extensions import db, get_settings, transaction
from petition.counting.ledger import count_batch
from petition.journals.handovers import find_log
from petition.journals.line_files import append_line
from petition.mail import get_folder
from petition.models import (
    Ask,
    Attempt,
    Campaign,
    Delivery,
    ImportBatch,
    ImportProof,
    ImportUpload,
    IncomingMail,
    Invitation,
    Letter,
    Mail,
    Milestone,
    Organization,
    PieceKind,
    Placement,
    RelayAttempt,
    RelayMessage,
    RelaySend,
    RelayState,
    ReplyFile,
    ReplyRows,
    Signature,
    SignatureState,
    Tally,
    User,
)
from petition.models.signatures.import_batch import ProofFile
from petition.models.signatures.import_upload import UploadLayout
from petition.retention.data_kinds import KINDS
from petition.retention.run import erase
from petition.signers.erasure_log import find_journal
from tests.factories import (
    make_campaign,
    make_consent,
    make_district,
    make_located,
    make_offer,
    make_person,
    make_post,
    make_signature,
)

DAYS = {
    "expired": 30,
    "rejected": 30,
    "withdrawn": 100,
    "review": 60,
    "closed": 200,
    "erased": 91,
    "struck": 70,
    "said": 365,
    "mails": 90,
    "mail_files": 30,
    "incoming": 60,
    "asks": 7,
    "replies": 90,
    "proofs": 80,
    "uploads": 20,
    "invitations": 80,
    "relayed": 75,
    "journals": 120,
}
LIMITS = {f"PETITION_KEEP_{name.upper()}_DAYS": str(days) for name, days in DAYS.items()} | {
    "PETITION_KEEP_BACKUPS_DAYS": "100"
}
KIND = {kind.name: kind for kind in KINDS}


def add_ended(state: SignatureState, ago: timedelta) -> int:
    """Add a signature that ended so long ago."""
    with transaction() as session:
        then = utcnow() - ago
        campaign = make_campaign(session)
        return make_signature(
            session, campaign, state=state, created_at=then, ended_at=then, due_at=None
        ).id


def add_review(ago: timedelta, **changes: object) -> int:
    """Add a signature that has waited in review for so long."""
    with transaction() as session:
        then = utcnow() - ago
        values = {
            "state": SignatureState.REVIEW,
            "review_reason": "needs-address",
            "created_at": then,
            "confirmed_at": then,
            "due_at": None,
        }
        return make_signature(session, make_campaign(session), **(values | changes)).id


def add_closed(ago: timedelta) -> int:
    """Add a campaign that closed so long ago and counted one person; return its id."""
    with transaction() as session:
        campaign = make_campaign(session, closes_at=utcnow() - ago)
        make_located(session, campaign, make_district(session))
        campaign_id = campaign.id
    count_batch(campaign_id)
    age_counts()
    return campaign_id


def age_counts() -> None:
    """Have all counts be of some hours ago, so that they were told."""
    with transaction() as session:
        session.execute(update(Tally).values(updated_at=utcnow() - timedelta(hours=3)))


def add_erased(ago: timedelta) -> int:
    """Add the row of somebody who was erased so long ago, with all that an erasure leaves."""
    with transaction() as session:
        then = utcnow() - ago
        district = make_district(session)
        signature = make_signature(session, make_campaign(session), created_at=then)
        session.add_all(
            [
                Placement(
                    signature_id=signature.id,
                    layer=district.layer,
                    district_id=district.id,
                    found_by="polygon",
                ),
                Mail(signature_id=signature.id, kind="successor", created_at=then, sent_at=then),
            ]
        )
        signature.state = SignatureState.ERASED
        signature.person = signature.email_digest = signature.due_at = None
        signature.ended_at = then
        return signature.id


def add_struck(ago: timedelta) -> int:
    """Add a signature whose words staff struck so long ago."""
    with transaction() as session:
        return make_signature(
            session,
            make_campaign(session),
            person=make_person(comment="Struck words"),
            publish_comment=True,
            comment_state="struck",
            comment_decided_at=utcnow() - ago,
            due_at=None,
        ).id


def add_said(ago: timedelta) -> None:
    """Add a letter whose attempt ended so long ago, with what the mail server answered."""
    _add_attempt(ago)


def add_reply_file(ago: timedelta) -> int:
    """Add a letter that was handed over so long ago, with the addresses of who wants an answer."""
    milestone_id = _add_attempt(ago)
    secret = os.urandom(ROW_SECRET_BYTES)
    with transaction() as session:
        session.get_one(Milestone, milestone_id).sealed_at = utcnow() - ago
        session.flush()
        session.add(
            ReplyFile(
                milestone_id=milestone_id,
                mark="b" * 64,
                people=1,
                rows=ReplyRows("Name,ZIP code,E-mail", secret),
                bound_to=secret,
                made_at=utcnow() - ago - timedelta(minutes=5),
            )
        )
    return milestone_id


def add_proof(ago: timedelta) -> None:
    """Add an import that was begun so long ago, with the proof that staff vouched with."""
    secret = os.urandom(ROW_SECRET_BYTES)
    with transaction() as session:
        batch = ImportBatch(
            campaign_id=make_campaign(session).id,
            actor="cli",
            source="library table",
            sha256="c" * 64,
            mapping={},
            vouched=True,
            proof_sha256="d" * 64,
            started_at=utcnow() - ago,
        )
        session.add(batch)
        session.flush()
        file = ProofFile("sheets.pdf", "JVBERg==", secret)
        session.add(ImportProof(batch_id=batch.id, file=file, bound_to=secret))


def add_upload(ago: timedelta) -> None:
    """Add a list that an organization uploaded so long ago and did not import."""
    secret = os.urandom(ROW_SECRET_BYTES)
    with transaction() as session:
        group = Organization(slug=f"group-{secret.hex()}", name="Riders")
        user = User(
            email=f"{secret.hex()}@riders.example",
            password="x",
            fs_uniquifier=secret.hex(),
            active=True,
        )
        session.add_all((group, user))
        session.flush()
        upload = ImportUpload(
            organization_id=group.id,
            user_id=user.id,
            campaign_id=make_campaign(session).id,
            sha256="e" * 64,
            size=3,
            rows=1,
            layout=UploadLayout("list.csv", "utf-8", ",", '[["Email"]]', secret),
            bound_to=secret,
            created_at=utcnow() - ago,
            stored_at=utcnow() - ago,
        )
        session.add(upload)
        session.flush()
        add_piece(session, upload.id, PieceKind.LIST, 1, b"a,b")


def _add_attempt(ago: timedelta) -> int:
    with transaction() as session:
        campaign = make_campaign(session, step=2)
        district = make_district(session)
        make_post(session, district)
        make_located(session, campaign, district, 2)
        campaign_id = campaign.id
    count_batch(campaign_id)
    with transaction() as session:
        session.execute(text("UPDATE milestones SET state = 'cleared' WHERE state <> 'cleared'"))
        delivery = session.scalars(
            select(Delivery).join(Milestone).where(Milestone.campaign_id == campaign_id)
        ).one()
        letter = Letter(
            milestone_id=delivery.milestone_id,
            post_id=delivery.post_id,
            sha256=f"{delivery.id:064x}",
            pages=4,
            size=1000,
            names=2,
            addressee=["Board"],
            rendered_at=utcnow() - ago,
        )
        session.add(letter)
        session.flush()
        delivery.letter_id, delivery.state = letter.id, "rendered"
        session.flush()
        delivery.state, delivery.attempt = "sending", 1
        session.flush()
        delivery.state, delivery.settled_at, delivery.due_at = "accepted", utcnow() - ago, None
        session.add(
            Attempt(
                delivery_id=delivery.id,
                number=1,
                phase="handover",
                started_at=utcnow() - ago,
                ended_at=utcnow() - ago,
                outcome="accepted",
                detail="250",
                recipient="board@county.example",
                said="250 queued",
            )
        )
        return delivery.milestone_id


def add_mail(ago: timedelta, kind: str = "delivered", **changes: object) -> int:
    """Add a mail that went so long ago."""
    with transaction() as session:
        then = utcnow() - ago
        state = changes.pop("state", SignatureState.COUNTED)
        signature = make_signature(session, make_campaign(session), state=state, due_at=None)
        values = {"created_at": then, "sent_at": then} | changes
        mail = Mail(signature_id=signature.id, kind=kind, **values)
        session.add(mail)
        session.flush()
        return mail.id


def add_invitation(ago: timedelta) -> int:
    """Add an invitation that was called back so long ago."""
    with transaction() as session:
        then = utcnow() - ago
        invitation = Invitation(
            email="bea@staff.example",
            role="reader",
            secret=b"s" * 16,
            invited_by="cli",
            created_at=then,
            expires_at=then + timedelta(days=7),
            called_back_at=then,
        )
        session.add(invitation)
        session.flush()
        return invitation.id


def add_relayed(ago: timedelta, *, one_campaign: bool = False) -> int:
    """Add a message of an organization that was stopped so long ago, with a row and its attempt.

    - ``one_campaign``: to the people of one campaign only, and not of each.
    """
    with transaction() as session:
        then = utcnow() - ago
        offer = make_offer(session, make_campaign(session), slug=f"group-{uuid4().hex[:8]}")
        signature = make_signature(session, session.get_one(Campaign, offer.campaign_id))
        consent = make_consent(session, signature.id, offer)
        user = User(email=f"{uuid4().hex}@group.example", fs_uniquifier=uuid4().hex, active=True)
        session.add(user)
        session.flush()
        message = RelayMessage(
            organization_id=offer.organization_id,
            campaign_id=offer.campaign_id if one_campaign else None,
            author_id=user.id,
            sender_id=user.id,
            subject="A walk",
            body="Come along.",
            purpose="contact",
            state=RelayState.STOPPED,
            people=1,
            created_at=then,
            changed_at=then,
            started_at=then,
            ended_at=then,
        )
        session.add(message)
        session.flush()
        sent = RelaySend(
            message_id=message.id,
            consent_id=consent.id,
            state="accepted",
            attempt=1,
            created_at=then,
            settled_at=then,
        )
        session.add(sent)
        session.flush()
        session.add(RelayAttempt(send_id=sent.id, number=1, started_at=then, outcome="accepted"))
        return message.id


def add_mail_file(ago: timedelta) -> None:
    """Add a mail that was written as a file so long ago."""
    parent = get_folder(get_settings()).folder
    folder = parent / f"confirm.{len(list(parent.glob('*')))}.1.{'a' * 16}-{'0' * 32}"
    folder.mkdir(parents=True)
    (folder / "message.eml").write_text("To: ada@people.example")
    moment = (utcnow() - ago).timestamp()
    os.utime(folder, (moment, moment))


def add_incoming(ago: timedelta) -> None:
    """Add a mail that came in and was read so long ago."""
    with transaction() as session:
        session.add(IncomingMail(key=os.urandom(32), read_at=utcnow() - ago))


def add_ask(ago: timedelta) -> None:
    """Add a request for a lost link so long ago."""
    with transaction() as session:
        session.add(Ask(email_digest=os.urandom(32), asked_at=utcnow() - ago))


def add_journal(ago: timedelta) -> None:
    """Add a line of so long ago to one of the journals."""
    then = (utcnow() - ago).isoformat()
    append_line(find_journal(), f"{then} erased 12 {'0' * 32}")


def add_handover(ago: timedelta) -> None:
    """Add a line of so long ago to handovers.log."""
    then = (utcnow() - ago).isoformat()
    append_line(find_log(), json.dumps({"at": then, "name": "<a>", "attempt": 1, "outcome": "x"}))


ADD: dict[str, Callable[[timedelta], object]] = {
    "expired": lambda ago: add_ended(SignatureState.EXPIRED, ago),
    "rejected": lambda ago: add_ended(SignatureState.REJECTED, ago),
    "withdrawn": lambda ago: add_ended(SignatureState.WITHDRAWN, ago),
    "review": add_review,
    "closed": add_closed,
    "erased": add_erased,
    "struck": add_struck,
    "said": add_said,
    "mails": add_mail,
    "mail_files": add_mail_file,
    "incoming": add_incoming,
    "asks": add_ask,
    "replies": add_reply_file,
    "proofs": add_proof,
    "uploads": add_upload,
    "invitations": add_invitation,
    "relayed": add_relayed,
    "journals": add_journal,
}


def count_all() -> dict[str, object]:
    """Return all rows and files that there are, so that any change shows."""
    found: dict[str, object] = {}
    for table in Base.metadata.sorted_tables:
        if table.name != "heartbeats":
            found[table.name] = sorted(map(repr, db.session.execute(select(table)).all()))
    db.session.rollback()
    data = get_settings().data_dir
    for path in sorted(data.rglob("*")):
        if path.is_file() and "sqlite" not in path.name and "valkey" not in path.parts:
            found[str(path.relative_to(data))] = path.read_bytes()
    return found


def count_rows(table: type[Base]) -> int:
    """Return how many rows a table has."""
    number = db.session.scalar(select(func.count()).select_from(table)) or 0
    db.session.rollback()
    return number


def list_held() -> set[int]:
    """Return the signatures that hold somebody."""
    db.session.expire_all()
    found = set(db.session.scalars(select(Signature.id).where(Signature.person.is_not(None))))
    db.session.rollback()
    return found


def erase_kind(name: str) -> int:
    """Erase what is past of one kind; return how many. Raises what it failed by."""
    done = erase(kinds=[KIND[name]])
    for error in done.failed.values():
        raise error
    return done.total


def find_campaign(campaign_id: int) -> Campaign:
    """Return a campaign as it is stored."""
    db.session.rollback()
    return db.session.get_one(Campaign, campaign_id, populate_existing=True)
