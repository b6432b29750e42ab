"""One attempt from claim to outcome: no transaction is open while the other side is talked to."""

import hashlib
from collections.abc import Callable
from functools import partial

from petition.core.errors import (
    ChannelRefused,
    ChannelUnavailable,
    ClaimLost,
    ObjectStoreUnavailable,
    OutcomeUnknown,
    Permanent,
    PetitionError,
    Retryable,
)
from petition.core.extensions import get_settings
from petition.core.logs import get_logger
from petition.delivery.channels import Parcel, Receipt, get_channel
from petition.delivery.claim import DeliveryClaim, claim
from petition.delivery.handover_notes import Note, gather_letter
from petition.delivery.keeping import keep_envelope
from petition.delivery.letter_first import put_off, read_ahead
from petition.delivery.letter_message import build_message, clean_recipient, compose_envelope
from petition.delivery.settle import End, settle
from petition.journals.handovers import ACCEPTED, REFUSED
from petition.mail.refusal_reason import find_cause
from petition.models import DeliveryState
from petition.models.outgoing.envelope import Envelope

log = get_logger(__name__)


def deliver(delivery_id: int, read_letter: Callable[[str], bytes]) -> DeliveryState | None:
    """Return the state that one attempt led to; None where there was nothing for us to do.

    - ``read_letter`` gives the bytes of a PDF by its SHA-256; raises StorageCorrupt or Retryable.
      While the object store is away no attempt is begun: the delivery is put off.
    - Safe to call any number of times for the same id, from any number of workers.
    - An error that is not ours comes out and settles nothing: the lease expires, and the attempt is
      judged by how far it had come.
    """
    try:
        read_first = read_ahead(delivery_id, read_letter)
    except ObjectStoreUnavailable as error:
        log.warning("delivery.put_off", delivery=delivery_id, error=str(error))
        put_off(delivery_id)
        return None
    claimed = claim(delivery_id)
    if claimed is None:
        return None
    recipient, note = None, Note(claimed)
    try:
        parcel = _pack(claimed, read_first)
        recipient = parcel.recipient
        receipt = _send(note, parcel)
    except ClaimLost:
        log.warning("delivery.claim_lost", delivery=delivery_id, attempt=claimed.attempt)
        return None
    except OutcomeUnknown as error:
        return settle(claimed, DeliveryState.UNKNOWN, _end(error, recipient))
    except Permanent as error:
        note.end(REFUSED)
        return settle(claimed, DeliveryState.FAILED, _end(error, recipient))
    except Retryable as error:
        note.end(REFUSED)
        return settle(claimed, DeliveryState.RETRY_WAIT, _end(error, recipient))
    note.end(ACCEPTED)
    return settle(claimed, DeliveryState.ACCEPTED, End(receipt.code, None, recipient, receipt.said))


def _pack(claimed: DeliveryClaim, read_letter: Callable[[str], bytes]) -> Parcel:
    if claimed.holder_changed:  # its bytes are fixed, and another would open it
        raise ChannelRefused("holder changed")
    pdf = read_letter(claimed.facts.sha256)
    facts = claimed.facts
    envelope = keep_envelope(claimed, partial(compose_envelope, facts))
    return Parcel(
        delivery_id=claimed.delivery_id,
        message_id=envelope.message_id,
        sender=envelope.sender,
        recipient=_choose_recipient(claimed, envelope),
        message=build_message(envelope, pdf),
        pdf=pdf,
    )


def _send(note: Note, parcel: Parcel) -> Receipt:
    claimed = note.claimed
    channel = get_channel(claimed.channel, get_settings())
    digest = hashlib.sha256(parcel.message).hexdigest()
    letter = gather_letter(claimed.delivery_id)
    return channel.send(parcel, partial(note.hand_over, letter, digest))


def _choose_recipient(claimed: DeliveryClaim, envelope: Envelope) -> str | None:
    """Return the mailbox that the message goes to.

    - Where the post takes mail today: an address that was mended since the first attempt changes
      the way of the letter, never its bytes. Only for the addressee as printed, though: otherwise
      where the first attempt went.
    """
    if claimed.block_changed and envelope.recipient:
        return envelope.recipient
    return clean_recipient(claimed.facts.recipient) or envelope.recipient


def _end(error: PetitionError, recipient: str | None) -> End:
    said = getattr(error, "said", None)
    return End(_describe(error), find_cause(error), recipient, said)


def _describe(error: PetitionError) -> str:
    """Return a code; only a channel's own words are known to hold nothing personal."""
    if isinstance(error, ChannelUnavailable | ChannelRefused | OutcomeUnknown):
        return str(error)
    return error.code
