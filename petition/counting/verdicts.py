"""What staff decide about a milestone: release it, reject forged signatures, put them back.

Each requires a reason, which is stored in the events, and is safe to repeat.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from petition.audit.reasons import read_reason
from petition.audit.trail import record
from petition.core.brake_limits import BrakeLimits
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, Problem, UserError
from petition.core.extensions import db, transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.counting.brake import MemberList, judge_district, list_members
from petition.counting.counting_problems import CountingProblem
from petition.counting.departures import lock_tallies, take_out
from petition.counting.evidence import HeldBecause, measure
from petition.counting.limits.campaign_limits import read_limits
from petition.models import LedgerEntry, Milestone, MilestoneState, Signature, SignatureState
from petition.models.signatures.signature import UNCOUNTED
from petition.models.states import LIVE
from petition.transitions.signature_changes import change_signatures
from petition.transitions.tally_lock import lock_tally

# How long a rejected signature is kept (petition/retention/ended_signatures.py).
KEPT_FOR = timedelta(days=30)
FORGED = "forged"  # the reject_reason of signatures that can be put back


@dataclass(frozen=True, slots=True)
class DecidedMilestone:
    """A decision's result: the number of signatures, and milestones whose letters are due."""

    signatures: int
    milestones: list[int]


def release(
    milestone_id: int, why: str, actor: str, judged_list: str | None = None
) -> DecidedMilestone:
    """Release a held milestone, with exactly the members that it was judged on.

    - ``judged_list``: the list that the caller saw; None takes that of the present verdict.
    - Raises NotFound, InvalidInput without ``why``, and UserError where it is not held, waits only
      for an earlier one, or has other members now.
    """
    reason = read_reason(why, CountingProblem.WHY_MISSING, None)
    with transaction() as session:
        milestone = _open(session, milestone_id)
        lock_tally(session, milestone.campaign_id, milestone.district_id)
        session.refresh(milestone)
        if milestone.state != MilestoneState.HELD:
            raise UserError(CountingProblem.MILESTONE_NOT_HELD, state=milestone.state)
        if judged_list is not None and judged_list != milestone.judged_list:
            raise UserError(CountingProblem.MILESTONE_CHANGED)
        listed = list_members(session, milestone)
        if listed.digest != milestone.judged_list or listed.gone:
            raise UserError(CountingProblem.MILESTONE_CHANGED)
        if (milestone.evidence or {}).get("reasons") == [HeldBecause.EARLIER.value]:
            raise UserError(CountingProblem.EARLIER_WAITS)
        milestone.released_list = milestone.judged_list
        milestone.judged_list = None  # so that it is judged again, with ``released_list`` set
        session.flush()
        record(
            session,
            "milestone.released",
            "milestone",
            milestone_id,
            actor=actor,
            detail={"why": reason},
        )
        cleared = judge_district(session, milestone.campaign_id, milestone.district_id)
        _wake_rendering(session, cleared)
        return DecidedMilestone(len(listed.ids), cleared)


def invalidate(
    milestone_id: int, why: str, actor: str, only: HeldBecause | None = None
) -> DecidedMilestone:
    """Reject the signatures of a milestone as forged, out of every count and unsealed letter.

    - ``only``: the members that this check found, and all who share a mailbox with them; None: all.
    - They can be put back for 30 days. Raises NotFound, InvalidInput, and UserError where its
      letter has been sent or no member matches.
    """
    reason = read_reason(why, CountingProblem.WHY_MISSING, None)
    now = utcnow()
    with transaction() as session:
        milestone = _open(session, milestone_id)
        # Lock all tallies concerned in one statement, to keep the order of locks.
        around = select(LedgerEntry.district_id).where(
            LedgerEntry.signature_id.in_(
                select(LedgerEntry.signature_id).where(milestone.carries())
            ),
            LedgerEntry.left_at.is_(None),
        )
        lock_tallies(session, milestone.campaign_id, around)
        session.refresh(milestone)
        if milestone.sealed_at is not None:
            raise UserError(CountingProblem.LETTER_SENT)
        limits = read_limits(session, milestone.campaign_id).in_force
        ids = _choose(list_members(session, milestone), only, limits)
        rejected = _reject(session, ids, milestone_id, now)
        if not rejected:
            raise UserError(CountingProblem.NOBODY_MEANT)
        whom = LedgerEntry.signature_id.in_(rejected)
        due = take_out(session, milestone.campaign_id, whom, now)
        record(
            session,
            "milestone.invalidated",
            "milestone",
            milestone_id,
            actor=actor,
            detail={"why": reason, "signatures": len(rejected), "only": only or "all"},
        )
        milestones = sorted({*due, milestone_id})
        _wake_rendering(session, milestones)
        return DecidedMilestone(len(rejected), milestones)


def put_back(milestone_id: int, why: str, actor: str) -> DecidedMilestone:
    """Confirm the signatures rejected with a milestone; they are located and counted again.

    - Within 30 days, and never into a letter that was sent. People who have signed again since are
      left out.
    - Raises NotFound, InvalidInput, and UserError where nobody is left to put back.
    """
    reason = read_reason(why, CountingProblem.WHY_MISSING, None)
    now = utcnow()
    with transaction() as session:
        milestone = _open(session, milestone_id)
        ids = _find_rejected(session, milestone.campaign_id, milestone_id, now)
        if not ids:
            raise UserError(CountingProblem.NOBODY_TO_PUT_BACK)
        back = change_signatures(
            session,
            SignatureState.CONFIRMED,
            (SignatureState.REJECTED,),
            Signature.id.in_(ids),
            now=now,
            action="signature.put_back",
            actor=actor,
            reject_reason=None,
            invalidated_with=None,
        )
        record(
            session,
            "milestone.put_back",
            "milestone",
            milestone_id,
            actor=actor,
            detail={"why": reason, "signatures": len(back)},
        )
        return DecidedMilestone(len(back), [])


def _wake_rendering(session: Session, milestone_ids: Iterable[int]) -> None:
    for milestone_id in milestone_ids:
        wake_after_commit(session, Stage.RENDER, milestone_id)


def count_group(milestone_id: int, only: HeldBecause | None) -> int:
    """Return how many signatures ``invalidate`` would reject; raises NotFound."""
    milestone = _open(db.session(), milestone_id)
    limits = read_limits(db.session(), milestone.campaign_id).in_force
    number = len(_choose(list_members(db.session(), milestone), only, limits))
    db.session.rollback()
    return number


def _open(session: Session, milestone_id: int) -> Milestone:
    milestone = session.get(Milestone, milestone_id)
    if milestone is None:
        raise NotFound(CountingProblem.MILESTONE_NOT_FOUND)
    return milestone


def _choose(listed: MemberList, only: HeldBecause | None, limits: BrakeLimits) -> list[int]:
    if only is None or not listed.members:
        return listed.ids
    evidence = measure(listed.members, limits, 0)
    group = evidence.groups.get(only)
    if group is None:
        raise InvalidInput({"only": Problem(CountingProblem.EVIDENCE_UNKNOWN, {"only": only})})
    mailboxes = {listed.members[evidence.firsts[place]].mailbox for place in group.places}
    return [
        signature_id
        for signature_id, member in zip(listed.ids, listed.members, strict=True)
        if member.mailbox in mailboxes
    ]


def _find_rejected(
    session: Session, campaign_id: int, milestone_id: int, now: datetime
) -> list[int]:
    """Return the signatures rejected with it whose signer has not signed again since, locked."""
    again = aliased(Signature)
    found = (
        select(Signature.id)
        .where(
            Signature.campaign_id == campaign_id,
            Signature.state == SignatureState.REJECTED,
            UNCOUNTED,
            Signature.invalidated_with == milestone_id,
            Signature.ended_at > now - KEPT_FOR,
            ~exists().where(
                again.campaign_id == Signature.campaign_id,
                again.email_digest == Signature.email_digest,
                again.seat == Signature.seat,
                again.ended_at.is_(None),
            ),
        )
        .order_by(Signature.id)
        .with_for_update()
    )
    return list(session.scalars(found))


def _reject(session: Session, ids: list[int], milestone_id: int, now: datetime) -> list[int]:
    return change_signatures(
        session,
        SignatureState.REJECTED,
        LIVE,
        Signature.id.in_(ids),
        now=now,
        action="signature.invalidated",
        detail={"milestone": milestone_id},
        reject_reason=FORGED,
        invalidated_with=milestone_id,
        due_at=None,
        relocated=False,
    )
