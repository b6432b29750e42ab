"""Limits how often a mailbox is mailed, over all campaigns and whoever enters its address.

A mail reserves its place in the transaction that claims it, so a crash sends too few and never too
many; a mail that was not sent releases it. The mailbox is identified by a keyed hash.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.database import hold_mailbox
from petition.core.extensions import transaction
from petition.core.sealing import get_sealer
from petition.models import Ask, Campaign, LegalHold, MailboxMail, Signature
from petition.signing.canonical_email import canonical_email

PURPOSE = "mail.mailbox"
KEPT_FOR = timedelta(days=31)
FORGOTTEN_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` mails in any period of length ``within``."""

    most: int
    within: timedelta


# The longest period last. Mails that were asked for have a separate limit.
ASKED = (Limit(6, timedelta(days=1)),)
UNASKED = (Limit(3, timedelta(days=1)), Limit(10, timedelta(days=30)))


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """A mail's place among those of its mailbox; None where it must wait ``until`` then."""

    id: int | None
    until: datetime


def hash_mailbox(email: str) -> bytes:
    """Return the keyed hash of a mailbox."""
    return get_sealer().digest(canonical_email(email), PURPOSE)


def take_place(session: Session, mailbox: bytes, asked: bool, now: datetime) -> QueuePlace:
    """Reserve a place for one mail if the limits allow it. The caller commits.

    - ``asked``: the mail was asked for. Callers take several mailboxes in the order of hashes,
      which prevents deadlocks.
    """
    hold_mailbox(session, mailbox)
    limits = ASKED if asked else UNASKED
    longest = limits[-1]
    sent = session.scalars(
        select(MailboxMail.sent_at)
        .where(
            MailboxMail.mailbox == mailbox,
            MailboxMail.asked.is_(asked),
            MailboxMail.sent_at > now - longest.within,
        )
        .order_by(MailboxMail.sent_at.desc())
        .limit(longest.most)
    ).all()
    free = [sent[limit.most - 1] + limit.within for limit in limits if len(sent) >= limit.most]
    until = max(free, default=now)
    if until > now:
        return QueuePlace(None, until)
    taken = MailboxMail(mailbox=mailbox, asked=asked, sent_at=now)
    session.add(taken)
    session.flush()
    return QueuePlace(taken.id, now)


def give_place_back(session: Session, place_id: int) -> None:
    """Release the place of a mail that was not sent."""
    session.execute(delete(MailboxMail).where(MailboxMail.id == place_id))


def forget_mailbox(session: Session, email: str, digest: bytes | None) -> None:
    """Delete the rows of an erased signer's mailbox, and its requests for links.

    - Unless it has another live signature.
    - ``digest``: of its signatures. Other rows are deleted by ``forget_old_mails``.
    """
    other = exists().where(
        Signature.campaign_id.in_(select(Campaign.id)),
        Signature.email_digest == digest,
        Signature.ended_at.is_(None),
    )
    session.execute(delete(MailboxMail).where(MailboxMail.mailbox == hash_mailbox(email), ~other))
    session.execute(delete(Ask).where(Ask.email_digest == digest, ~other))


def forget_old_mails(limit: int = FORGOTTEN_AT_ONCE) -> int:
    """Delete up to ``limit`` rows that are older than every limit; return how many."""
    with transaction() as session:
        # A mailbox is of no campaign: while any is held, all stay.
        old = MailboxMail.sent_at < utcnow() - KEPT_FOR, LegalHold.is_none_in_force()
        found = session.scalars(select(MailboxMail.id).where(*old).limit(limit)).all()
        if found:
            session.execute(delete(MailboxMail).where(MailboxMail.id.in_(found)))
        return len(found)
