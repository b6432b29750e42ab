"""The data keys that have sealed values: which of them are still needed, and which are missing.

A process records the id of its first key before it seals; a rotation that leaves no value sealed
with a key records that the key is spent.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import LargeBinary, func, select, type_coerce, update
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.errors import KeyMissing
from petition.core.sealing import get_sealer, read_key_id
from petition.models import DataKey, Signature
from petition.processes.process_rows import RunningProcess, list_processes

# The latest signatures, whose keys are read if a spent key is missing from the settings.
LATEST = 1_000
NAMED = 3  # processes that are listed


def refuse_missing_keys(session: Session) -> None:
    """Raise KeyMissing if stored values may need a key that is not set; writes nothing."""
    missing = find_missing_keys(session) or find_missing_lately(session)
    if missing:
        raise KeyMissing(*missing)


def find_missing_keys(session: Session) -> list[bytes]:
    """Return the ids of the keys that stored values may need and that are not in the settings."""
    rows = session.scalars(
        select(DataKey.key_id)
        .where(
            DataKey.spent_at.is_(None),
            DataKey.lost_at.is_(None),
            DataKey.key_id.not_in(get_sealer().key_ids),
        )
        .order_by(DataKey.used_since)
    )
    return [bytes(key_id) for key_id in rows]


def find_missing_lately(session: Session) -> list[bytes]:
    """Return the ids of missing keys that the latest signatures need, although they are spent.

    - This happens if a process continued to seal with a key after the rotation.
    """
    known = [
        bytes(key_id)
        for key_id in session.scalars(select(DataKey.key_id).where(DataKey.lost_at.is_(None)))
    ]
    missing = set(known) - set(get_sealer().key_ids)
    if not missing:
        return []
    latest = session.scalars(
        select(type_coerce(Signature.person, LargeBinary))
        .where(Signature.person.is_not(None))
        .order_by(Signature.id.desc())
        .limit(LATEST)
    )
    named = {read_key_id(bytes(value)) for value in latest}
    return [key_id for key_id in known if key_id in missing & named]


def note_data_keys(session: Session) -> None:
    """Record the first key, or all if none is recorded yet, since each may have sealed."""
    key_ids = get_sealer().key_ids
    is_new = session.scalar(select(func.count()).select_from(DataKey)) == 0
    for key_id in key_ids if is_new else key_ids[:1]:
        row = insert_into(session, DataKey).values(key_id=key_id, used_since=utcnow())
        session.execute(
            row.on_conflict_do_update(index_elements=["key_id"], set_={"spent_at": None})
        )
    session.execute(
        update(DataKey)
        .where(DataKey.key_id.in_(key_ids), DataKey.lost_at.is_not(None))
        .values(lost_at=None)
    )


def note_spent(session: Session, now: datetime) -> list[bytes]:
    """Record that stored values need only the first key; return the ids of the others.

    - Except those with which a running process still seals.
    """
    sealing = {process.seals_with for process in list_other_processes(session)}
    others = [key_id for key_id in get_sealer().key_ids[1:] if key_id not in sealing]
    for key_id in others:
        row = session.get(DataKey, key_id)
        if row is None:
            session.add(DataKey(key_id=key_id, used_since=now, spent_at=now))
        elif row.spent_at is None:
            row.spent_at = now
    return others


def give_up_data_key(session: Session, key_id: bytes) -> bool:
    """Record that a data key is lost; return False if it never sealed anything."""
    noted = session.get(DataKey, key_id)
    if noted is None:
        return False
    noted.lost_at = utcnow()
    return True


def list_other_processes(session: Session) -> list[RunningProcess]:
    """Return the running workers and schedulers that seal with another key than the first here."""
    first = get_sealer().key_ids[0]
    return [
        process
        for process in list_processes(session)
        if not process.late and process.seals_with not in (None, first)
    ]


def describe_sealing(others: Sequence[RunningProcess]) -> str:
    """Return the text about the running processes that seal with another key."""
    named = ", ".join(
        f"{process.name} with {(process.seals_with or b'').hex()}" for process in others[:NAMED]
    )
    first = get_sealer().key_ids[0].hex()
    return f"not all processes seal with {first}, the first key here: {named}"


def describe_others(session: Session) -> str:
    """Return the text about each data key after the first; '' if there is none."""
    rows = session.execute(select(DataKey.key_id, DataKey.spent_at))
    spent = {bytes(row.key_id): row.spent_at is not None for row in rows}
    words = {True: "can be removed", False: "is needed until `petition keys rotate` has run"}
    others = get_sealer().key_ids[1:]
    return "".join(
        f"; {key_id.hex()} {words[spent[key_id]] if key_id in spent else 'has sealed nothing yet'}"
        for key_id in others
    )
