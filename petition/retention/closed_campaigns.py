"""Erase the signers of a campaign that closed long ago; its counts and letters stay.

The counts do not change: ledger rows and tallies are kept, and so are each letter, its code and its
hash. The public pages keep showing the last counts.

- Only once no work is pending: no signature to be located, counted or removed from the count, no
  count that is not yet published, and no letter that may still be rendered again, which would have
  no names left.
- It starts by marking the campaign, permanently: a marked campaign cannot be opened again, and
  counts no more signatures.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.campaigns.closing_time import find_close
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import (
    Campaign,
    CampaignState,
    Delivery,
    DeliveryState,
    LegalHold,
    Milestone,
    RefusedMail,
    Signature,
    SignatureState,
    Tally,
)
from petition.models.signatures.signature import UNCOUNTED
from petition.models.states import ENDED
from petition.retention.data_kind import PastData
from petition.retention.ended_signatures import ACTOR
from petition.signers.withdraw import ERASED_VALUES, erase_beside, forget_mails
from petition.transitions.signature_changes import ERASABLE, change_signatures

# A letter in one of these states may still be rendered again, or needs a person first.
UNDER_WAY = (
    DeliveryState.QUEUED,
    DeliveryState.RENDERED,
    DeliveryState.SENDING,
    DeliveryState.RETRY_WAIT,
    DeliveryState.HELD,
    DeliveryState.UNKNOWN,
)
# Counts are published within a minute, those of areas within an hour.
TOLD_WITHIN = timedelta(hours=2)
MOVING = (SignatureState.CONFIRMED, SignatureState.LOCATED)


def count_past_closed(before: datetime) -> PastData:
    """Return how many signers are stored of campaigns closed before ``before`` that are ready."""
    closed = {id: at for id, at in _find_closed(before) if _is_ready(db.session(), id)}
    count = sum(
        db.session.scalar(select(func.count()).select_from(Signature).where(*half)) or 0
        for campaign_id in closed
        for half in _list_held(campaign_id)
    )
    return PastData(count, min(closed.values(), default=None) if count else None)


def list_closed_waiting(before: datetime) -> list[str]:
    """Return the slugs of the campaigns that closed before ``before`` and are not ready."""
    session = db.session()
    ids = [id for id, _ in _find_closed(before) if not _is_ready(session, id)]
    query = select(Campaign.slug).where(Campaign.id.in_(ids)).order_by(Campaign.slug)
    return list(session.scalars(query))


def erase_closed(before: datetime, limit: int) -> int:
    """Erase up to ``limit`` signers of one campaign that closed before ``before``; return how many.

    - They are not written to decisions.log: after a restore the same rule erases them again, while
      a decision would remove them from the counts.
    """
    for campaign_id, closed_at in _find_closed(before):
        done = _erase(campaign_id, closed_at, limit)
        if done:
            return done
    return 0


def _find_closed(before: datetime) -> list[tuple[int, datetime]]:
    """Return (id, closing time) of the campaigns that closed before ``before`` and have signers."""
    session, now = db.session(), utcnow()
    return [
        (campaign.id, at)
        for campaign in session.scalars(
            select(Campaign).where(LegalHold.spares(Campaign.id)).order_by(Campaign.id)
        ).all()
        if campaign.is_closed(now)
        and (at := find_close(campaign, now)) is not None
        and at < before
        and any(_find_ids(session, half, 1) for half in _list_held(campaign.id))
    ]


def _is_ready(session: Session, campaign_id: int) -> bool:
    """Return whether a campaign has no pending work that needs its signers."""
    here = Signature.campaign_id == campaign_id
    moving = exists().where(here, Signature.state.in_(MOVING), UNCOUNTED)
    leaving = exists().where(
        here,
        Signature.state.in_((*ENDED, SignatureState.REVIEW)),
        Signature.due_at.is_not(None),
        UNCOUNTED,
    )
    untold = exists().where(
        Tally.campaign_id == campaign_id, Tally.updated_at > utcnow() - TOLD_WITHIN
    )
    if session.scalar(select(moving | leaving | untold)):
        return False
    return not _has_letters_under_way(session, campaign_id)


def _has_letters_under_way(session: Session, campaign_id: int) -> bool:
    found = (
        select(Delivery.id)
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .where(Milestone.campaign_id == campaign_id, Delivery.state.in_(UNDER_WAY))
    )
    return session.scalar(found.limit(1)) is not None


def _erase(campaign_id: int, closed_at: datetime, limit: int) -> int:
    if not _begin(campaign_id, closed_at):
        return 0
    for which in _list_held(campaign_id):
        ids = _find_ids(db.session(), which, limit)
        db.session.rollback()
        if not ids:
            continue
        forget_mails(frozenset(ids))
        with transaction() as session:
            if _has_letters_under_way(session, campaign_id):
                return 0
            return len(_erase_rows(session, ids, which))
    return 0


def _begin(campaign_id: int, closed_at: datetime) -> bool:
    """Mark the campaign, unless it is marked already; return False if it is not ready.

    - A campaign that was closed by its closing date only gets the state ``closed``.
    """
    with transaction() as session:
        campaign = session.get_one(
            Campaign, campaign_id, with_for_update=True, populate_existing=True
        )
        if campaign.people_erased_at is not None:
            return True
        now = utcnow()
        if not session.scalar(select(LegalHold.spares(campaign_id))):
            return False
        if not campaign.is_closed(now) or not _is_ready(session, campaign_id):
            return False
        campaign.state = CampaignState.CLOSED
        session.flush()
        campaign.people_erased_at = now
        detail = {"closed_at": closed_at.isoformat()}
        record(
            session, "campaign.people_erased", "campaign", campaign_id, actor=ACTOR, detail=detail
        )
    return True


def _erase_rows(
    session: Session, ids: Sequence[int], which: Sequence[ColumnElement[bool]]
) -> list[int]:
    erased = change_signatures(
        session,
        SignatureState.ERASED,
        ERASABLE,
        Signature.id.in_(ids),
        *which,
        now=utcnow(),
        due_at=None,  # they are not removed from the count
        relocated=False,
        **ERASED_VALUES,
    )
    erase_beside(session, erased)
    session.execute(delete(RefusedMail).where(RefusedMail.signature_id.in_(erased)))
    return erased


def _list_held(campaign_id: int) -> tuple[tuple[ColumnElement[bool], ...], ...]:
    """Return the conditions for a campaign's stored signers, in two halves with an index each.

    - Without ended signatures that are still to be removed from the count.
    """
    here = Signature.campaign_id == campaign_id
    ended = (Signature.email_digest.is_not(None), Signature.due_at.is_(None))
    return (
        (here, Signature.ended_at.is_(None)),
        (here, Signature.ended_at.is_not(None), *ended),
    )


def _find_ids(session: Session, which: Sequence[ColumnElement[bool]], limit: int) -> list[int]:
    return list(session.scalars(select(Signature.id).where(*which).limit(limit)))
