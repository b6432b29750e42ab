"""Send one letter to one post, once."""

from collections.abc import Callable
from datetime import timedelta

from petition.core.errors import DatabaseUnavailable, ObjectStoreUnavailable
from petition.core.extensions import get_settings
from petition.core.logs import get_logger
from petition.delivery.letter_kind import LETTERS, LetterKind
from petition.delivery.read_ahead import read_ahead
from petition.delivery.requeue import revive_if_due
from petition.dispatch.backoff import Backoff
from petition.dispatch.claims import put_off
from petition.dispatch.engine import send
from petition.models.states import DeliveryState, OutgoingState

log = get_logger(__name__)
# How long a delivery is postponed for an object store that is unavailable.
POSTPONED = Backoff(longest=timedelta(hours=6), least=0.5)


def deliver(delivery_id: int, read_letter: Callable[[str], bytes]) -> DeliveryState | None:
    """Make one attempt; return the delivery's new state, None if none was made or it was lost.

    - ``read_letter`` returns the bytes of a PDF by its SHA-256; raises StorageCorrupt or Retryable.
      While the object store is unavailable no attempt is begun: the delivery is postponed.
    - Safe to call any number of times for the same id, from any number of workers.
    """
    try:
        read_first = read_ahead(delivery_id, read_letter)
    except ObjectStoreUnavailable as error:
        log.warning("delivery.put_off", delivery=delivery_id, error=str(error))
        put_off(LETTERS, delivery_id, POSTPONED.choose_wait(1, get_settings().retry_base_seconds))
        return None
    state = send(LetterKind(read_first), delivery_id)
    if state is OutgoingState.ACCEPTED:
        _try_to_revive()
    return DeliveryState(state) if state is not None else None


def _try_to_revive() -> None:
    """Make due the letters that were refused before, if this one has opened the lane."""
    try:
        revive_if_due()
    except DatabaseUnavailable:  # the reconciler does it
        log.warning("letters.not_revived")
