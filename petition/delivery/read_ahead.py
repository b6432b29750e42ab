"""Reads a letter before its delivery is claimed, so that an outage of the store uses no attempt.

Attempts are for the receiver's answers. Otherwise an outage of some hours would use up all attempts
of a letter, and it would fail without having been sent.
"""

from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.errors import ObjectStoreUnavailable
from petition.core.extensions import db
from petition.core.queues import JobTimeout
from petition.delivery.letter_kind import ReadLetter
from petition.models import Delivery, Letter
from petition.models.states import CLAIMABLE


def read_ahead(delivery_id: int, read_letter: ReadLetter) -> ReadLetter:
    """Return a function that returns the bytes of a letter; a due delivery's letter is read now.

    - Raises ObjectStoreUnavailable. Errors of this letter only are raised by the function, within
      the attempt.
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
    db.session.rollback()  # no transaction is open while the store is read
    if sha256 is None:
        return read_letter
    try:
        pdf = read_letter(sha256)
    except (ObjectStoreUnavailable, JobTimeout):
        raise
    except Exception:  # whatever it is, the attempt raises it again
        return read_letter
    # The delivery may get another letter before the claim.
    return lambda wanted: pdf if wanted == sha256 else read_letter(wanted)
