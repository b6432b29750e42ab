"""Hands mails to the mail server one by one, and classifies the outcomes."""

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
    """What the journal records of a mail before it is handed over."""

    @property
    def name(self) -> MailName:
        """Its unique name, which a restore keeps."""

    @property
    def attempt(self) -> int:
        """The number of the attempt."""


Piece = TypeVar("Piece", bound=Noted)

# After this a batch sends no more, so that a slow server does not outlast the lease of its mails.
BATCH_SECONDS = 10.0

_OF_ONE = re.compile(r"4\d\d\b.* at rcpt")


class HandoverOutcome(StrEnum):
    """The outcome of an attempt at one mail."""

    SENT = "sent"  # accepted, or handed over without an answer: a second copy would be no better
    PUT_OFF = "put off"  # the server is unavailable, or does not accept it now
    REFUSED = "refused"  # not accepted, for a reason that an operator can correct
    GONE = "gone"  # the mailbox does not exist
    NOT_TRIED = "not tried"  # not tried: its lane is stopped, or the time of its batch is over
    DOUBTED = "doubted"  # not accepted, perhaps for the mailbox: unreachable_addresses.py


# Records an outcome; returns whether the next mail may be tried.
Settle = Callable[[Piece, HandoverOutcome, str], bool]


def send_each(
    pieces: Sequence[Piece], compose: Callable[[Piece], EmailMessage], settle: Settle[Piece]
) -> bool:
    """Send each piece and ``settle`` it with outcome and code; return False if some must wait.

    - An unavailable server is contacted once a batch, since it may hang: the other pieces are put
      off as well. A temporary refusal of one recipient ("451 at rcpt") does not affect the others.
    - Each is settled before the next is sent, so a crash repeats one mail at most. An unavailable
      database is waited for (``write_patiently``), but not for a piece that was not tried: it is
      due again when its lease ends, and the batch must not outlast its job's time-out.
    - The journal of this host records each hand-over, before it and after.
    - After BATCH_SECONDS the rest is not tried and stays due.
    """
    mailer = make_mailer(get_settings())
    goes_on, away, ends = True, "", time.monotonic() + BATCH_SECONDS
    for piece in pieces:
        if not goes_on or time.monotonic() >= ends:
            settle(piece, HandoverOutcome.NOT_TRIED, "")
        elif away:
            goes_on = settle(piece, HandoverOutcome.PUT_OFF, away)
        else:
            outcome, code = _send(mailer, compose, piece)
            if outcome is HandoverOutcome.PUT_OFF and not _OF_ONE.fullmatch(code):
                away = code
            goes_on = write_patiently(partial(settle, piece, outcome, code))
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
