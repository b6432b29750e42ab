"""Keep the same people from being named in letters of one district after another.

A mailbox has one history in a campaign, whether its owner moved by a new address, by withdrawing
and signing again, by erasing and signing again, or by sharing it with a second person. It is judged
for each layer, by divisions, after a signature was located and before it is counted:

- In the division that it was counted in last, it has not moved. New boundaries are no move, nor is
  a correction before the first counting.
- If a letter of another division has named it, it waits in review. So it does if it had moved
  within the 90 days before, or if the other person with the mailbox is counted elsewhere.
- It has left the old district by then. It is counted in the new one once staff release it, or 90
  days after it began to wait, and is not judged again for the same move.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.locating.mailbox_history import (
    CountedBefore,
    History,
    Mover,
    find_same_mailbox,
    read_erased,
    read_rows,
)
from petition.locating.outcomes import Outcome, ReviewReason
from petition.models import District, Signature, SignatureState
from petition.models.signatures.relocation import MOVE_WAIT
from petition.models.signatures.signature import MOVES
from petition.transitions.signature_changes import change_signatures

BATCH = 500


def hold_movers(session: Session, claims: Sequence[Mover], outcomes: Sequence[Outcome]) -> None:
    """Set the review reason in the outcomes of signatures that moved too soon.

    - Runs in the transaction that writes them. One query if no mailbox was counted before.
    """
    now = utcnow()
    found = {
        claim.id: (claim, outcome)
        for claim, outcome in zip(claims, outcomes, strict=True)
        if outcome.reason is None and not outcome.retry and not _has_waited(claim, now)
    }
    if not found:
        return
    others = find_same_mailbox(
        session, list(found), [id for id, (claim, _) in found.items() if claim.shares]
    )
    erased = read_erased(session, [claim for claim, _ in found.values()], now)
    asked = [id for id, (claim, _) in found.items() if claim.moved or id in others or id in erased]
    if not asked:
        return
    rows = read_rows(session, {*asked, *(other for id in asked for other in others.get(id, ()))})
    divisions = _read_divisions(session, [found[id][1] for id in asked])
    for id in asked:
        claim, outcome = found[id]
        if rows[id] and not claim.moved:
            continue  # it was counted at this address: only the boundaries changed
        of: dict[bool, list[CountedBefore]] = {True: [], False: [*erased.get(id, ())]}
        for other, is_live in others.get(id, {}).items():
            of[is_live] += rows[other]
        here: dict[str, set[str]] = {}
        for layer, at in outcome.list_found():
            here.setdefault(layer, set()).add(divisions[at.district_id])
        outcome.reason = judge_move(here, History(rows[id], of[False], of[True]), now)


def judge_move(
    here: Mapping[str, Set[str]], history: History, now: datetime
) -> ReviewReason | None:
    """Return why a mailbox that is now in these divisions has to wait; None where it has not.

    - ``here``: the divisions of each layer, several where they overlap.
    - A letter that has named it takes precedence over other reasons.
    """
    reasons = {_judge_layer(among, history.keep(layer), now) for layer, among in here.items()}
    return next((reason for reason in ReviewReason if reason in reasons), None)


def end_waits(limit: int = BATCH) -> int:
    """Queue signatures whose wait is over to be located and counted; return how many."""
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
        ended = change_signatures(
            session,
            SignatureState.CONFIRMED,
            (SignatureState.REVIEW,),
            Signature.id.in_(chosen),
            *over,
            now=now,
            action="signature.wait_over",
        )
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
    """Return whether it left the district lately, and not because of new boundaries."""
    return row.left_at is not None and row.left_at > now - MOVE_WAIT and row.in_force


def _read_divisions(session: Session, outcomes: Iterable[Outcome]) -> dict[int, str]:
    ids = {found.district_id for outcome in outcomes for _, found in outcome.list_found()}
    rows = session.execute(select(District.id, District.division_id).where(District.id.in_(ids)))
    return {row.id: row.division_id for row in rows}
