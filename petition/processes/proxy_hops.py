"""The number of addresses in X-Forwarded-For where it differs from PETITION_PROXY_HOPS.

- The web processes observe it and store it in one row of ``heartbeats`` for all other processes.
  The row contains counts, and no address.
- A process that sees no mismatch deletes the row only STEADY after another last wrote it.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import Heartbeat
from petition.processes.heartbeats import write_heartbeat

# The name of its heartbeats row.
MARK = "proxy"
STEADY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """How most requests arrive.

    - ``hops``: PETITION_PROXY_HOPS of the process that received them.
    - ``arrived``: the number of addresses in X-Forwarded-For.
    - ``forwarded``: whether they had only the header Forwarded, which is not read.
    """

    hops: int
    arrived: int
    forwarded: bool


def note_mismatch(mismatch: Mismatch) -> None:
    """Store that most requests arrive this way now."""
    with transaction() as session:
        write_heartbeat(session, MARK, utcnow(), asdict(mismatch))


def forget_mismatch(session: Session, hops: int) -> None:
    """Delete the row, as requests arrive as ``hops`` says; not within STEADY of its last write."""
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
    """Return the last mismatch stored for ``hops``; None where requests arrive as they should.

    - One stored for another value predates a change of the setting and is ignored.
    """
    found = _find_note(session)
    return found[0] if found is not None and found[0].hops == hops else None


def _find_note(session: Session) -> tuple[Mismatch, datetime] | None:
    beat = session.get(Heartbeat, MARK, populate_existing=True)
    return (Mismatch(**beat.detail), beat.at) if beat is not None else None
