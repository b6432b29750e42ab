"""One hand-over, and how each error of it is classified.

nothing raised       accepted
Retryable            not accepted now: retried later
Permanent            not accepted: a person must check
OutcomeUnknown       handed over completely, without an answer
DatabaseUnavailable  after ``begin`` the same as OutcomeUnknown: it is not the receiver's answer
ClaimLost, others    propagated: nothing is settled, the lease expires
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from petition.core.errors import (
    ChannelRefused,
    ChannelUnavailable,
    DatabaseUnavailable,
    OutcomeUnknown,
    Permanent,
    PetitionError,
    Retryable,
    StorageUnavailable,
)
from petition.core.logs import get_logger

log = get_logger(__name__)
Taken = TypeVar("Taken")


class HandoverEnd(StrEnum):
    """The outcome of a hand-over, as the journal of this host records it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # nothing was accepted
    UNKNOWN = "unknown"  # not recorded: a start without an ending means "may have arrived"


@dataclass(frozen=True, slots=True)
class Ended:
    """The outcome of a hand-over; ``error``: what was raised, None if it was accepted."""

    outcome: HandoverEnd
    error: PetitionError | None = None

    @property
    def code(self) -> str:
        """A code for the log and for staff, without personal data; empty if it was accepted.

        - Only the texts of channel errors are known to contain no personal data.
        """
        if isinstance(self.error, ChannelUnavailable | ChannelRefused | OutcomeUnknown):
            return str(self.error)
        return self.error.code if self.error is not None else ""


@dataclass(slots=True)
class HandoverStep:
    """What is committed and recorded around the step after which a message may have arrived.

    - ``commit``: called first, with ``digest``, the SHA-256 of the message; raises ClaimLost if the
      worker no longer holds the attempt.
    - ``note_start``, ``note_end``: append to this host's journal. ``note_start`` is the last call
      before the hand-over, so a start without an ending means that it may have arrived.
    - ``begun``: the journal may have a start. ``passed``: the message may have arrived.
    - ``recipient``: the address it is sent to, once known. ``subject``: the row, for the log.
    """

    subject: str
    commit: Callable[[str], None] = lambda digest: None
    note_start: Callable[[], None] = lambda: None
    note_end: Callable[[str], None] = lambda outcome: None
    digest: str = ""
    recipient: str | None = None
    begun: bool = False
    passed: bool = False

    def begin(self) -> None:
        """Record that the next step hands it over; raises ClaimLost, Retryable."""
        self.commit(self.digest)
        self.begun = True
        self.note_start()
        self.passed = True

    def end(self, outcome: HandoverEnd) -> None:
        """Record the outcome in the journal, if the hand-over was begun.

        - If that fails, a replay of the journal assumes that it may have arrived.
        """
        if not self.begun or outcome is HandoverEnd.UNKNOWN:
            return
        try:
            self.note_end(outcome.value)
        except StorageUnavailable as error:
            log.warning("handover.not_noted", of=self.subject, error=str(error))


def hand_over(
    send: Callable[[HandoverStep], Taken], handover: HandoverStep
) -> tuple[Ended, Taken | None]:
    """Call ``send`` once; return the outcome, and what ``send`` returned if it was accepted.

    - ``send`` calls ``begin`` right before the step after which the message may have arrived.
    """
    try:
        taken = send(handover)
    except OutcomeUnknown as error:
        return Ended(HandoverEnd.UNKNOWN, error), None
    except (Retryable, Permanent) as error:
        if handover.passed and isinstance(error, DatabaseUnavailable):  # not the receiver's answer
            return Ended(HandoverEnd.UNKNOWN, error), None
        handover.end(HandoverEnd.REFUSED)
        return Ended(HandoverEnd.REFUSED, error), None
    handover.end(HandoverEnd.ACCEPTED)
    return Ended(HandoverEnd.ACCEPTED), taken
