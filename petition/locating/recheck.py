"""Recheck signatures whose county was decided by the center of a ZIP, a town or a long street.

- Where the ZIP gives the same county, only ``found_by`` is updated.
- Where it gives another or none, they are located again: counted there, or in review until their
  signers have said where they live. Until then they stay in the old count.
- For each signature located again a mail that asks its signer is planned in the same transaction:
  it is sent once, and only if the signature is in review then
  (petition/notifications/mail_content.py).
- Signatures named by a sent letter stay.
- In batches; a second run changes nothing more.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.database import hold_boundaries, insert_into
from petition.core.extensions import transaction
from petition.locating.outcomes import FoundBy
from petition.locating.point_placements import (
    PLACED,
    Recheck,
    count_placed,
    is_named,
    judge,
    preview_batches,
    read_batch,
)
from petition.models import Layer, Mail, MailKind, Placement, Signature, SignatureState
from petition.transitions.signature_changes import change_signatures

# Called with the number of signatures checked and the total.
OnProgress = Callable[[int, int], None]


def recheck_counties(
    *, dry_run: bool = False, actor: str = "cli", tell: OnProgress | None = None
) -> Recheck:
    """Recheck all signatures whose county a point decided; see above.

    - ``dry_run``: only report what would change, without locks.
    - Raises BoundariesUnavailable while no polygons are in force.
    """
    found, seen, total = Recheck(), 0, count_placed()
    for number, one in preview_batches() if dry_run else _recheck_batches(actor):
        found, seen = found + one, seen + number
        if tell is not None:
            tell(seen, total)
    return found


def _recheck_batches(actor: str) -> Iterator[tuple[int, Recheck]]:
    last = 0
    while True:
        with transaction() as session:
            hold_boundaries(session)
            rows = read_batch(session, last)
            if not rows:
                return
            found = judge(session, rows)
            for found_by, ids in found.told.items():
                _set_found_by(session, ids, found_by)
            found.again = _locate_again(session, found.again, actor)
        last = rows[-1].id
        yield len(rows), found.count()


def _set_found_by(session: Session, ids: Sequence[int], found_by: FoundBy) -> None:
    session.execute(
        update(Placement)
        .where(Placement.signature_id.in_(ids), Placement.layer == Layer.COUNTY)
        .values(found_by=found_by)
    )


def _locate_again(session: Session, ids: Sequence[int], actor: str) -> list[int]:
    now = utcnow()
    called = change_signatures(
        session,
        SignatureState.CONFIRMED,
        PLACED,
        Signature.id.in_(ids),
        ~is_named(),
        now=now,
        action="signature.looked_up_again",
        actor=actor,
    )
    _plan_questions(session, called, now)
    return called


def _plan_questions(session: Session, ids: Sequence[int], now: datetime) -> None:
    """Plan the mail that asks where they live; an existing one is not changed."""
    if not ids:
        return
    session.execute(
        insert_into(session, Mail).on_conflict_do_nothing(),
        [
            {"signature_id": id, "kind": MailKind.QUESTION, "created_at": now, "due_at": now}
            for id in ids
        ],
    )
