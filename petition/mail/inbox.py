"""Which mails that came in were read before, and when the mailbox was last looked into."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.extensions import db, transaction
from petition.core.sealing import get_sealer
from petition.models import Heartbeat, IncomingMail
from petition.processes.heartbeats import write_heartbeat

PURPOSE = "mail.incoming"
# The row of heartbeats that tells when mail that came back was last read.
MARK = "bounces"


def is_known(key: bytes) -> bool:
    """Return whether a mail was read before; ``key`` is of its Report."""
    return db.session.get(IncomingMail, _hide(key)) is not None


def remember(session: Session, key: bytes) -> bool:
    """Remember that a mail is read; return False where it was already. Whoever calls commits."""
    row = insert_into(session, IncomingMail).values(key=_hide(key), read_at=utcnow())
    found = session.scalar(row.on_conflict_do_nothing().returning(IncomingMail.key))
    return found is not None


def remember_one(key: bytes) -> None:
    """Remember a mail that changed nothing."""
    with transaction() as session:
        remember(session, key)


def note_reading() -> None:
    """Write down that the mailbox was looked into now."""
    with transaction() as session:
        write_heartbeat(session, MARK, utcnow(), {})


def read_last_reading() -> datetime | None:
    """Return when the mailbox was last looked into; None where it never was."""
    return db.session.scalar(select(Heartbeat.at).where(Heartbeat.name == MARK))


def _hide(key: bytes) -> bytes:
    return get_sealer().digest(key.hex(), PURPOSE)
