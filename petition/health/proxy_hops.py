"""What proxies in front send of the visitors, where it is not what PETITION_PROXY_HOPS says.

- The web processes see it, and leave it in one row of ``heartbeats`` for everybody else. It holds
  numbers, and nobody's address.
- While some process sees it the others do not take it back: only STEADY after the last did.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import Heartbeat
from petition.processes.heartbeats import write_heartbeat

# Its row of heartbeats.
MARK = "proxy"
STEADY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """How most requests arrive.

    - ``hops``: PETITION_PROXY_HOPS of the process that saw them.
    - ``arrived``: how many addresses X-Forwarded-For had.
    - ``forwarded``: there was the header Forwarded, which nothing reads, and no other.
    """

    hops: int
    arrived: int
    forwarded: bool


def note_mismatch(mismatch: Mismatch) -> None:
    """Write down that most requests arrive so now."""
    with transaction() as session:
        write_heartbeat(session, MARK, utcnow(), asdict(mismatch))


def forget_mismatch(session: Session, hops: int) -> None:
    """Take the note away, as requests arrive as ``hops`` says; not while others see otherwise."""
    found = _find_note(session)
    session.rollback()
    if found is None:
        return
    mismatch, at = found
    if mismatch.hops == hops and at > utcnow() - STEADY:
        return
    with transaction() as writing:
        writing.execute(delete(Heartbeat).where(Heartbeat.name == MARK, Heartbeat.at == at))


def read_mismatch(session: Session, hops: int) -> Mismatch | None:
    """Return what was noted last of ``hops``; None where requests arrive as they should.

    - What was noted of another setting is of the time before it was changed.
    """
    found = _find_note(session)
    return found[0] if found is not None and found[0].hops == hops else None


def _find_note(session: Session) -> tuple[Mismatch, datetime] | None:
    beat = session.get(Heartbeat, MARK, populate_existing=True)
    return (Mismatch(**beat.detail), beat.at) if beat is not None else None
