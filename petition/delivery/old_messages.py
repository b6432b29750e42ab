"""Taking over what earlier versions kept of messages as files, so that every host can read it."""

import os
from dataclasses import dataclass, replace

from sqlalchemy import func, select, update

from petition.core.columns import ROW_SECRET_BYTES
from petition.core.extensions import db, transaction
from petition.delivery.keeping import read_old_file
from petition.dispatch.state_changes import count_rows
from petition.models import Delivery, Letter
from petition.models.states import SETTLED

BATCH = 500


@dataclass(slots=True)
class TakenMessages:
    """What became of the deliveries that were tried and have no envelope in their row.

    - ``waiting``: those without a file here that may go again. Their next try would be worded anew.
    """

    taken: int = 0
    missing: int = 0
    waiting: int = 0


def take_old_messages() -> TakenMessages:
    """Write the words of each old file of this host into the row of its delivery.

    - May run beside workers and be repeated: a row that has an envelope is left as it is. The
      files stay. Raises StorageUnavailable where one cannot be read.
    """
    found, last = TakenMessages(), 0
    while True:
        rows = db.session.execute(
            select(Delivery.id, Delivery.message_id, Delivery.state, Letter.sha256)
            .join(Letter, Letter.id == Delivery.letter_id)
            .where(Delivery.id > last, Delivery.attempt > 0, Delivery.bound_to.is_(None))
            .order_by(Delivery.id)
            .limit(BATCH)
        ).all()
        db.session.rollback()
        if not rows:
            return found
        last = rows[-1].id
        for row in rows:
            if _take(row.id, row.message_id, row.sha256):
                found.taken += 1
            else:
                found.missing += 1
                found.waiting += row.state not in SETTLED


def count_waiting() -> int:
    """Return how many deliveries that may go again are of an earlier version, by their rows."""
    tried = (Delivery.attempt > 0, Delivery.bound_to.is_(None), Delivery.state.not_in(SETTLED))
    return db.session.scalar(select(func.count()).select_from(Delivery).where(*tried)) or 0


def _take(delivery_id: int, message_id: str, sha256: str) -> bool:
    envelope = read_old_file(message_id, sha256)
    if envelope is None:
        return False
    bound_to = os.urandom(ROW_SECRET_BYTES)
    with transaction() as session:
        written = session.execute(
            update(Delivery)
            .where(Delivery.id == delivery_id, Delivery.bound_to.is_(None))
            .values(envelope=replace(envelope, bound_to=bound_to), bound_to=bound_to)
        )
        return count_rows(written) == 1
