"""How many deliveries are in each state, as triggers count them, and the folding of their parts."""

from collections import Counter
from collections.abc import Collection

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from petition.core.database import insert_into
from petition.core.extensions import db, transaction
from petition.models import DeliveryCount, DeliveryState

# Parts that are folded in one transaction.
BATCH = 10_000


def count_by_state(campaign_ids: Collection[int] | None = None) -> dict[DeliveryState, int]:
    """Return how many deliveries are in each state, those without any included.

    - ``campaign_ids``: only of these campaigns; None: of all.
    """
    query = select(DeliveryCount.state, func.sum(DeliveryCount.number))
    if campaign_ids is not None:
        query = query.where(DeliveryCount.campaign_id.in_(campaign_ids))
    found = {
        DeliveryState(state): int(number)
        for state, number in db.session.execute(query.group_by(DeliveryCount.state))
    }
    return {state: found.get(state, 0) for state in DeliveryState}


def fold_counts() -> int:
    """Put the parts of committed transactions together into one; return how many there were.

    - Safe to run several at once: a part is deleted by one of them, and added by that one.
    """
    found = db.session.scalar(select(DeliveryCount.part).where(DeliveryCount.part != 0).limit(1))
    db.session.rollback()
    if found is None:
        return 0
    with transaction() as session:
        return _fold(session)


def _fold(session: Session) -> int:
    some = select(DeliveryCount.part).where(DeliveryCount.part != 0).limit(BATCH)
    parts = session.execute(
        delete(DeliveryCount)
        .where(DeliveryCount.part != 0, DeliveryCount.part.in_(some.scalar_subquery()))
        .returning(DeliveryCount.campaign_id, DeliveryCount.state, DeliveryCount.number)
    ).all()
    if not parts:
        return 0
    sums: Counter[tuple[int, str]] = Counter()
    for campaign_id, state, number in parts:
        sums[campaign_id, state] += number
    rows = [
        {"campaign_id": campaign_id, "state": state, "part": 0, "number": number}
        for (campaign_id, state), number in sorted(sums.items())
    ]
    insert = insert_into(session, DeliveryCount)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["campaign_id", "state", "part"],
            set_={"number": DeliveryCount.number + insert.excluded.number},
        ),
        rows,
    )
    return len(parts)
