"""A person's decisions to allow or strike comments.

A decision locks the districts' tallies, as counting and sending do: a decision reported as in time
is in the letter, and one that came too late is reported as such.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session

from petition.audit.reasons import read_reason
from petition.audit.trail import record_all
from petition.comments.comment_list import mark_seen
from petition.comments.comment_problems import CommentProblem
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, Problem, UserError
from petition.core.extensions import transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.models import (
    CommentState,
    Delivery,
    DeliveryState,
    LedgerEntry,
    Milestone,
    Signature,
    SignatureState,
    Tally,
)
from petition.models.counts.tally import CARRIED
from petition.models.signatures.person import skip_broken
from petition.moderation.printable_words import read_words
from petition.moderation.text_folding import make_same

MOST_AT_ONCE = 1000  # rows given by the caller
MOST_ALIKE = 10_000  # identical ones besides; SQLite allows 32,766 values in a statement


class CommentChanged(UserError):
    """The comment differs from the one that was read, or is no longer to be printed."""

    code = "comment-changed"
    status = 409


@dataclass(frozen=True, slots=True)
class DecidedComment:
    """The result of a decision.

    - ``ids``: the signatures whose comment changed state. ``gone``: those whose letter had been
      sent.
    - ``milestones``: the hundreds that waited for nothing else, to be rendered now.
    """

    ids: list[int]
    gone: list[int]
    milestones: list[int]


def decide(
    ids: Sequence[int],
    verdict: CommentState,
    actor: str,
    why: str = "",
    *,
    same: bool = False,
    seen: Mapping[int, str] | None = None,
    within: Collection[int] | None = None,
) -> DecidedComment:
    """Allow or strike the comments of some signatures; those in this state already are unchanged.

    - ``same``: also those of all others in the campaign who wrote the same. ``seen``: the hash of
      each comment that was read (``CommentRow.seen``); without it, the current comments.
    - ``within``: the ids of the campaigns that may be decided on, None: all; others are not found.
    - ``why`` is required to strike. It is recorded, with the actor and the time, but no comment is.
    - A decision can be reversed by another at any time; it changes the letters that are not being
      sent yet.
    - Raises InvalidInput, NotFound or CommentChanged if one of them cannot be decided; then none is
      changed.
    """
    reason = _check(ids, verdict, why)
    now = utcnow()
    with transaction() as session:
        chosen = _lock(session, sorted(set(ids)), within)
        _check_seen(chosen, seen or {})
        if same:
            chosen |= _find_same(session, chosen)
        changed = sorted(
            row.id
            for row in chosen.values()
            if row.comment_state != verdict or row.comment_decided_at is None
        )
        # Locks signatures before tallies, as counting does: another order would cause deadlocks.
        gone = _find_gone(session, changed)
        _write(session, changed, verdict, now)
        detail: dict[str, str] = {"why": reason} if reason else {}
        details = {signature_id: detail for signature_id in changed}
        record_all(session, f"comment.{verdict}", "signature", details, actor=actor)
        due = _make_due(session, changed, now)
        for milestone_id in due:
            wake_after_commit(session, Stage.RENDER, milestone_id)
        return DecidedComment(changed, gone, due)


def _check(ids: Sequence[int], verdict: CommentState, why: str) -> str:
    if verdict is CommentState.WAITING:
        raise InvalidInput({"verdict": Problem(CommentProblem.VERDICT_MISSING)})
    if not ids:
        raise InvalidInput({"ids": Problem(CommentProblem.NONE_TICKED)})
    if len(ids) > MOST_AT_ONCE:
        raise InvalidInput({"ids": Problem(CommentProblem.TOO_MANY, {"most": MOST_AT_ONCE})})
    missing = CommentProblem.WHY_MISSING if verdict is CommentState.STRUCK else None
    return read_reason(why, missing, CommentProblem.WHY_LONG)


def _lock(
    session: Session, ids: Sequence[int], within: Collection[int] | None
) -> dict[int, Signature]:
    rows = session.scalars(
        select(Signature).where(Signature.id.in_(ids)).order_by(Signature.id).with_for_update()
    )
    found = {row.id: row for row in rows}
    for signature_id in ids:
        row = found.get(signature_id)
        if row is None or row.state == SignatureState.PENDING or row.comment_state is None:
            raise NotFound(CommentProblem.NOTHING_TO_DECIDE, signature_id=signature_id)
        if within is not None and row.campaign_id not in within:
            raise NotFound(CommentProblem.NOTHING_TO_DECIDE, signature_id=signature_id)
        if row.ended_at is not None or skip_broken(row.person) is None or not row.publish_comment:
            raise CommentChanged(CommentProblem.TAKEN_BACK, signature_id=signature_id)
    return found


def _check_seen(chosen: Mapping[int, Signature], seen: Mapping[int, str]) -> None:
    for signature_id, mark in seen.items():
        row = chosen.get(signature_id)
        person = skip_broken(row.person) if row is not None else None
        if person is not None and mark_seen(person.comment) != mark:
            raise CommentChanged(CommentProblem.CHANGED, signature_id=signature_id)


def _find_same(session: Session, chosen: Mapping[int, Signature]) -> dict[int, Signature]:
    """Return the other signatures of each campaign with the same comment, locked in order of id."""
    wanted: dict[int, set[str]] = {}
    for row in chosen.values():
        if (person := skip_broken(row.person)) is not None:
            wanted.setdefault(row.campaign_id, set()).add(make_same(person.comment))
    written = (
        select(Signature.id, Signature.campaign_id, Signature.person)
        .where(
            Signature.campaign_id.in_(wanted),
            Signature.comment_state.is_not(None),
            Signature.publish_comment,
            Signature.ended_at.is_(None),
            Signature.state != SignatureState.PENDING,
            Signature.id.not_in(chosen),
        )
        .execution_options(yield_per=1000)
    )
    alike = [
        row.id
        for row in session.execute(written)
        if (person := skip_broken(row.person)) is not None
        and make_same(person.comment) in wanted[row.campaign_id]
    ]
    # The rest is listed again, as one row.
    return _lock_unchanged(session, alike[:MOST_ALIKE], wanted)


def _lock_unchanged(
    session: Session, ids: Sequence[int], wanted: Mapping[int, set[str]]
) -> dict[int, Signature]:
    rows = session.scalars(
        select(Signature).where(Signature.id.in_(ids)).order_by(Signature.id).with_for_update()
    )
    return {
        row.id: row
        for row in rows
        if row.comment_state is not None
        and row.publish_comment
        and (person := skip_broken(row.person)) is not None
        and make_same(person.comment) in wanted[row.campaign_id]
    }


def _find_gone(session: Session, ids: Sequence[int]) -> list[int]:
    """Return the signatures whose letters are all sealed; locks the tallies of their districts."""
    entries = session.execute(
        select(LedgerEntry.signature_id, LedgerEntry.campaign_id, LedgerEntry.district_id)
        .where(LedgerEntry.signature_id.in_(ids), LedgerEntry.left_at.is_(None))
        .order_by(LedgerEntry.campaign_id, LedgerEntry.district_id)
    ).all()
    places = sorted({(row.campaign_id, row.district_id) for row in entries})
    session.execute(
        select(Tally.live)
        .where(tuple_(Tally.campaign_id, Tally.district_id).in_(places))
        .order_by(Tally.campaign_id, Tally.district_id)
        .with_for_update()
    ).all()
    sealed = session.execute(
        select(
            LedgerEntry.signature_id,
            func.count().label("counted"),
            func.count(Milestone.sealed_at).label("sealed"),
        )
        .outerjoin(Milestone, CARRIED)
        .where(LedgerEntry.signature_id.in_(ids), LedgerEntry.left_at.is_(None))
        .group_by(LedgerEntry.signature_id)
        .order_by(LedgerEntry.signature_id)
    )
    return [row.signature_id for row in sealed if row.counted == row.sealed]


def _write(session: Session, ids: Sequence[int], verdict: CommentState, now: datetime) -> None:
    session.execute(
        update(Signature)
        .where(Signature.id.in_(ids))
        .values(comment_state=verdict, comment_decided_at=now)
    )
    session.expire_all()


def _make_due(session: Session, ids: Sequence[int], now: datetime) -> list[int]:
    """Make the hundreds due that waited for these comments and now wait for none."""
    naming = (
        select(Milestone.id)
        .join(LedgerEntry, CARRIED)
        .where(
            LedgerEntry.signature_id.in_(ids),
            LedgerEntry.left_at.is_(None),
            Milestone.sealed_at.is_(None),
        )
    )
    waiting = session.scalars(
        select(Milestone).where(Milestone.id.in_(naming)).order_by(Milestone.id)
    ).all()
    free = [milestone.id for milestone in waiting if not read_words(session, milestone).waiting]
    made = session.scalars(
        update(Delivery)
        .where(
            Delivery.milestone_id.in_(free),
            Delivery.state == DeliveryState.QUEUED,
            Delivery.due_at > now,
        )
        .values(due_at=now)
        .returning(Delivery.milestone_id)
    )
    return sorted(set(made))
