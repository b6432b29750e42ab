"""Handing mails to the mail server one by one, and what each way it ends means for its row."""

import re
import time
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from enum import StrEnum
from functools import partial
from typing import Protocol, TypeVar

from petition.core.errors import ChannelRefused, PetitionError, Retryable
from petition.core.extensions import get_settings
from petition.dispatch.handover_step import HandoverEnd, HandoverStep, hand_over
from petition.dispatch.settlement import write_patiently
from petition.journals.handovers import MailName, note_mail, note_mail_ending
from petition.mail import Mailer, make_mailer
from petition.mail.refusal_reason import blames_recipient, doubts_recipient


class Noted(Protocol):
    """What is written down of a mail before it is handed over."""

    @property
    def name(self) -> MailName:
        """What tells it from all others."""

    @property
    def attempt(self) -> int:
        """Which try it is."""


Piece = TypeVar("Piece", bound=Noted)

# A batch ends then, with what it has sent: a slow server must not outlast the lease of its mails.
BATCH_SECONDS = 10.0

_OF_ONE = re.compile(r"4\d\d\b.* at rcpt")


class HandoverOutcome(StrEnum):
    """How a try at one mail ended."""

    SENT = "sent"  # taken, or handed over without an answer: a second copy would be no better
    PUT_OFF = "put off"  # the server is away, or does not take it now
    REFUSED = "refused"  # not taken, for a reason that an operator can mend
    GONE = "gone"  # there is no such mailbox
    LET_BE = "let be"  # not tried: its lane is stopped, or its batch has taken long enough
    DOUBTED = "doubted"  # not taken, and it may be for the mailbox: see unreachable.mark_doubted


# Returns whether the next may be tried.
Settle = Callable[[Piece, HandoverOutcome, str], bool]


def send_each(
    pieces: Sequence[Piece], compose: Callable[[Piece], EmailMessage], settle: Settle[Piece]
) -> bool:
    """Send each piece and ``settle`` it with its fate and a code; return False where some waited.

    - A server that is away is asked once a batch, not once a signer, since it may hang: the others
      are put off as well. One that asks to wait with one recipient ("451 at rcpt") takes the others
      all the same.
    - Each is settled before the next is sent: a crash repeats one mail at most. A database that is
      away is waited for, as ``write_patiently`` does, but not for a piece that was not tried: it is
      due again when its lease ends, and a batch waits no longer than its job may take.
    - This host writes down that it hands each over, before it does, and how that ended.
    - After BATCH_SECONDS the rest are let be, and stay due.
    """
    mailer = make_mailer(get_settings())
    goes_on, away, ends = True, "", time.monotonic() + BATCH_SECONDS
    for piece in pieces:
        if not goes_on or time.monotonic() >= ends:
            settle(piece, HandoverOutcome.LET_BE, "")
        elif away:
            goes_on = settle(piece, HandoverOutcome.PUT_OFF, away)
        else:
            fate, code = _send(mailer, compose, piece)
            if fate is HandoverOutcome.PUT_OFF and not _OF_ONE.fullmatch(code):
                away = code
            goes_on = write_patiently(partial(settle, piece, fate, code))
    return goes_on and not away


def _send(
    mailer: Mailer, compose: Callable[[Piece], EmailMessage], piece: Piece
) -> tuple[HandoverOutcome, str]:
    handover = HandoverStep(
        f"mail {piece.name.kind}",
        note_start=partial(note_mail, piece.name, piece.attempt),
        note_end=partial(note_mail_ending, piece.name, piece.attempt),
    )
    ended, _ = hand_over(lambda step: mailer.send(compose(piece), step.begin), handover)
    if ended.outcome is HandoverEnd.ACCEPTED:
        return HandoverOutcome.SENT, "sent"
    if ended.outcome is HandoverEnd.UNKNOWN:
        return HandoverOutcome.SENT, ended.code
    return _judge(ended.error), ended.code


def _judge(error: PetitionError | None) -> HandoverOutcome:
    if isinstance(error, Retryable):
        return HandoverOutcome.PUT_OFF
    return _blame(error) if isinstance(error, ChannelRefused) else HandoverOutcome.REFUSED


def _blame(refused: ChannelRefused) -> HandoverOutcome:
    if blames_recipient(refused):
        return HandoverOutcome.GONE
    return HandoverOutcome.DOUBTED if doubts_recipient(refused) else HandoverOutcome.REFUSED
