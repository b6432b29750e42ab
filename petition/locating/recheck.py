"""Looks again at signatures whose county was told by the middle of a ZIP, a town or a long street.

- Where the ZIP tells the same county, only how it was found is written anew.
- Where it tells another or none, they are located once more: counted there, or in review until
  they have said where they live. Until then they stay in the count where they were.
- Whoever is located once more has a mail planned that asks them, in the same transaction: it goes
  once, and only if they are in review then (petition/notifications/mail_content.py).
- Whom a letter that has gone names stays where they are.
- Batch by batch; a second run changes nothing more.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import case, true, update
from sqlalchemy.orm import Session

from petition.audit.trail import record_all
from petition.core.clock import utcnow
from petition.core.database import hold_boundaries, insert_into
from petition.core.extensions import transaction
from petition.locating.outcomes import FoundBy
from petition.locating.point_placements import (
    PLACED,
    Recheck,
    count_placed,
    foresee,
    is_named,
    judge,
    read_batch,
)
from petition.models import Layer, Mail, MailKind, Placement, Signature, SignatureState

# Is told how many signatures were looked at, of how many.
Tell = Callable[[int, int], None]


def recheck_counties(
    *, dry_run: bool = False, actor: str = "cli", tell: Tell | None = None
) -> Recheck:
    """Look again at all signatures whose county a point told; see above.

    - ``dry_run``: only say what would come of it; nobody waits for that.
    - Raises BoundariesUnavailable while no polygons are in force.
    """
    found, seen, total = Recheck(), 0, count_placed()
    for number, one in foresee() if dry_run else _go_through(actor):
        found, seen = found + one, seen + number
        if tell is not None:
            tell(seen, total)
    return found


def _go_through(actor: str) -> Iterator[tuple[int, Recheck]]:
    last = 0
    while True:
        with transaction() as session:
            hold_boundaries(session)
            rows = read_batch(session, last)
            if not rows:
                return
            found = judge(session, rows)
            for found_by, ids in found.told.items():
                _write_how(session, ids, found_by)
            found.again = _locate_again(session, found.again, actor)
        last = rows[-1].id
        yield len(rows), found.count()


def _write_how(session: Session, ids: Sequence[int], found_by: FoundBy) -> None:
    session.execute(
        update(Placement)
        .where(Placement.signature_id.in_(ids), Placement.layer == Layer.COUNTY)
        .values(found_by=found_by)
        .execution_options(synchronize_session=False)
    )


def _locate_again(session: Session, ids: Sequence[int], actor: str) -> list[int]:
    now = utcnow()
    called = session.scalars(
        update(Signature)
        .where(Signature.id.in_(ids), Signature.state.in_(PLACED), ~is_named())
        .values(
            state=SignatureState.CONFIRMED,
            relocated=case(
                (Signature.state == SignatureState.COUNTED, true()), else_=Signature.relocated
            ),
            due_at=now,
            tries=Signature.tries + 1,  # no worker of an earlier try may still write
        )
        .returning(Signature.id)
        .execution_options(synchronize_session=False)
    ).all()
    action = "signature.looked_up_again"
    record_all(session, action, "signature", {id: {} for id in called}, actor=actor)
    _plan_questions(session, called, now)
    return list(called)


def _plan_questions(session: Session, ids: Sequence[int], now: datetime) -> None:
    """Plan the mail that asks where they live; one that was planned before stays as it is."""
    if not ids:
        return
    session.execute(
        insert_into(session, Mail).on_conflict_do_nothing(),
        [
            {"signature_id": id, "kind": MailKind.QUESTION, "created_at": now, "due_at": now}
            for id in ids
        ],
    )
