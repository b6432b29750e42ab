"""Has addresses of signatures in review looked up once more, one or all that wait for a reason.

- What geocoders said of them before is forgotten first: an answer that is kept, such as "no such
  place", would otherwise be taken again for an hour.
- All of a reason go batch by batch, each a transaction of its own, in the order of their numbers.
  A run that was ended leaves the rest in review, and another one goes on with those.
- A row is changed only while it is in review for that reason: one that its signer or somebody else
  settles meanwhile is theirs, and a worker may look up the first while the last are still changed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, TextClause, func, select, update
from sqlalchemy.orm import Session

from petition.audit.trail import record_all
from petition.core.clock import utcnow
from petition.core.errors import Retryable
from petition.core.extensions import db, transaction
from petition.geocoding.chain import get_chain
from petition.locating.district_matching import read_address
from petition.locating.outcomes import ReviewReason
from petition.locating.review_queue import check_waiting
from petition.models import Person, Signature, SignatureState
from petition.models.campaign import find_campaign_id
from petition.models.person import skip_broken
from petition.models.signature import UNCOUNTED

BATCH = 500
# Is told how many signatures were gone through, of how many.
Tell = Callable[[int, int], None]
_Condition = ColumnElement[bool] | TextClause


class AnswersKept(Retryable):
    """What geocoders said before could not be forgotten, so they would not be asked."""

    code = "answers-kept"

    def __init__(self, again: int = 0) -> None:
        super().__init__(
            "Redis does not answer, so what geocoders said before is not forgotten and may be "
            f"taken for an hour. {again:,} were looked up again; run this once more when it does."
        )


@dataclass(frozen=True, slots=True)
class Retried:
    """How many signatures waited for a reason, and how many of them are looked up once more."""

    waited: int
    again: int


def look_again(signature_id: int, actor: str) -> bool:
    """Have the address of a signature in review looked up once more.

    - Returns False where Redis was away, so that an answer that it keeps may be taken again.
    - Raises NotFound or NotInReview.
    """
    signature = check_waiting(db.session.get(Signature, signature_id))
    forgotten = _forget([signature.person])
    with transaction() as session:
        check_waiting(session.get(Signature, signature_id, with_for_update=True))
        _call(session, [signature_id], actor)
    return forgotten


def look_all_again(
    reason: ReviewReason,
    actor: str,
    *,
    campaign: str | None = None,
    dry_run: bool = False,
    tell: Tell = lambda seen, waited: None,
    wake: Callable[[], object] = lambda: None,
) -> Retried:
    """Have the addresses of all that wait for a reason looked up once more.

    - ``campaign``: a slug, only of that one. ``wake`` is called once there is something to do.
    - Those that begin to wait meanwhile are left alone.
    - Raises NotFound for a campaign that there is not, and AnswersKept while Redis is away.
    """
    wanted = _wait_for(reason, campaign)
    waited, last = _look(wanted)
    again = seen = after = 0
    while not dry_run and after < last:
        batch = _read_batch(wanted, after, last)
        if not batch:
            break
        if not _forget([person for _, person in batch]):
            raise AnswersKept(again)
        with transaction() as session:
            again += _call(session, [id for id, _ in batch], actor, *wanted)
        after, seen = batch[-1][0], seen + len(batch)
        wake()
        tell(seen, waited)
    return Retried(waited, again)


def _look(wanted: Sequence[_Condition]) -> tuple[int, int]:
    """Return how many wait now, and the number of the last."""
    query = select(func.count(), func.coalesce(func.max(Signature.id), 0)).where(*wanted)
    waited, last = db.session.execute(query).one()
    db.session.rollback()
    return waited, last


def _wait_for(reason: ReviewReason, campaign: str | None) -> list[_Condition]:
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
    """Forget what geocoders said of where these live; return False where Redis is away."""
    readable = [person for person in map(skip_broken, people) if person is not None]
    return get_chain().forget([read_address(person) for person in readable])


def _call(session: Session, ids: Sequence[int], actor: str, *still: _Condition) -> int:
    """Make these due to be located, those of which it is ``still`` so; return how many."""
    held = session.scalars(
        select(Signature.id)
        .where(Signature.id.in_(ids), *still)
        .order_by(Signature.id)
        .with_for_update()
    ).all()
    session.execute(
        update(Signature)
        .where(Signature.id.in_(held))
        .values(
            state=SignatureState.CONFIRMED,
            due_at=utcnow(),
            tries=Signature.tries + 1,  # no worker of an earlier try may still write
        )
        .execution_options(synchronize_session=False)
    )
    action = "signature.looked_up_again"
    record_all(session, action, "signature", {id: {} for id in held}, actor=actor)
    return len(held)
