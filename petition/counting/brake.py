"""The brake: judge a milestone before its letter is made, and hold it if it is suspicious.

- A verdict is for one exact list of members. The database refuses to change a judged list (see
  Milestone): code that changes it reopens the milestone first, and it is judged again.
- The milestones of a district are judged in order. While one is held, the later ones wait.
- Nothing is released after a time: staff release or invalidate (verdicts.py).
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
from petition.core.extensions import transaction
from petition.counting.evidence import DAY, EvidenceMember, HeldBecause, measure
from petition.counting.limits.campaign_limits import read_limits
from petition.models import (
    Delivery,
    District,
    HoldReason,
    LedgerEntry,
    Milestone,
    MilestoneState,
    Person,
    Signature,
)
from petition.transitions.delivery_changes import hold_queued, queue_held
from petition.transitions.tally_lock import lock_tally
from petition.transitions.unreadable_signatures import set_aside

# The most earlier milestones that are read when the letters of one day are counted.
MOST_LETTERS = 50


@dataclass(frozen=True, slots=True)
class MemberList:
    """The current members of a milestone, in order.

    - ``digest``: the SHA-256 of the member list.
    - ``gone``: some members have ended or cannot be decrypted, and the count does not reflect it
      yet; ``ids`` (of signatures) and ``members`` leave those out.
    - ``broken``: ids of the signatures that cannot be decrypted.
    """

    digest: str
    ids: list[int]
    members: list[EvidenceMember]
    gone: bool
    broken: list[int]


def look_at(milestone_id: int) -> list[int]:
    """Judge a milestone and the other open ones of its district; return the ids now cleared.

    - A verdict on an unchanged list stays. A milestone whose district is below its threshold is not
      judged.
    - Deliveries are held while their milestone is held, and queued when it is cleared after that.
    """
    with transaction() as session:
        milestone = session.get_one(Milestone, milestone_id)
        if milestone.sealed_at is not None or milestone.state == MilestoneState.CLEARED:
            return []
        return judge_district(session, milestone.campaign_id, milestone.district_id)


def judge_district(session: Session, campaign_id: int, district_id: int) -> list[int]:
    """Judge the open milestones of one district, in the caller's transaction; see ``look_at``."""
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
            break  # taking them out reopens the list and enqueues this again
        if _judge(session, milestone, listed, earlier_held):
            cleared.append(milestone.id)
        earlier_held = earlier_held or milestone.state == MilestoneState.HELD
    return cleared


def reopen(session: Session, campaign_id: int, districts: Sequence[int], now: datetime) -> None:
    """Reopen the judged, unsealed milestones of these districts before their lists change.

    - Runs in the transaction that changes the lists and that has locked the tallies. Deliveries
      that waited for staff are queued, so that the new list is judged.
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
    ).all()
    if opened:
        record_all(session, "milestone.reopened", "milestone", {id: {} for id in opened})
        queue_deliveries(session, opened, now)


def queue_deliveries(session: Session, milestone_ids: Sequence[int], now: datetime) -> None:
    """Queue the deliveries that were held with their milestone."""
    queue_held(session, HoldReason.MILESTONE, now, Delivery.milestone_id.in_(milestone_ids))


def _read_waiting(session: Session, campaign_id: int, district_id: int) -> list[Milestone]:
    """Return the unsealed milestones in order, re-read under the lock."""
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


def list_members(session: Session, milestone: Milestone) -> MemberList:
    """Return the members of the milestone, with the fields that are judged."""
    before, was, here = aliased(LedgerEntry), aliased(District), aliased(District)
    moved = exists().where(
        before.signature_id == Signature.id,
        before.left_at.is_not(None),
        before.campaign_id == LedgerEntry.campaign_id,
        before.layer == LedgerEntry.layer,
        was.id == before.district_id,
        here.id == LedgerEntry.district_id,
        was.division_id != here.division_id,
        was.overlays == here.overlays,  # from a district to its overlay is no move
        was.in_force,  # a district out of force changed its boundaries; the person did not move
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
    return MemberList(digest, ids, members, len(members) < len(rows), broken)


def _judge(session: Session, milestone: Milestone, listed: MemberList, earlier_held: bool) -> bool:
    """Write the verdict on a milestone; return whether it is cleared now and was not before."""
    if _is_current(milestone, listed, earlier_held):
        if milestone.state == MilestoneState.HELD:
            _hold_deliveries(session, milestone.id)
        return False
    limits = read_limits(session, milestone.campaign_id).in_force
    complete_at = max(member.came_at for member in listed.members)
    evidence = measure(listed.members, limits, _count_letters(session, milestone, complete_at))
    reasons = evidence.find_reasons(limits)
    if milestone.released_list == listed.digest:
        reasons = []  # staff have released exactly this list
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


def _is_current(milestone: Milestone, listed: MemberList, earlier_held: bool) -> bool:
    """Return whether the verdict is for this list and the same state of earlier milestones."""
    if milestone.state == MilestoneState.REACHED or milestone.judged_list != listed.digest:
        return False
    reasons = (milestone.evidence or {}).get("reasons", [])
    return (HeldBecause.EARLIER in reasons) == earlier_held


def _count_letters(session: Session, milestone: Milestone, complete_at: datetime) -> int:
    """Return how many milestones of the district were completed in the 24 hours up to this one.

    - By the time of signing, so that a backlog counted within an hour is not taken for a burst.
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
    complete_at = (milestone.evidence or {}).get("complete_at")
    return datetime.fromisoformat(complete_at) if complete_at else milestone.reached_at


def _hold_deliveries(session: Session, milestone_id: int) -> None:
    hold_queued(session, HoldReason.MILESTONE, Delivery.milestone_id == milestone_id)
