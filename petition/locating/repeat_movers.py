"""Keeps the same people from being named in one district after another.

A mailbox has one history in a campaign, however its owner came to be elsewhere: by another address,
by withdrawing and signing again, by erasing and signing again, by sharing it with a second person.
It is judged layer by layer, by divisions, when a signature was located and before it is counted:

- In the division that it was counted in last, it has not moved. New boundaries move nobody, nor
  does a correction before the first counting.
- Where a letter of another division has named it, it waits in review. So it does where it had moved
  within 90 days before, and where the other person who shares the mailbox is counted elsewhere.
- It has left the old district then. It is counted in the new one once staff have settled it, or 90
  days after it began to wait, and not judged again for the same move.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from petition.audit.trail import record_all
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.locating.mailbox_history import (
    CountedBefore,
    History,
    Mover,
    find_kin,
    read_erased,
    read_rows,
)
from petition.locating.outcomes import Outcome, ReviewReason
from petition.models import District, Signature, SignatureState
from petition.models.relocation import MOVE_WAIT
from petition.models.signature import MOVES

BATCH = 500


def hold_movers(session: Session, claims: Sequence[Mover], outcomes: Sequence[Outcome]) -> None:
    """Give the outcomes of those who have moved too soon the reason for which they wait.

    - Runs in the transaction that writes them. Where nobody was here before: one look-up.
    """
    now = utcnow()
    found = {
        claim.id: (claim, outcome)
        for claim, outcome in zip(claims, outcomes, strict=True)
        if outcome.reason is None and not outcome.retry and not _has_waited(claim, now)
    }
    if not found:
        return
    kin = find_kin(session, list(found), [id for id, (claim, _) in found.items() if claim.shares])
    erased = read_erased(session, [claim for claim, _ in found.values()], now)
    asked = [id for id, (claim, _) in found.items() if claim.moved or id in kin or id in erased]
    if not asked:
        return
    rows = read_rows(session, {*asked, *(other for id in asked for other in kin.get(id, ()))})
    divisions = _read_divisions(session, [found[id][1] for id in asked])
    for id in asked:
        claim, outcome = found[id]
        if rows[id] and not claim.moved:
            continue  # it was counted at this address: others drew the boundaries anew
        of: dict[bool, list[CountedBefore]] = {True: [], False: [*erased.get(id, ())]}
        for other, is_live in kin.get(id, {}).items():
            of[is_live] += rows[other]
        here: dict[str, set[str]] = {}
        for layer, at in outcome.list_found():
            here.setdefault(layer, set()).add(divisions[at.district_id])
        outcome.reason = judge_move(here, History(rows[id], of[False], of[True]), now)


def judge_move(
    here: Mapping[str, Set[str]], history: History, now: datetime
) -> ReviewReason | None:
    """Return why a mailbox has to wait that is now in these divisions; None where it has not.

    - ``here``: the divisions of each layer, several where they lie over each other.
    - That a letter has named it comes before other reasons.
    """
    reasons = {_judge_layer(among, history.keep(layer), now) for layer, among in here.items()}
    return next((reason for reason in ReviewReason if reason in reasons), None)


def end_waits(limit: int = BATCH) -> int:
    """Have those located anew whose wait is over, to be counted then; return how many."""
    now = utcnow()
    over = (
        Signature.waits_until <= now,
        Signature.state == SignatureState.REVIEW,
        Signature.review_reason.in_(MOVES),
    )
    if db.session.scalar(select(Signature.id).where(*over).limit(1)) is None:
        return 0
    with transaction() as session:
        chosen = select(Signature.id).where(*over).limit(limit).with_for_update(skip_locked=True)
        ended = session.scalars(
            update(Signature)
            .where(Signature.id.in_(chosen), *over)
            .values(state=SignatureState.CONFIRMED, due_at=now, tries=Signature.tries + 1)
            .returning(Signature.id)
            .execution_options(synchronize_session=False)
        ).all()
        record_all(session, "signature.wait_over", "signature", {id: {} for id in ended})
    return len(ended)


def _has_waited(claim: Mover, now: datetime) -> bool:
    return claim.waits_until is not None and claim.waits_until <= now


def _judge_layer(here: Set[str], history: History, now: datetime) -> ReviewReason | None:
    own, former, beside = history.own, history.former, history.beside
    known = own or former
    latest = max((row.joined_at for row in known), default=now)
    last = {row.division_id for row in known if row.joined_at == latest}
    if last and last <= here:
        return None
    if any(row.named and row.division_id not in here for row in (*own, *former, *beside)):
        return ReviewReason.MOVED_AFTER_LETTER
    if any(_is_recent_move(row, now) and row.division_id not in last for row in (*own, *former)):
        return ReviewReason.MOVED_TWICE
    if any(row.left_at is None and row.division_id not in here for row in beside):
        return ReviewReason.MAILBOX_ELSEWHERE
    return None


def _is_recent_move(row: CountedBefore, now: datetime) -> bool:
    """Return whether it was left lately, and not because other boundaries came into force."""
    return row.left_at is not None and row.left_at > now - MOVE_WAIT and row.in_force


def _read_divisions(session: Session, outcomes: Iterable[Outcome]) -> dict[int, str]:
    ids = {found.district_id for outcome in outcomes for _, found in outcome.list_found()}
    rows = session.execute(select(District.id, District.division_id).where(District.id.in_(ids)))
    return {row.id: row.division_id for row in rows}
