"""Plans the mails about arrived letters, one for each letter, to the signers who asked for them.

digests.py combines them when they are sent.

A milestone records when its signers were notified, so that each round of the reconciler reads only
what arrived since, not every signer again.
"""

from datetime import datetime, timedelta

from sqlalchemy import Select, exists, select, update
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.letters.outcome import SENT
from petition.models import Delivery, LedgerEntry, MailKind, Milestone, Signature
from petition.models.counts.tally import CARRIED
from petition.notifications.digests import MAY_COME_BACK, find_gap
from petition.notifications.mail_content import STANDING
from petition.notifications.mail_plans import plan

TOLD = "milestone.told"
MILESTONES_A_ROUND = 50
# Older arrivals are not reported, neither after a long outage nor after a restore.
RECENT = timedelta(days=7)


def plan_delivered(limit: int = MILESTONES_A_ROUND) -> int:
    """Plan the mails about up to ``limit`` milestones whose letter arrived; return how many mails.

    - At most one for a signature and milestone, also if this runs repeatedly or concurrently.
    """
    now = utcnow()
    found = db.session.scalars(_find_untold(now).limit(limit)).all()
    if not found:
        return 0
    with transaction() as session:
        return sum(_plan(session, milestone_id, now) for milestone_id in found)


def find_wait() -> timedelta:
    """Return how long a mail about a letter waits for others to the same signer."""
    return max(MAY_COME_BACK, find_gap())


def _find_untold(now: datetime) -> Select[int]:
    arrived = exists().where(
        Delivery.milestone_id == Milestone.id,
        Delivery.state.in_(SENT),
        Delivery.settled_at > now - RECENT,
    )
    return (
        select(Milestone.id).where(arrived, Milestone.notified_at.is_(None)).order_by(Milestone.id)
    )


def _plan(session: Session, milestone_id: int, now: datetime) -> int:
    named = (
        select(Signature.id)
        .join(LedgerEntry, LedgerEntry.signature_id == Signature.id)
        .join(Milestone, CARRIED)
        .where(Milestone.id == milestone_id, Signature.notify, Signature.state.in_(STANDING))
    )
    signers = plan(session, named, MailKind.DELIVERED, now + find_wait(), about=milestone_id)
    session.execute(update(Milestone).where(Milestone.id == milestone_id).values(notified_at=now))
    record(session, TOLD, "milestone", milestone_id, detail={"signers": signers})
    return signers
