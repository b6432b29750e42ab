"""Whether mails to signers and letters are taken: how each lane stands, and how many wait."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.delivery.channels import OF_MAIL_SERVER
from petition.delivery.claim import CLAIMABLE
from petition.extensions import db
from petition.health.findings import Fault, leave_to_others
from petition.health.parts import check_mail
from petition.mail.lanes import find_lane
from petition.models import (
    Attempt,
    Delivery,
    DeliveryState,
    LaneName,
    Mail,
    MailLane,
    RefusedMail,
    Signature,
    SignatureState,
)

# Where none was taken for so long, somebody should look, however few there are to be mailed.
LONGEST_REFUSING = timedelta(hours=1)
RESUME = "Mend what it names, then run `petition mail resume{}`; one is tried every few minutes."
_ARGUMENTS = {LaneName.SIGNERS: "", LaneName.LETTERS: " letters"}
# By the last word of a cause: the command that was refused.
_WORDS = {
    "connect": "it cannot be connected to",
    "ehlo": "it refuses this host",
    "helo": "it refuses this host",
    "starttls": "TLS with it fails",
    "auth": "it refuses our user or password",
    "mail": "it refuses our sender or this host",
    "rcpt": "it refuses every recipient",
    "data": "it refuses what we write",
    "body": "it refuses what we write",
    "answer": "it refuses what we write",
}


@dataclass(frozen=True, slots=True)
class LaneFigures:
    """How a lane stands.

    - ``cause``: the last refusal as a code and a phase, no address in it; None while all is well.
    - ``waiting``: mails, or letters, that are due. ``refused``: those that were refused, not for
      their recipient, and have not gone since.
    """

    stopped: bool
    stopped_at: datetime | None
    refused_since: datetime | None
    next_try: datetime | None
    cause: str | None
    waiting: int
    refused: int


def read_mailing(session: Session) -> LaneFigures:
    """Return the figures of the mails to signers."""
    now = utcnow()
    lane = find_lane(session, LaneName.SIGNERS)
    confirmations = session.scalar(
        select(func.count()).where(
            Signature.state == SignatureState.PENDING,
            Signature.due_at <= now,
            Signature.mailed_at.is_(None),
        )
    )
    mails = session.scalar(select(func.count()).where(Mail.due_at <= now))
    refused = session.scalar(
        select(func.count()).select_from(RefusedMail).where(RefusedMail.gone.is_(False))
    )
    return _gather(lane, (confirmations or 0) + (mails or 0), refused or 0)


def read_letter_mailing(session: Session) -> LaneFigures:
    """Return the figures of the letters that go by e-mail."""
    lane = find_lane(session, LaneName.LETTERS)
    by_mail = Delivery.channel.in_(OF_MAIL_SERVER)
    waiting = session.scalar(
        select(func.count()).where(
            Delivery.state.in_(CLAIMABLE), Delivery.due_at <= utcnow(), by_mail
        )
    )
    was_refused = exists().where(
        Attempt.delivery_id == Delivery.id,
        Attempt.number == Delivery.attempt,
        Attempt.about.is_not(None),
    )
    refused = session.scalar(
        select(func.count()).where(Delivery.state == DeliveryState.RETRY_WAIT, by_mail, was_refused)
    )
    return _gather(lane, waiting or 0, refused or 0)


def _gather(lane: MailLane | None, waiting: int, refused: int) -> LaneFigures:
    stopped = lane is not None and lane.is_stopped
    since = lane.refused_since if lane else None
    return LaneFigures(
        stopped=stopped,
        stopped_at=lane.stopped_at if lane and stopped else None,
        refused_since=since,
        next_try=lane.probe_at if lane else None,
        cause=lane.cause if lane and since else None,
        waiting=waiting,
        refused=refused,
    )


def describe_mailing(figures: LaneFigures) -> dict[str, Any]:
    """Return the figures as `petition status --json` prints them."""
    moments = ("stopped_at", "refused_since", "next_try")
    found = {name: getattr(figures, name) for name in LaneFigures.__slots__}
    return found | {name: found[name] and found[name].isoformat() for name in moments}


def describe_cause(cause: str) -> str:
    """Return a cause in words, with its code."""
    words = _WORDS.get(cause.rpartition(" ")[2], "it takes none")
    return f"{words} ({cause})"


@leave_to_others
def check_lanes() -> str:
    """The mails to signers are taken."""
    return _check(LaneName.SIGNERS, read_mailing)


@leave_to_others
def check_letter_lane() -> str:
    """The letters that go by e-mail are taken."""
    return _check(LaneName.LETTERS, read_letter_mailing)


def check_mailing() -> str:
    """The SMTP server takes us, the mails to signers and the letters."""
    check_lanes()
    check_letter_lane()
    return check_mail()


def _check(name: LaneName, read: Callable[[Session], LaneFigures]) -> str:
    figures = read(db.session())
    since = figures.stopped_at or figures.refused_since
    late = since is not None and (figures.stopped or since < utcnow() - LONGEST_REFUSING)
    if since is not None and late:
        stopped = "stopped" if figures.stopped else "none was taken"
        raise Fault(
            f"{stopped} since {since:%Y-%m-%d %H:%M} UTC, {figures.waiting:,} wait: the mail "
            f"server says that {describe_cause(figures.cause or '')}",
            RESUME.format(_ARGUMENTS[name]),
        )
    return (
        f"{figures.waiting:,} wait, {figures.refused:,} refused"
        if figures.refused
        else (f"{figures.waiting:,} wait")
    )
