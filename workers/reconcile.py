"""The reconciler: whatever the database says is due and no job has done.

RQ may lose a job and Redis may lose everything; the rows are still there with their ``due_at``.
Each round recovers expired leases, then wakes the stages that have work. It is safe to run several
at once: waking twice is harmless, and every stage claims its work.
"""

from dataclasses import asdict, dataclass

from sqlalchemy import exists, select

from petition.clock import utcnow
from petition.counting.leaving import find_campaigns_left
from petition.counting.milestones import plan_missing
from petition.database import insert_into
from petition.delivery.due import find_due, recover_expired, release_held
from petition.extensions import db, transaction
from petition.letters.make import find_due_milestones
from petition.models import Campaign, Heartbeat, Signature, SignatureState
from petition.models.signature import UNCOUNTED
from petition.queues import Stage, wake

HEARTBEAT = "reconciler"


@dataclass(frozen=True, slots=True)
class Round:
    """What one round found; numbers of rows or of jobs woken."""

    expired: int
    released: int
    planned: int
    mail: int
    locate: int
    count: int
    render: int
    deliver: int


def reconcile() -> Round:
    """Recover and wake whatever is due, and leave a heartbeat with what was found."""
    found = Round(
        expired=recover_expired(),
        released=release_held(),
        planned=len(plan_missing()),
        mail=_wake_if(Stage.MAIL, _is_due(SignatureState.PENDING)),
        locate=_wake_if(Stage.LOCATE, _is_due(SignatureState.CONFIRMED)),
        count=sum(wake(Stage.COUNT, campaign_id) for campaign_id in _find_campaigns()),
        render=sum(wake(Stage.RENDER, milestone_id) for milestone_id in find_due_milestones()),
        deliver=sum(wake(Stage.DELIVER, delivery_id) for delivery_id in find_due()),
    )
    db.session.rollback()
    _beat(found)
    return found


def _wake_if(stage: Stage, due: bool) -> int:
    return int(due and wake(stage))


def _is_due(state: SignatureState) -> bool:
    due = exists().where(Signature.state == state, Signature.due_at <= utcnow())
    return bool(db.session.scalar(select(due)))


def _find_campaigns() -> set[int]:
    located = exists().where(
        Signature.campaign_id == Campaign.id,
        Signature.state == SignatureState.LOCATED,
        UNCOUNTED,
    )
    return {*db.session.scalars(select(Campaign.id).where(located)), *find_campaigns_left()}


def _beat(found: Round) -> None:
    row = {"name": HEARTBEAT, "at": utcnow(), "detail": asdict(found)}
    with transaction() as session:
        session.execute(
            insert_into(session, Heartbeat)
            .values(row)
            .on_conflict_do_update(
                index_elements=["name"], set_={"at": row["at"], "detail": row["detail"]}
            )
        )
