"""Reading a letter before its delivery is claimed: an object store that is away spends no attempt.

An attempt is begun where the office's side is asked. Ten of them that never left this side, in an
outage of some hours, would have the letter fail for good.
"""

import random
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select, update

from petition.core.clock import utcnow
from petition.core.errors import ObjectStoreUnavailable
from petition.core.extensions import db, get_settings, transaction
from petition.delivery.claim import CLAIMABLE
from petition.models import Delivery, Letter

ReadLetter = Callable[[str], bytes]


def read_ahead(delivery_id: int, read_letter: ReadLetter) -> ReadLetter:
    """Return a function that gives the bytes of the delivery's letter, read now where it is due.

    - Raises ObjectStoreUnavailable. What is wrong with this one letter, the function raises: the
      attempt then ends with it.
    """
    sha256 = db.session.scalar(
        select(Letter.sha256)
        .join(Delivery, Delivery.letter_id == Letter.id)
        .where(
            Delivery.id == delivery_id,
            Delivery.state.in_(CLAIMABLE),
            Delivery.due_at <= utcnow(),
        )
    )
    db.session.rollback()  # nothing is open while the store is asked
    if sha256 is None:
        return read_letter
    try:
        pdf = read_letter(sha256)
    except ObjectStoreUnavailable:
        raise
    except Exception:  # whatever it is: the attempt meets it again, and ends by it
        return read_letter
    # Another letter may take its place before the claim.
    return lambda wanted: pdf if wanted == sha256 else read_letter(wanted)


def put_off(delivery_id: int) -> None:
    """Make a delivery due a little later, with no attempt begun."""
    now = utcnow()
    wait = get_settings().retry_base_seconds * random.uniform(0.5, 1.0)  # noqa: S311
    with transaction() as session:
        session.execute(
            update(Delivery)
            .where(
                Delivery.id == delivery_id,
                Delivery.state.in_(CLAIMABLE),
                Delivery.due_at <= now,
            )
            .values(due_at=now + timedelta(seconds=wait))
        )
