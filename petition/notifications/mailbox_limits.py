"""How often a mailbox is mailed, whoever types its address and on however many campaigns.

A mail takes its place in the transaction that claims it, so a crash sends too few and never too
many; what was not sent gives its place back. The mailbox is known by a keyed hash of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.database import hold_mailbox
from petition.core.extensions import transaction
from petition.core.sealing import get_sealer
from petition.models import Campaign, MailboxMail, Signature
from petition.signing.canonical_email import canonical_email

PURPOSE = "mail.mailbox"
KEPT_FOR = timedelta(days=31)
FORGOTTEN_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many mails within such a span, whenever it begins."""

    most: int
    within: timedelta


# The longest last. Somebody waits for what was asked for, so it has a limit of its own.
ASKED = (Limit(6, timedelta(days=1)),)
UNASKED = (Limit(3, timedelta(days=1)), Limit(10, timedelta(days=30)))


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """A mail's place among those of its mailbox; None where it must wait ``until`` then."""

    id: int | None
    until: datetime


def hash_mailbox(email: str) -> bytes:
    """Return what a mailbox is known by."""
    return get_sealer().digest(canonical_email(email), PURPOSE)


def take_place(session: Session, mailbox: bytes, asked: bool, now: datetime) -> QueuePlace:
    """Take a place for one mail, if the limits leave one; whoever calls commits.

    - ``asked``: somebody waits for it. Of several mailboxes the lower hash comes first: two
      workers then never wait for each other.
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
    """Let go of the place of a mail that was not sent."""
    session.execute(delete(MailboxMail).where(MailboxMail.id == place_id))


def forget_mailbox(session: Session, email: str, digest: bytes | None) -> None:
    """Let go of a mailbox whose signer is erased, unless another signature of it is live.

    - ``digest``: by which its signatures are known. Rows that stay are dropped when they are old.
    """
    other = exists().where(
        Signature.campaign_id.in_(select(Campaign.id)),
        Signature.email_digest == digest,
        Signature.ended_at.is_(None),
    )
    session.execute(delete(MailboxMail).where(MailboxMail.mailbox == hash_mailbox(email), ~other))


def forget_old_mails(limit: int = FORGOTTEN_AT_ONCE) -> int:
    """Delete up to ``limit`` rows that no limit looks back to any more; return how many."""
    with transaction() as session:
        old = select(MailboxMail.id).where(MailboxMail.sent_at < utcnow() - KEPT_FOR).limit(limit)
        found = session.scalars(old).all()
        if found:
            session.execute(delete(MailboxMail).where(MailboxMail.id.in_(found)))
        return len(found)
