"""Mail the confirmations that are due, and let go of those that nobody followed.

A mail may be sent twice after a crash, never not at all: a second confirmation does no harm.
"""

from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP

from flask import render_template
from sqlalchemy import ColumnElement, select, update

from petition.clock import utcnow
from petition.errors import OutcomeUnknown, Permanent, PetitionError, Retryable
from petition.extensions import db, get_settings, transaction
from petition.logs import get_logger
from petition.mail import clean_header, make_address, make_mailer
from petition.models import Campaign, Person, Signature, SignatureState
from petition.signing.tokens import LIFETIMES, Purpose, make_token
from petition.trail import record

log = get_logger(__name__)

BATCH = 20
LEASE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class _Invitation:
    signature_id: int
    tries: int
    person: Person
    campaign_title: str
    organization: str


def mail_batch(limit: int = BATCH) -> int:
    """Mail up to ``limit`` due confirmations, expire the unfollowed, and return how many are done.

    - A mail server that is away leaves the signatures pending and due again later; it is asked
      once a batch, not once a signer, since it may hang.
    - An address that is refused for good waits for its expiry: an unconfirmed one never counts.
    """
    expired = _expire(limit)
    invitations = _claim(limit)
    if not invitations:
        return expired
    mailer = make_mailer(get_settings())
    away: Retryable | None = None
    for invitation in invitations:
        if away is not None:
            _put_off(invitation, away)
            continue
        try:
            mailer.send(compose_invitation(invitation))
        except Retryable as error:
            away = error
            _put_off(invitation, error)
        except (Permanent, OutcomeUnknown) as error:
            log.warning("invitation.unsure", signature=invitation.signature_id, error=error.code)
            _set_mailed(invitation)
        else:
            _set_mailed(invitation)
    return expired if away else len(invitations) + expired


def compose_invitation(invitation: _Invitation) -> EmailMessage:
    """Return the mail: subject, text and HTML, with one-click unsubscribe (RFC 8058)."""
    settings = get_settings()
    base = settings.public_url
    links = {
        purpose: f"{base}/{path}/{make_token(invitation.signature_id, purpose)}"
        for purpose, path in (
            (Purpose.CONFIRM, "confirm"),
            (Purpose.STATUS, "signatures"),
            (Purpose.UNSUBSCRIBE, "unsubscribe"),
        )
    }
    values = {
        "given_name": invitation.person.given_name,
        "campaign": invitation.campaign_title,
        "organization": invitation.organization,
        "confirm_url": links[Purpose.CONFIRM],
        "status_url": links[Purpose.STATUS],
        "unsubscribe_url": links[Purpose.UNSUBSCRIBE],
        "days": LIFETIMES[Purpose.CONFIRM].days,
    }
    message = EmailMessage(policy=SMTP)
    message["Subject"] = clean_header(f"Confirm your signature: {invitation.campaign_title}")
    message["From"] = make_address(invitation.organization, settings.mail_from, "sender")
    message["To"] = make_address(invitation.person.name, invitation.person.email, "recipient")
    number = f"{invitation.signature_id}.{invitation.tries}"
    message["Message-ID"] = f"<confirm.{number}@{settings.mail_host}>"
    message["Date"] = utcnow()
    message["List-Unsubscribe"] = f"<{links[Purpose.UNSUBSCRIBE]}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(render_template("email/confirm.txt", **values), cte="quoted-printable")
    message.add_alternative(
        render_template("email/confirm.html", **values), subtype="html", cte="quoted-printable"
    )
    return message


def _claim(limit: int) -> list[_Invitation]:
    now = utcnow()
    with transaction() as session:
        due = (
            select(Signature.id)
            .where(
                Signature.state == SignatureState.PENDING,
                Signature.due_at <= now,
                Signature.mailed_at.is_(None),
                Signature.unsubscribed_at.is_(None),
            )
            .order_by(Signature.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claimed = session.execute(
            update(Signature)
            .where(Signature.id.in_(due))
            .values(due_at=now + LEASE, tries=Signature.tries + 1)
            .returning(Signature.id, Signature.tries, Signature.person, Signature.campaign_id)
            .execution_options(synchronize_session=False)
        ).all()
        campaigns = {
            campaign.id: campaign
            for campaign in session.scalars(
                select(Campaign).where(Campaign.id.in_({row.campaign_id for row in claimed}))
            )
        }
        return [
            _Invitation(
                row.id,
                row.tries,
                row.person,
                campaigns[row.campaign_id].title,
                campaigns[row.campaign_id].organization,
            )
            for row in claimed
        ]


def _set_mailed(invitation: _Invitation) -> None:
    now = utcnow()
    with transaction() as session:
        session.execute(
            update(Signature)
            .where(*_held(invitation))
            .values(mailed_at=now, due_at=now + LIFETIMES[Purpose.CONFIRM])
        )


def _put_off(invitation: _Invitation, error: PetitionError) -> None:
    wait = min(timedelta(seconds=30) * 2 ** min(invitation.tries, 10), LONGEST_WAIT)
    log.warning("invitation.put_off", signature=invitation.signature_id, error=error.code)
    with transaction() as session:
        session.execute(update(Signature).where(*_held(invitation)).values(due_at=utcnow() + wait))


def _held(invitation: _Invitation) -> tuple[ColumnElement[bool], ...]:
    """The row while it is still ours: a slow batch must not undo what came after its lease."""
    return (
        Signature.id == invitation.signature_id,
        Signature.state == SignatureState.PENDING,
        Signature.tries == invitation.tries,
    )


def _expire(limit: int) -> int:
    """End what was mailed and not confirmed in time, or whose signer wants no mail."""
    now = utcnow()
    waiting = (
        select(Signature.id)
        .where(
            Signature.state == SignatureState.PENDING,
            Signature.due_at <= now,
            Signature.mailed_at.is_not(None) | Signature.unsubscribed_at.is_not(None),
        )
        .limit(limit)
    )
    if db.session.scalar(waiting.limit(1)) is None:
        return 0
    with transaction() as session:
        expired = session.scalars(
            update(Signature)
            .where(
                Signature.id.in_(waiting.with_for_update(skip_locked=True)),
                Signature.state == SignatureState.PENDING,
            )
            .values(state=SignatureState.EXPIRED, ended_at=now, due_at=None)
            .returning(Signature.id)
            .execution_options(synchronize_session=False)
        ).all()
        for signature_id in expired:
            record(session, "signature.expired", "signature", signature_id)
    return len(expired)
