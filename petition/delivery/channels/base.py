"""The interface of a channel: it sends a parcel, and returns a receipt or raises our errors."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from petition.dispatch.kinds import Receipt
from petition.mail.delivery_notices import NoticeRequest


@dataclass(frozen=True, slots=True)
class Parcel:
    """One letter, ready to go.

    - ``message``: the whole e-mail as SMTP carries it; ``pdf``: the letter attached to it.
    - ``recipient``: the office's e-mail address; None if none is known.
    - ``notices``: the reports to ask for, if the channel can; None for none.
    """

    delivery_id: int
    message_id: str
    sender: str
    recipient: str | None
    message: bytes = field(repr=False)
    pdf: bytes = field(repr=False)
    notices: NoticeRequest | None = None


class Channel(Protocol):
    """One way to an office.

    - ``idempotent``: sending the same parcel twice leaves one copy, so it can be retried after a
      crash.
    - ``needs_email``: a post without an e-mail address cannot be reached by it.
    """

    idempotent: bool
    needs_email: bool

    def send(self, parcel: Parcel, before_handover: Callable[[], None]) -> Receipt:
        """Send a parcel; return the receiver's receipt.

        - Calls ``before_handover`` right before the step after which it may have arrived, and
          propagates what that raises.
        - Raises Retryable, Permanent, or OutcomeUnknown if it was handed over without an answer.
        """
