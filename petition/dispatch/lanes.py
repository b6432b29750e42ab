"""Lanes: mails that a server refuses one after the other wait together until it takes one.

    open ──> refused, one after the other ──> stopped ──> one mail a minute ──> taken ──> open
      └───────────── one is taken ────────────┘  └──────── or opened by hand ─────────┘

- Nothing here says whose fault a refusal is: that none is taken says it.
- Whoever calls commits. A lane's row is locked before any row of a mail, so that two workers never
  wait for each other.
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

# So many mails to different people in a row, refused for one cause or for whichever, stop a lane.
MANY_OF_ONE_CAUSE = 5
MANY = 15
# A stopped lane tries one mail this often, and ever less often while it is refused.
PROBE_EACH = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=10)
LONGEST_CAUSE = 60
_EVENT_IDS = {LaneName.SIGNERS: 1, LaneName.LETTERS: 2}


class Turn(StrEnum):
    """Whether a piece of a lane may go."""

    OPEN = "open"
    PROBE = "probe"  # the only one for a while: its lane is stopped
    CLOSED = "closed"


def find_lane(session: Session, name: LaneName) -> MailLane | None:
    """Return the lane as it is now; None where nothing of it was ever refused."""
    return session.get(MailLane, name, populate_existing=True)


def hold_lane(session: Session, name: LaneName) -> MailLane:
    """Return the lane, which nobody else changes before the commit."""
    session.execute(insert_into(session, MailLane).values(name=name).on_conflict_do_nothing())
    return session.get_one(MailLane, name, populate_existing=True, with_for_update=True)


def is_closed(name: LaneName, now: datetime) -> bool:
    """Return whether nothing of a lane may be claimed now; read alone, it keeps nobody waiting."""
    lane = find_lane(db.session(), name)
    return (
        lane is not None and lane.is_stopped and lane.probe_at is not None and lane.probe_at > now
    )


def take_turn(session: Session, lane: MailLane | None, now: datetime, limit: int) -> int:
    """Return how many mails may be claimed now: ``limit``, or of a stopped lane one or none.

    - The one is the caller's alone: whoever comes next within the pause gets none.
    """
    if lane is None or not lane.is_stopped:
        return limit
    taken = session.scalar(
        update(MailLane)
        .where(MailLane.name == lane.name, MailLane.opened_at.is_(None), MailLane.probe_at <= now)
        .values(probe_at=now + choose_pause(lane.probes))
        .returning(MailLane.name)
        .execution_options(synchronize_session=False)
    )
    return 1 if taken is not None else 0


def take_one_turn(session: Session, name: LaneName, now: datetime) -> Turn:
    """Return whether one piece of a lane may be claimed now, first of all in its transaction."""
    lane = find_lane(session, name)
    if lane is None or not lane.is_stopped:
        return Turn.OPEN
    return Turn.PROBE if take_turn(session, lane, now, 1) else Turn.CLOSED


def give_turn_back(session: Session, name: LaneName, now: datetime) -> None:
    """Let another mail be tried at once, since the one that was claimed is not to go."""
    session.execute(
        update(MailLane)
        .where(MailLane.name == name, MailLane.probe_at.is_not(None))
        .values(probe_at=now)
        .execution_options(synchronize_session=False)
    )


def note_taken(session: Session, name: LaneName, now: datetime) -> datetime | None:
    """Write down that the server took a mail: only others were refused, or it is mended.

    - Returns since when mails were refused, of a lane that had not stopped; None where none were.
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
    """Write down that a mail was refused, and wait longer with the next where the lane stands."""
    lane.cause = cause[:LONGEST_CAUSE]
    lane.refused_since = lane.refused_since or now
    if lane.is_stopped:
        lane.probes += 1
        lane.probe_at = now + choose_pause(lane.probes)


def stop_lane(session: Session, lane: MailLane, now: datetime) -> None:
    """Let the mails of a lane wait from now on."""
    lane.stopped_at, lane.opened_at = now, None
    lane.probe_at, lane.probes = now + PROBE_EACH, 0
    log.error("mail_lane.stopped", lane=lane.name, cause=lane.cause)
    _record(session, lane, "stopped", "system")


def open_lane(session: Session, lane: MailLane, now: datetime, actor: str) -> None:
    """Let the mails of a lane go again, and those that were refused meanwhile."""
    was_stopped = lane.is_stopped
    if was_stopped:
        lane.opened_at = now
    lane.refused_since, lane.probe_at, lane.probes = None, None, 0
    lane.revives = True
    if was_stopped:
        log.warning("mail_lane.opened", lane=lane.name, actor=actor)
        _record(session, lane, "opened", actor)


def choose_pause(probes: int) -> timedelta:
    """Return how long to wait with the next try after so many that were refused."""
    return min(PROBE_EACH * int(2 ** min(probes, 10)), LONGEST_PAUSE)


def _record(session: Session, lane: MailLane, what: str, actor: str) -> None:
    name = LaneName(lane.name)
    record(
        session,
        f"mail_lane.{what}",
        "mail_lane",
        _EVENT_IDS[name],
        actor=actor,
        detail={"lane": name.value, "cause": lane.cause},
    )
