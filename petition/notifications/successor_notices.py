"""Plans the mails that tell signers of a closed campaign about the campaign that follows it."""

from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased, load_only

from petition.audit.trail import record
from petition.campaigns.successors import follow
from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.extensions import db, transaction
from petition.models import Campaign, Mail, MailKind, Signature, SuccessorNotice
from petition.notifications.mail_content import STANDING, has_signed
from petition.notifications.mail_plans import plan

TOLD = "campaign.successor_told"
SIGNERS_A_ROUND = 2_000


def plan_successors(limit: int = SIGNERS_A_ROUND) -> int:
    """Plan up to ``limit`` mails to signers of closed campaigns whose successor is open.

    - Returns how many. A signer who asks for it later finds the link on the page.
    - No mail to signers of the successor, none about the same successor for another of its
      predecessors, and one at most for a signature.
    """
    now = utcnow()
    planned = 0
    for campaign_id, successor_id in _find_pairs(now):
        if planned < limit and not _was_told(campaign_id, successor_id):
            with transaction() as session:
                planned += _plan(session, campaign_id, successor_id, now, limit - planned)
    return planned


def _find_pairs(now: datetime) -> list[tuple[int, int]]:
    """Return the ids of each closed campaign with a successor and of the open one it leads to."""
    before = aliased(Campaign)
    named = select(before.successor).where(before.successor.is_not(None))
    columns = (Campaign.slug, Campaign.state, Campaign.successor)
    found = db.session.scalars(
        select(Campaign)
        .where(or_(Campaign.successor.is_not(None), Campaign.slug.in_(named)))
        .order_by(Campaign.id)
        .options(load_only(*columns, Campaign.opens_at, Campaign.closes_at))
    ).all()
    by_slug = {campaign.slug: campaign for campaign in found}
    pairs = [(campaign.id, follow(campaign, now, by_slug.get)) for campaign in found]
    return [(before_id, after.id) for before_id, after in pairs if after is not None]


def _was_told(campaign_id: int, successor_id: int) -> bool:
    return db.session.get(SuccessorNotice, (campaign_id, successor_id)) is not None


def _plan(session: Session, campaign_id: int, successor_id: int, now: datetime, limit: int) -> int:
    # Planned, or told of another one before: the box is for one mail.
    told = exists().where(
        Mail.signature_id == Signature.id,
        Mail.kind == MailKind.SUCCESSOR,
        or_(Mail.about == successor_id, Mail.sent_at.is_not(None)),
    )
    # By another signature of theirs, on a campaign that leads to the same one.
    other = aliased(Signature)
    elsewhere = (
        select(other.email_digest)
        .join(Mail, Mail.signature_id == other.id)
        .where(
            Mail.kind == MailKind.SUCCESSOR,
            Mail.about == successor_id,
            or_(Mail.due_at.is_not(None), Mail.sent_at.is_not(None)),
            other.email_digest.is_not(None),
        )
    )
    asked = (
        select(Signature.id)
        .where(
            Signature.campaign_id == campaign_id,
            Signature.ended_at.is_(None),
            Signature.state.in_(STANDING),
            Signature.unsubscribed_at.is_(None),
            Signature.unreachable_at.is_(None),
            Signature.tell_successor,
            Signature.email_digest.not_in(elsewhere),
            ~told,
            ~has_signed(successor_id),
        )
        .limit(limit)
    )
    signers = plan(session, asked, MailKind.SUCCESSOR, now, about=successor_id)
    if signers < limit:
        row = {"campaign_id": campaign_id, "successor_id": successor_id, "notified_at": now}
        session.execute(insert_into(session, SuccessorNotice).values(row).on_conflict_do_nothing())
        record(session, TOLD, "campaign", campaign_id, detail={"successor": successor_id})
    return signers
