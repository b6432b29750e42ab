"""The brake: a hundred is looked at before its letter is made, and held where something is odd.

- A verdict is for one exact list of members. The database refuses to change a list that was judged
  (see Milestone): whoever changes it opens it first, and it is judged anew.
- The hundreds of a district are judged in their order. While one is held, the later ones wait.
- Nothing is released by time: staff release or invalidate (verdicts.py).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from petition.audit.trail import Detail, record, record_all
from petition.core.clock import utcnow
from petition.core.extensions import get_settings, transaction
from petition.counting.evidence import DAY, EvidenceMember, HeldBecause, measure
from petition.models import (
    Delivery,
    DeliveryState,
    District,
    HoldReason,
    LedgerEntry,
    Milestone,
    MilestoneState,
    Person,
    Signature,
)
from petition.transitions.tally_lock import lock_tally
from petition.transitions.unreadable_signatures import set_aside

# How far back a day's letters are looked for.
MOST_LETTERS = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """The members of a milestone as they stand, in order.

    - ``digest``: the SHA-256 of who they are. ``gone``: some have ended or do not open, and the
      count does not know of it yet; ``ids``, of their signatures, and ``members`` leave those out.
    - ``broken``: the signatures of those who do not open.
    """

    digest: str
    ids: list[int]
    members: list[EvidenceMember]
    gone: bool
    broken: list[int]


def look_at(milestone_id: int) -> list[int]:
    """Judge a milestone and the other waiting ones of its district; return those now cleared.

    - What was judged on the same list stays as it is. Below its number it is not looked at.
    - Its deliveries are held while it is; those of who is cleared after that are queued.
    """
    with transaction() as session:
        milestone = session.get_one(Milestone, milestone_id)
        if milestone.sealed_at is not None or milestone.state == MilestoneState.CLEARED:
            return []
        return judge_district(session, milestone.campaign_id, milestone.district_id)


def judge_district(session: Session, campaign_id: int, district_id: int) -> list[int]:
    """Judge what waits in one district, in the caller's transaction; see ``look_at``."""
    live = lock_tally(session, campaign_id, district_id)
    in_force = session.scalar(select(District.in_force).where(District.id == district_id))
    if not in_force:
        return []
    cleared: list[int] = []
    earlier_held = False
    for milestone in _read_waiting(session, campaign_id, district_id):
        if live < milestone.threshold:
            break
        listed = list_members(session, milestone)
        set_aside(session, listed.broken, utcnow())
        if listed.gone or not listed.members:
            break  # taking them out opens the list, and wakes this again
        if _judge(session, milestone, listed, earlier_held):
            cleared.append(milestone.id)
        earlier_held = earlier_held or milestone.state == MilestoneState.HELD
    return cleared


def reopen(session: Session, campaign_id: int, districts: Sequence[int], now: datetime) -> None:
    """Open the judged lists of these districts that are not sealed, since one is about to change.

    - Runs in the transaction that changes them and holds their tallies. Deliveries that waited for
      staff are queued, so that the new list is looked at.
    """
    opened = session.scalars(
        update(Milestone)
        .where(
            Milestone.campaign_id == campaign_id,
            Milestone.district_id.in_(districts),
            Milestone.sealed_at.is_(None),
            Milestone.state != MilestoneState.REACHED,
        )
        .values(state=MilestoneState.REACHED)
        .returning(Milestone.id)
        .execution_options(synchronize_session=False)
    ).all()
    if opened:
        record_all(session, "milestone.reopened", "milestone", {id: {} for id in opened})
        queue_deliveries(session, opened, now)


def queue_deliveries(session: Session, milestone_ids: Sequence[int], now: datetime) -> None:
    """Queue the deliveries that were held with their milestone."""
    queued = session.scalars(
        update(Delivery)
        .where(
            Delivery.milestone_id.in_(milestone_ids),
            Delivery.state == DeliveryState.HELD,
            Delivery.reason == HoldReason.MILESTONE,
        )
        .values(state=DeliveryState.QUEUED, reason=None, due_at=now, letter_id=None)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    record_all(session, "delivery.queued", "delivery", {id: {} for id in queued})


def _read_waiting(session: Session, campaign_id: int, district_id: int) -> list[Milestone]:
    """Return the milestones that are not sealed, in their order, as they stand under the lock."""
    return list(
        session.scalars(
            select(Milestone)
            .where(
                Milestone.campaign_id == campaign_id,
                Milestone.district_id == district_id,
                Milestone.sealed_at.is_(None),
                ~Milestone.inherited,
            )
            .order_by(Milestone.number)
            .execution_options(populate_existing=True)
        )
    )


def list_members(session: Session, milestone: Milestone) -> Listed:
    """Return whom the milestone carries, with what is looked at."""
    before, was, here = aliased(LedgerEntry), aliased(District), aliased(District)
    moved = exists().where(
        before.signature_id == Signature.id,
        before.left_at.is_not(None),
        before.campaign_id == LedgerEntry.campaign_id,
        before.layer == LedgerEntry.layer,
        was.id == before.district_id,
        here.id == LedgerEntry.district_id,
        was.division_id != here.division_id,
        was.overlays == here.overlays,  # who moved under a district stays in it
        was.in_force,  # or other boundaries came, and nobody moved
    )
    rows = session.execute(
        select(
            LedgerEntry.ordinal,
            Signature.id,
            Signature.email_digest,
            Signature.person,
            Signature.confirmed_at,
            Signature.created_at,
            Signature.networks,
            Signature.loaded_form,
            Signature.form_at,
            Signature.batch,
            Signature.publish_comment,
            Signature.ended_at,
            moved.label("moved"),
        )
        .join(Signature, Signature.id == LedgerEntry.signature_id)
        .where(milestone.carries())
        .order_by(LedgerEntry.ordinal)
    ).all()
    digest = hashlib.sha256(
        " ".join(f"{row.ordinal}:{row.id}" for row in rows).encode()
    ).hexdigest()
    staying = [row for row in rows if row.ended_at is None and row.person.is_readable]
    members = [
        EvidenceMember(
            mailbox=row.email_digest,
            person=cast(Person, row.person),
            came_at=row.confirmed_at or row.created_at,
            networks=row.networks,
            loaded_form=row.loaded_form,
            form_at=row.form_at,
            batch=row.batch,
            moved=row.moved,
            prints_comment=row.publish_comment,
        )
        for row in staying
    ]
    ids = [row.id for row in staying]
    broken = [row.id for row in rows if row.ended_at is None and not row.person.is_readable]
    return Listed(digest, ids, members, len(members) < len(rows), broken)


def _judge(session: Session, milestone: Milestone, listed: Listed, earlier_held: bool) -> bool:
    """Write the verdict on a milestone; return whether it is cleared now and was not before."""
    if _stands(milestone, listed, earlier_held):
        if milestone.state == MilestoneState.HELD:
            _hold_deliveries(session, milestone.id)
        return False
    limits = get_settings().brake
    complete_at = max(member.came_at for member in listed.members)
    evidence = measure(listed.members, limits, _count_letters(session, milestone, complete_at))
    reasons = evidence.find_reasons(limits)
    if milestone.released_list == listed.digest:
        reasons = []  # a person has looked at these very members
    if earlier_held:
        reasons.append(HeldBecause.EARLIER)
    was = milestone.state
    state = MilestoneState.HELD if reasons else MilestoneState.CLEARED
    milestone.state = state
    milestone.judged_list = listed.digest
    milestone.judged_at = utcnow()
    milestone.evidence = evidence.write(reasons, limits)
    session.flush()
    detail: Detail = {"reasons": ", ".join(reasons)} if reasons else {}
    record(session, f"milestone.{state}", "milestone", milestone.id, detail=detail)
    if state == MilestoneState.HELD:
        _hold_deliveries(session, milestone.id)
        return False
    if was == MilestoneState.HELD:
        queue_deliveries(session, [milestone.id], utcnow())
    return True


def _stands(milestone: Milestone, listed: Listed, earlier_held: bool) -> bool:
    """Return whether the verdict that there is was given on this list, with the same before it."""
    if milestone.state == MilestoneState.REACHED or milestone.judged_list != listed.digest:
        return False
    reasons = (milestone.evidence or {}).get("reasons", [])
    return (HeldBecause.EARLIER in reasons) == earlier_held


def _count_letters(session: Session, milestone: Milestone, complete_at: datetime) -> int:
    """Return how many hundreds of the district were complete in the day up to then, this included.

    - By when their people signed: a backlog that is worked off in an hour is no rush of letters.
    """
    before = session.scalars(
        select(Milestone)
        .where(
            Milestone.campaign_id == milestone.campaign_id,
            Milestone.district_id == milestone.district_id,
            Milestone.number < milestone.number,
            Milestone.state != MilestoneState.REACHED,
            ~Milestone.inherited,
        )
        .order_by(Milestone.number.desc())
        .limit(MOST_LETTERS)
    )
    return 1 + sum(timedelta(0) <= complete_at - _find_complete(one) < DAY for one in before)


def _find_complete(milestone: Milestone) -> datetime:
    told = (milestone.evidence or {}).get("complete_at")
    return datetime.fromisoformat(told) if told else milestone.reached_at


def _hold_deliveries(session: Session, milestone_id: int) -> None:
    held = session.scalars(
        update(Delivery)
        .where(Delivery.milestone_id == milestone_id, Delivery.state == DeliveryState.QUEUED)
        .values(state=DeliveryState.HELD, reason=HoldReason.MILESTONE, due_at=None)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    detail: Detail = {"reason": HoldReason.MILESTONE}
    record_all(session, "delivery.held", "delivery", {id: detail for id in held})
