"""What a channel is: it takes a parcel, and says that it was taken or raises one of our errors."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from petition.dispatch.kinds import Receipt


@dataclass(frozen=True, slots=True)
class Parcel:
    """One letter, ready to go.

    - ``message`` is the whole e-mail as SMTP carries it, ``pdf`` the letter in it by itself.
    - ``recipient`` is the office's e-mail address, None where none is known.
    """

    delivery_id: int
    message_id: str
    sender: str
    recipient: str | None
    message: bytes = field(repr=False)
    pdf: bytes = field(repr=False)


class Channel(Protocol):
    """One way to an office.

    - ``idempotent``: sending the same parcel twice leaves one, so a crash needs nobody's decision.
    - ``needs_email``: a post without an e-mail address cannot be reached by it.
    """

    idempotent: bool
    needs_email: bool

    def send(self, parcel: Parcel, before_handover: Callable[[], None]) -> Receipt:
        """Send it.

        - Calls ``before_handover`` right before the step after which it may have arrived, and stops
          where that raises.
        - Raises Retryable, Permanent, or OutcomeUnknown once it was handed over without an answer.
        """
