"""Lanes: a circuit breaker for the mail server, one for each purpose of mails.

    open ──> consecutive refusals ──> stopped ──> one probe a minute ──> accepted ──> open
      └─────────── one accepted ──────┘  └──────── or opened by hand ───────┘

- The cause of a refusal does not matter here: consecutive refusals without an accepted mail stop
  the lane.
- The caller commits. A lane's row is locked before any row of a mail, which prevents deadlocks.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import update
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.database import insert_into
from petition.core.extensions import db
from petition.core.logs import get_logger
from petition.models import LaneName, MailLane

log = get_logger(__name__)

# Consecutive refusals of mails to different recipients that stop a lane: for one cause, and in all.
MANY_OF_ONE_CAUSE = 5
MANY = 15
# The interval of probes of a stopped lane, which doubles with each refusal up to LONGEST_PAUSE.
PROBE_EACH = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=10)
LONGEST_CAUSE = 60
_EVENT_IDS = {LaneName.SIGNERS: 1, LaneName.LETTERS: 2, LaneName.RELAY: 3}


class Turn(StrEnum):
    """Whether a mail of a lane may be sent."""

    OPEN = "open"
    PROBE = "probe"  # as the only one in the interval: the lane is stopped
    CLOSED = "closed"


def find_lane(session: Session, name: LaneName) -> MailLane | None:
    """Return the lane's current row; None where none of its mails was ever refused."""
    return session.get(MailLane, name, populate_existing=True)


def hold_lane(session: Session, name: LaneName) -> MailLane:
    """Return the lane's row, locked until the commit; inserts it if it is missing."""
    session.execute(insert_into(session, MailLane).values(name=name).on_conflict_do_nothing())
    return session.get_one(MailLane, name, populate_existing=True, with_for_update=True)


def is_closed(name: LaneName, now: datetime) -> bool:
    """Return whether no mail of a lane may be claimed now; reads without a lock."""
    lane = find_lane(db.session(), name)
    return (
        lane is not None and lane.is_stopped and lane.probe_at is not None and lane.probe_at > now
    )


def take_turn(session: Session, lane: MailLane | None, now: datetime, limit: int) -> int:
    """Return how many mails may be claimed now: ``limit``, or one or none of a stopped lane.

    - The one is exclusive: other callers within the interval get none.
    """
    if lane is None or not lane.is_stopped:
        return limit
    taken = session.scalar(
        update(MailLane)
        .where(MailLane.name == lane.name, MailLane.opened_at.is_(None), MailLane.probe_at <= now)
        .values(probe_at=now + choose_pause(lane.probes))
        .returning(MailLane.name)
    )
    return 1 if taken is not None else 0


def take_one_turn(session: Session, name: LaneName, now: datetime) -> Turn:
    """Return whether one mail of a lane may be claimed now; must come first in its transaction."""
    lane = find_lane(session, name)
    if lane is None or not lane.is_stopped:
        return Turn.OPEN
    return Turn.PROBE if take_turn(session, lane, now, 1) else Turn.CLOSED


def give_turn_back(session: Session, name: LaneName, now: datetime) -> None:
    """Allow another probe at once, since the mail that was claimed is not to be sent."""
    session.execute(
        update(MailLane)
        .where(MailLane.name == name, MailLane.probe_at.is_not(None))
        .values(probe_at=now)
    )


def note_taken(session: Session, name: LaneName, now: datetime) -> datetime | None:
    """Record that the server accepted a mail, which ends the refusals and opens a stopped lane.

    - Returns since when mails were refused, if the lane had not stopped; None where none were.
    """
    lane = find_lane(session, name)
    if lane is None or lane.refused_since is None:
        return None
    lane = hold_lane(session, name)
    since = None if lane.is_stopped else lane.refused_since
    if lane.is_stopped:
        open_lane(session, lane, now, "system")
    lane.refused_since, lane.taken_at = None, now
    return since


def note_refused(lane: MailLane, cause: str, now: datetime) -> None:
    """Record that a mail was refused, and back off further if the lane is stopped."""
    lane.cause = cause[:LONGEST_CAUSE]
    lane.refused_since = lane.refused_since or now
    if lane.is_stopped:
        lane.probes += 1
        lane.probe_at = now + choose_pause(lane.probes)


def stop_lane(session: Session, lane: MailLane, now: datetime) -> None:
    """Stop a lane: its mails wait from now on."""
    lane.stopped_at, lane.opened_at = now, None
    lane.probe_at, lane.probes = now + PROBE_EACH, 0
    log.error("mail_lane.stopped", lane=lane.name, cause=lane.cause)
    _record(session, lane, "stopped", "system")


def open_lane(session: Session, lane: MailLane, now: datetime, actor: str, why: str = "") -> None:
    """Open a lane, and mark it so that mails refused meanwhile are made due again.

    - ``why``: what a person gave as the reason, for the event.
    """
    was_stopped = lane.is_stopped
    if was_stopped:
        lane.opened_at = now
    lane.refused_since, lane.probe_at, lane.probes = None, None, 0
    lane.revives = True
    if was_stopped:
        log.warning("mail_lane.opened", lane=lane.name, actor=actor)
        _record(session, lane, "opened", actor, why)


def choose_pause(probes: int) -> timedelta:
    """Return the interval before the next probe after so many refused probes."""
    return min(PROBE_EACH * int(2 ** min(probes, 10)), LONGEST_PAUSE)


def _record(session: Session, lane: MailLane, what: str, actor: str, why: str = "") -> None:
    name = LaneName(lane.name)
    given = {"why": why} if why else {}
    record(
        session,
        f"mail_lane.{what}",
        "mail_lane",
        _EVENT_IDS[name],
        actor=actor,
        detail={"lane": name.value, "cause": lane.cause, **given},
    )
