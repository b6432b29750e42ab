"""Look up addresses of signatures in review again, one or all of a review reason.

- The cached geocoder answers are deleted first: a cached answer such as "no such place" would
  otherwise be reused for an hour.
- All of a reason are queued in batches by ascending id, a transaction each. An interrupted run
  leaves the rest in review, and the next run continues with those.
- A row is changed only while it is in review for that reason: one resolved meanwhile by its signer
  or staff is left alone, and workers may locate the first rows while the last are still being
  queued.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, TextClause, func, select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.errors import Retryable
from petition.core.extensions import db, transaction
from petition.geocoding.chain import get_chain
from petition.locating.district_matching import read_address
from petition.locating.outcomes import ReviewReason
from petition.locating.review_queue import check_waiting
from petition.models import Person, Signature, SignatureState
from petition.models.campaigns.campaign import find_campaign_id
from petition.models.signatures.person import skip_broken
from petition.models.signatures.signature import UNCOUNTED
from petition.transitions.signature_changes import change_signatures

BATCH = 500
# Called with the number of signatures processed and the total.
OnProgress = Callable[[int, int], None]
_Condition = ColumnElement[bool] | TextClause


class AnswersKept(Retryable):
    """The cached geocoder answers could not be deleted, so the geocoders would not be asked."""

    code = "answers-kept"

    def __init__(self, again: int = 0) -> None:
        super().__init__(
            "Redis does not answer, so earlier answers of geocoders are not forgotten and may be "
            f"used for another hour. Looked up again: {again:,}. Run this again once Redis "
            "answers."
        )


@dataclass(frozen=True, slots=True)
class Retried:
    """How many signatures were in review for a reason, and how many were queued again."""

    waited: int
    again: int


def look_again(signature_id: int, actor: str) -> bool:
    """Queue a signature in review to be looked up again.

    - Returns False where Redis was unavailable, so that a cached answer may be reused.
    - Raises NotFound or NotInReview.
    """
    signature = check_waiting(db.session.get(Signature, signature_id))
    forgotten = _forget([signature.person])
    with transaction() as session:
        check_waiting(session.get(Signature, signature_id, with_for_update=True))
        _queue_rows(session, [signature_id], actor)
    return forgotten


def look_all_again(
    reason: ReviewReason,
    actor: str,
    *,
    campaign: str | None = None,
    dry_run: bool = False,
    tell: OnProgress = lambda seen, waited: None,
) -> Retried:
    """Queue all signatures in review for a reason to be looked up again.

    - ``campaign``: a slug, to limit it to one.
    - Signatures that go to review meanwhile are left alone.
    - Raises NotFound for an unknown campaign, and AnswersKept while Redis is unavailable.
    """
    wanted = _build_conditions(reason, campaign)
    waited, last = _count_waiting(wanted)
    again = seen = after = 0
    while not dry_run and after < last:
        batch = _read_batch(wanted, after, last)
        if not batch:
            break
        if not _forget([person for _, person in batch]):
            raise AnswersKept(again)
        with transaction() as session:
            again += _queue_rows(session, [id for id, _ in batch], actor, *wanted)
        after, seen = batch[-1][0], seen + len(batch)
        tell(seen, waited)
    return Retried(waited, again)


def _count_waiting(wanted: Sequence[_Condition]) -> tuple[int, int]:
    """Return how many are in review now, and the highest id."""
    query = select(func.count(), func.coalesce(func.max(Signature.id), 0)).where(*wanted)
    waited, last = db.session.execute(query).one()
    db.session.rollback()
    return waited, last


def _build_conditions(reason: ReviewReason, campaign: str | None) -> list[_Condition]:
    wanted: list[_Condition] = [
        UNCOUNTED,
        Signature.state == SignatureState.REVIEW,
        Signature.review_reason == reason,
    ]
    if campaign is not None:
        wanted.append(Signature.campaign_id == find_campaign_id(db.session(), campaign))
    return wanted


def _read_batch(
    wanted: Sequence[_Condition], after: int, last: int
) -> list[tuple[int, Person | None]]:
    rows = db.session.execute(
        select(Signature.id, Signature.person)
        .where(*wanted, Signature.id > after, Signature.id <= last)
        .order_by(Signature.id)
        .limit(BATCH)
    ).all()
    db.session.rollback()
    return [(row.id, row.person) for row in rows]


def _forget(people: Sequence[Person | None]) -> bool:
    """Delete the cached geocoder answers of these people; return False if Redis is unavailable."""
    readable = [person for person in map(skip_broken, people) if person is not None]
    return get_chain().forget([read_address(person) for person in readable])


def _queue_rows(session: Session, ids: Sequence[int], actor: str, *still: _Condition) -> int:
    """Make the rows that ``still`` match due to be located; return how many."""
    held = session.scalars(
        select(Signature.id)
        .where(Signature.id.in_(ids), *still)
        .order_by(Signature.id)
        .with_for_update()
    ).all()
    queued = change_signatures(
        session,
        SignatureState.CONFIRMED,
        (SignatureState.REVIEW,),
        Signature.id.in_(held),
        now=utcnow(),
        action="signature.looked_up_again",
        actor=actor,
    )
    return len(queued)
