"""One hand-over to the other side, and the one reading of how it ended.

nothing raised       accepted
Retryable            not taken now: tried later
Permanent            not taken: a person must look
OutcomeUnknown       handed over whole, and no answer came
DatabaseUnavailable  after ``begin`` the same as OutcomeUnknown: the other side did not say it
ClaimLost, others    come out: nothing is settled, the lease expires
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
    """How a hand-over ended, as the journal of this host has it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # nothing was taken
    UNKNOWN = "unknown"  # no line is written: what began without an ending may have arrived


@dataclass(frozen=True, slots=True)
class Ended:
    """How a hand-over ended; ``error`` is what was raised, None where it was accepted."""

    outcome: HandoverEnd
    error: PetitionError | None = None

    @property
    def code(self) -> str:
        """A code for the log and for staff; nothing personal.

        - Only a channel's own words are known to hold nothing personal.
        """
        if isinstance(self.error, ChannelUnavailable | ChannelRefused | OutcomeUnknown):
            return str(self.error)
        return self.error.code if self.error is not None else ""


@dataclass(slots=True)
class HandoverStep:
    """What is committed and written down around the step after which a message may have arrived.

    - ``note_start`` and ``note_end`` write the lines of this host's journal; ``note_start`` comes
      last before the hand-over, so one that is there without an ending may have arrived.
    - ``commit`` comes before both, given ``digest``, the SHA-256 of the message; it raises
      ClaimLost where the attempt is not ours any more. ``begun``: a line may be there. ``passed``:
      from now on it may have arrived.
    - ``recipient``: the address that it goes to, once that is known. ``subject``: what it is, for
      the log.
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
        """Say that the next step hands it over; raises ClaimLost and StorageUnavailable."""
        self.commit(self.digest)
        self.begun = True
        self.note_start()
        self.passed = True

    def end(self, outcome: HandoverEnd) -> None:
        """Write down how it ended, where it was begun.

        - Where that cannot be written, a replay takes it as one that may have arrived.
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
    """Send something once; return how that ended, and what ``send`` returned if it was accepted.

    - ``send`` calls ``begin`` right before the step after which it may have arrived.
    """
    try:
        taken = send(handover)
    except OutcomeUnknown as error:
        return Ended(HandoverEnd.UNKNOWN, error), None
    except (Retryable, Permanent) as error:
        if handover.passed and isinstance(error, DatabaseUnavailable):  # not said by the other side
            return Ended(HandoverEnd.UNKNOWN, error), None
        handover.end(HandoverEnd.REFUSED)
        return Ended(HandoverEnd.REFUSED, error), None
    handover.end(HandoverEnd.ACCEPTED)
    return Ended(HandoverEnd.ACCEPTED), taken
