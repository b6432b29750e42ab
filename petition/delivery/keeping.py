"""Stores the envelope of the first attempt's message, so that later attempts send the same bytes.

The PDF is stored by its hash. A subject, a sender's name or a template may be edited between two
attempts, so the rest of the message is stored, sealed, in the delivery's row when it is composed.
"""

import os
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from petition.core.columns import ROW_SECRET_BYTES
from petition.core.errors import ClaimLost, StorageCorrupt
from petition.core.extensions import transaction
from petition.delivery.letter_facts import ReadyLetter
from petition.dispatch.kinds import Claim
from petition.dispatch.leases import is_held
from petition.dispatch.state_changes import count_rows
from petition.models import Delivery, DeliveryState
from petition.models.outgoing.envelope import BROKEN_ENVELOPE, Envelope


def keep_envelope(claimed: Claim[ReadyLetter], compose: Callable[[], Envelope]) -> Envelope:
    """Return the stored envelope of a message; compose and store it at the first attempt.

    - One that was stored for another letter, as after the restore of a backup, is replaced.
    - Raises ClaimLost if the claim was lost; StorageCorrupt if the stored one does not open.
    """
    facts = claimed.content.facts
    with transaction() as session:
        kept = read_envelope(session, claimed.row_id, facts.sha256)
        if kept is not None:
            return kept
        envelope = compose()
        bound_to = os.urandom(ROW_SECRET_BYTES)
        written = session.execute(
            update(Delivery)
            .where(
                *is_held(Delivery, claimed.row_id, claimed.attempt),
                Delivery.state == DeliveryState.SENDING,
            )
            .values(envelope=replace(envelope, bound_to=bound_to), bound_to=bound_to)
        )
        if count_rows(written) != 1:
            raise ClaimLost(f"delivery {claimed.row_id}, attempt {claimed.attempt}")
    return envelope


def read_envelope(session: Session, delivery_id: int, sha256: str) -> Envelope | None:
    """Return the stored envelope of a message with that letter; None before its first attempt.

    - Raises StorageCorrupt if it does not open.
    """
    kept = session.scalar(select(Delivery.envelope).where(Delivery.id == delivery_id))
    if kept == BROKEN_ENVELOPE:
        raise StorageCorrupt(f"what the message of delivery {delivery_id} says does not open")
    return kept if kept is not None and kept.sha256 == sha256 else None
