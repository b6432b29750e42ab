"""Read a letter before its delivery is claimed: an object store that is away spends no attempt.

An attempt is begun where the office's side is asked. Ten of them that never left this side, in an
outage of some hours, would have the letter fail for good.
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
    except (ObjectStoreUnavailable, JobTimeout):
        raise
    except Exception:  # whatever it is: the attempt meets it again, and ends by it
        return read_letter
    # Another letter may take its place before the claim.
    return lambda wanted: pdf if wanted == sha256 else read_letter(wanted)
