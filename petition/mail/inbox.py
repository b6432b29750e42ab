"""Which incoming mails were processed already, and when the bounce mailbox was last read."""

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
# The name of the heartbeats row with the time at which the bounce mailbox was last read.
MARK = "bounces"


def is_known(key: bytes) -> bool:
    """Return whether a mail was processed already; ``key`` is that of its MailReport."""
    return db.session.get(IncomingMail, _make_digest(key)) is not None


def remember(session: Session, key: bytes) -> bool:
    """Store that a mail is processed; return False where it was already. The caller commits."""
    row = insert_into(session, IncomingMail).values(key=_make_digest(key), read_at=utcnow())
    found = session.scalar(row.on_conflict_do_nothing().returning(IncomingMail.key))
    return found is not None


def remember_one(key: bytes) -> None:
    """Store that a mail which changed nothing is processed."""
    with transaction() as session:
        remember(session, key)


def note_reading() -> None:
    """Store that the mailbox was read now."""
    with transaction() as session:
        write_heartbeat(session, MARK, utcnow(), {})


def read_last_reading() -> datetime | None:
    """Return when the mailbox was last read; None where it never was."""
    return db.session.scalar(select(Heartbeat.at).where(Heartbeat.name == MARK))


def _make_digest(key: bytes) -> bytes:
    return get_sealer().digest(key.hex(), PURPOSE)
