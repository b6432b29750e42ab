"""Whether the mail server accepts mails to signers and letters, and how many wait in each lane."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.delivery.channels import OF_MAIL_SERVER
from petition.dispatch.lanes import find_lane
from petition.health.core_checks import check_mail
from petition.health.findings import Fault, skip_on_database_error
from petition.health.mail_backlog import CONFIRMATIONS, MOST_COUNTED, MailFigures, read_mails
from petition.models import (
    Attempt,
    Delivery,
    DeliveryState,
    LaneName,
    MailLane,
    RelayAttempt,
    RelaySend,
)
from petition.models.states import CLAIMABLE, OutgoingState
from petition.notifications.relayed.relay_kind import RELAY

# Where no mail was accepted for so long, it is a fault, however few are waiting.
LONGEST_REFUSING = timedelta(hours=1)
# The recipient of a confirmation has just signed and is waiting for it.
LONGEST_WAITING = timedelta(minutes=20)
RESUME = "Fix what it names, then run `petition mail resume{}`; one is tried every few minutes."
_ARGUMENTS = {LaneName.SIGNERS: "", LaneName.LETTERS: " letters", LaneName.RELAY: " relay"}
# By the last word of a cause: the command that was refused.
_WORDS = {
    "connect": "no connection to it can be made",
    "ehlo": "it refuses this host",
    "helo": "it refuses this host",
    "starttls": "TLS with it fails",
    "auth": "it refuses our user or password",
    "mail": "it refuses our sender or this host",
    "rcpt": "it refuses every recipient",
    "data": "it refuses the content",
    "body": "it refuses the content",
    "answer": "it refuses the content",
}


@dataclass(frozen=True, slots=True)
class LaneFigures:
    """The state of a lane.

    - ``cause``: the last refusal as a code and a phase, without any address; None while mail is
      accepted.
    - ``waiting``: mails, or letters, that are due. ``refused``: those that were refused, not
      because of their recipient, and not sent since.
    """

    stopped: bool
    stopped_at: datetime | None
    refused_since: datetime | None
    next_try: datetime | None
    cause: str | None
    waiting: int
    refused: int


def read_mailing(session: Session, mails: MailFigures | None = None) -> LaneFigures:
    """Return the figures of the lane for mails to signers; ``mails``: if they were read already."""
    mails = mails or read_mails(session)
    return _gather(find_lane(session, LaneName.SIGNERS), mails.due, mails.refused)


def read_letter_mailing(session: Session) -> LaneFigures:
    """Return the figures of the lane for letters sent by e-mail."""
    lane = find_lane(session, LaneName.LETTERS)
    by_mail = Delivery.channel.in_(OF_MAIL_SERVER)
    waiting = _count(
        session,
        select(Delivery.id).where(
            Delivery.state.in_(CLAIMABLE), Delivery.due_at <= utcnow(), by_mail
        ),
    )
    was_refused = exists().where(
        Attempt.delivery_id == Delivery.id,
        Attempt.number == Delivery.attempt,
        Attempt.about.is_not(None),
    )
    # ``due_at`` is never null in this state; the condition makes the partial index usable.
    retried = select(Delivery.id).where(
        Delivery.state == DeliveryState.RETRY_WAIT,
        Delivery.due_at.is_not(None),
        by_mail,
        was_refused,
    )
    return _gather(lane, waiting, _count(session, retried))


def read_relay_mailing(session: Session) -> LaneFigures:
    """Return the figures of the lane for messages of organizations to people."""
    lane = find_lane(session, LaneName.RELAY)
    waiting = RELAY.select_due(utcnow())
    was_refused = exists().where(
        RelayAttempt.send_id == RelaySend.id,
        RelayAttempt.number == RelaySend.attempt,
        RelayAttempt.about.is_not(None),
    )
    retried = select(RelaySend.id).where(
        RelaySend.state == OutgoingState.RETRY_WAIT, RelaySend.due_at.is_not(None), was_refused
    )
    return _gather(lane, _count(session, waiting), _count(session, retried))


def _count(session: Session, rows: Select[int]) -> int:
    found = rows.limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


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
    words = _WORDS.get(cause.rpartition(" ")[2], "it accepts none")
    return f"{words} ({cause})"


@skip_on_database_error
def check_lanes() -> str:
    """The mails to signers are accepted, and no confirmation has waited for long."""
    mails = read_mails(db.session())
    lane = read_mailing(db.session(), mails)
    found = _judge(LaneName.SIGNERS, lane)
    confirmations = mails.kinds[CONFIRMATIONS]
    # While other mails are accepted, one that is refused and retried is no sign of a fault.
    waited = confirmations.oldest if lane.refused_since else confirmations.overdue
    if waited > LONGEST_WAITING.total_seconds():
        cause = f": the mail server says that {describe_cause(lane.cause)}" if lane.cause else ""
        raise Fault(
            f"confirmations have waited for {waited / 60:.0f} minutes; {confirmations.due:,} due, "
            f"{confirmations.retried:,} refused{cause}",
            "Check that a worker of the stage mail runs, start more of them, or fix what is "
            "named here.",
        )
    return found


@skip_on_database_error
def check_letter_lane() -> str:
    """The letters sent by e-mail are accepted."""
    return _judge(LaneName.LETTERS, read_letter_mailing(db.session()))


@skip_on_database_error
def check_relay_lane() -> str:
    """The messages of organizations to people are accepted."""
    return _judge(LaneName.RELAY, read_relay_mailing(db.session()))


def check_mailing() -> str:
    """The SMTP server accepts our login, the mails to signers, the letters and the messages."""
    check_lanes()
    check_letter_lane()
    check_relay_lane()
    return check_mail()


def _judge(name: LaneName, figures: LaneFigures) -> str:
    since = figures.stopped_at or figures.refused_since
    late = since is not None and (figures.stopped or since < utcnow() - LONGEST_REFUSING)
    if since is not None and late:
        stopped = "stopped" if figures.stopped else "none has been accepted"
        raise Fault(
            f"{stopped} since {since:%Y-%m-%d %H:%M} UTC, {figures.waiting:,} waiting: the "
            f"mail server says that {describe_cause(figures.cause or '')}",
            RESUME.format(_ARGUMENTS[name]),
        )
    return (
        f"{figures.waiting:,} waiting, {figures.refused:,} refused"
        if figures.refused
        else f"{figures.waiting:,} waiting"
    )
