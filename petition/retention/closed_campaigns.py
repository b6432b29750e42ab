"""The people of a campaign that closed long ago are erased; its counts and its letters stay.

Nobody leaves a count by it: the ledger's rows and the tallies stay as they are, and so do each
letter, its code and its fingerprint. What is told to the public is told as it was last.

- Only once nothing is on its way: nobody who is still to be located, counted or taken out, no
  count that the public was not told yet, and no letter that may still be made anew, which would
  have no names any more.
- Begun by a mark on the campaign that nothing takes back: it cannot be opened again, and counts
  nobody from then on.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select, update
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
    Milestone,
    RefusedMail,
    Signature,
    SignatureState,
    Tally,
)
from petition.models.signature import UNCOUNTED
from petition.models.states import ENDED
from petition.retention.data_kind import PastData
from petition.retention.ended_signatures import ACTOR
from petition.signers.withdraw import ERASED_VALUES, erase_beside, forget_mails

# A letter in one of these may still be made anew, or needs a person first.
UNDER_WAY = (
    DeliveryState.QUEUED,
    DeliveryState.RENDERED,
    DeliveryState.SENDING,
    DeliveryState.RETRY_WAIT,
    DeliveryState.HELD,
    DeliveryState.UNKNOWN,
)
# Counts are told within a minute, those of areas within an hour.
TOLD_WITHIN = timedelta(hours=2)
MOVING = (SignatureState.CONFIRMED, SignatureState.LOCATED)


def look_at_closed(before: datetime) -> PastData:
    """Return how many people are held of campaigns that closed before a moment and are ready."""
    closed = {id: at for id, at in _find_closed(before) if _is_ready(db.session(), id)}
    count = sum(
        db.session.scalar(select(func.count()).select_from(Signature).where(*half)) or 0
        for campaign_id in closed
        for half in _list_held(campaign_id)
    )
    return PastData(count, min(closed.values(), default=None) if count else None)


def list_closed_waiting(before: datetime) -> list[str]:
    """Return the campaigns, by their slugs, that closed before a moment and are not ready."""
    session = db.session()
    ids = [id for id, _ in _find_closed(before) if not _is_ready(session, id)]
    query = select(Campaign.slug).where(Campaign.id.in_(ids)).order_by(Campaign.slug)
    return list(session.scalars(query))


def erase_closed(before: datetime, limit: int) -> int:
    """Erase up to ``limit`` people of one campaign that closed before a moment.

    - Nothing of it goes into decisions.log: after a restore the same rule erases them again, while
      a decision would take them out of the counts.
    """
    for campaign_id, closed_at in _find_closed(before):
        done = _erase(campaign_id, closed_at, limit)
        if done:
            return done
    return 0


def _find_closed(before: datetime) -> list[tuple[int, datetime]]:
    """Return the campaigns that closed before a moment and hold people, with that moment."""
    session, now = db.session(), utcnow()
    return [
        (campaign.id, at)
        for campaign in session.scalars(select(Campaign).order_by(Campaign.id)).all()
        if campaign.is_closed(now)
        and (at := find_close(campaign, now)) is not None
        and at < before
        and any(_find_ids(session, half, 1) for half in _list_held(campaign.id))
    ]


def _is_ready(session: Session, campaign_id: int) -> bool:
    """Return whether nothing of a campaign is on its way that needs its people."""
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
    """Mark the campaign, unless it is marked; return False where it is not ready for it.

    - One that was closed by its date alone is closed for good.
    """
    with transaction() as session:
        campaign = session.get_one(
            Campaign, campaign_id, with_for_update=True, populate_existing=True
        )
        if campaign.people_erased_at is not None:
            return True
        now = utcnow()
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
    now = utcnow()
    values: dict[str, Any] = {
        **ERASED_VALUES,
        "state": SignatureState.ERASED,
        "ended_at": now,
        "due_at": None,  # nobody takes them out of the count
        "relocated": False,
    }
    erased = list(
        session.scalars(
            update(Signature)
            .where(Signature.id.in_(ids), *which)
            .values(values)
            .returning(Signature.id)
            .execution_options(synchronize_session=False)
        )
    )
    erase_beside(session, erased)
    session.execute(
        delete(RefusedMail)
        .where(RefusedMail.signature_id.in_(erased))
        .execution_options(synchronize_session=False)
    )
    return erased


def _list_held(campaign_id: int) -> tuple[tuple[ColumnElement[bool], ...], ...]:
    """Return what tells whom a campaign holds, in two halves with an index each.

    - Those who left and are still to be taken out of the count are waited for.
    """
    here = Signature.campaign_id == campaign_id
    ended = (Signature.email_digest.is_not(None), Signature.due_at.is_(None))
    return (
        (here, Signature.ended_at.is_(None)),
        (here, Signature.ended_at.is_not(None), *ended),
    )


def _find_ids(session: Session, which: Sequence[ColumnElement[bool]], limit: int) -> list[int]:
    return list(session.scalars(select(Signature.id).where(*which).limit(limit)))
