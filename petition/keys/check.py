"""Whether the keys of the settings are those of the database, and which of them seals.

- With another hash key no stored digest of a mailbox matches: whoever signed could sign again. A
  keyed hash of a constant is kept, and compared before a process writes anything.
- A data key that stored values may need must be there. Its id is noted before it seals, and noted
  as spent by the rotation that leaves no value to it.
"""

from collections.abc import Sequence
from hmac import compare_digest

from flask import current_app
from sqlalchemy import LargeBinary, delete, func, select, type_coerce, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.database import insert_into
from petition.errors import ConfigurationError, DatabaseUnavailable, KeyMissing, SealBroken
from petition.extensions import db, get_settings, transaction
from petition.key_values import HASH_KEY
from petition.logs import get_logger
from petition.models import DataKey, HashCheck, Person, Signature
from petition.processes.rows import RunningProcess, list_processes
from petition.sealing import Sealer, derive_hash_key, get_sealer, read_key_id
from petition.signing.canonical import canonical_email

log = get_logger(__name__)

PURPOSE = "hash key check"
# Signatures whose digest is made anew where no check was stored yet.
SAMPLE = 20
# Signatures whose keys are looked at where one that was spent is gone.
LATEST = 1_000
NAMED = 3  # processes
_UNCHECKED = "hundredth-keys-unchecked"


def check_keys() -> None:
    """Refuse keys that are not the database's, and note the first one as one that seals.

    - Raises ConfigurationError naming the setting, DatabaseUnavailable, or DBAPIError where there
      are no tables.
    """
    with transaction() as session:
        refuse_other_keys(session)
        _note_hash_key(session)
        _note_data_keys(session)


def check_at_start() -> None:
    """Check as ``check_keys`` does; where the database is away, ``check_if_due`` does it later."""
    current_app.extensions[_UNCHECKED] = True
    try:
        check_if_due()
    except (DatabaseUnavailable, DBAPIError) as error:
        log.warning("keys.unchecked", error=type(error).__name__)
    finally:
        db.session.remove()


def check_if_due() -> None:
    """Make up for a check that the start could not make; raises as ``check_keys`` does."""
    if current_app.extensions.get(_UNCHECKED):
        check_keys()
        current_app.extensions[_UNCHECKED] = False


def refuse_other_keys(session: Session) -> None:
    """Raise ConfigurationError where a key is missing or another one; writes nothing."""
    if fits(session, get_sealer()) is False:
        raise _describe_other_hash_key(session)
    missing = find_missing_keys(session) or find_missing_lately(session)
    if missing:
        raise KeyMissing(*missing)


def fits(session: Session, sealer: Sealer) -> bool | None:
    """Return whether a sealer's hashes are those that are stored; None where none is.

    - False also where there is no check yet and nobody opens whose digest could be made anew.
    """
    stored = session.scalar(select(HashCheck.digest))
    if stored is not None:
        return compare_digest(stored, _make_check(sealer))
    people = _read_sample(session)
    same = [
        sealer.digest(canonical_email(person.email), "email") == digest
        for person, digest in people
        if person.is_readable
    ]
    return any(same) if people else None


def find_hash_key(session: Session) -> bytes | None:
    """Return the hash key that the stored hashes were made with, as one of the data keys gives it.

    - The first one's where nothing is stored; None where none of them does.
    """
    keys = get_settings().data_keys
    for key in keys:
        hash_key = derive_hash_key(key)
        if fits(session, Sealer(*keys, hash_key=hash_key)) is not False:
            return hash_key
    return None


def find_missing_keys(session: Session) -> list[bytes]:
    """Return the ids of the keys that stored values may need and that the settings lack."""
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


def list_other_processes(session: Session) -> list[RunningProcess]:
    """Return the workers and schedulers that run and seal with another key than the first here."""
    first = get_sealer().key_ids[0]
    return [
        process
        for process in list_processes(session)
        if not process.late and process.seals_with not in (None, first)
    ]


def describe_sealing(others: Sequence[RunningProcess]) -> str:
    """Return in words which of the processes that run seal with another key."""
    named = ", ".join(
        f"{process.name} with {(process.seals_with or b'').hex()}" for process in others[:NAMED]
    )
    first = get_sealer().key_ids[0].hex()
    return f"not all seal with {first}, the first key here: {named}"


def describe_others(session: Session) -> str:
    """Return what is to be said of each data key behind the first; '' where there is none."""
    rows = session.execute(select(DataKey.key_id, DataKey.spent_at))
    spent = {bytes(row.key_id): row.spent_at is not None for row in rows}
    words = {True: "may go", False: "is needed until `petition keys rotate` has run"}
    others = get_sealer().key_ids[1:]
    return "".join(
        f"; {key_id.hex()} {words[spent[key_id]] if key_id in spent else 'has sealed nothing yet'}"
        for key_id in others
    )


def find_missing_lately(session: Session) -> list[bytes]:
    """Return the ids of missing keys that the latest signatures name, though none should need them.

    - As where a process went on sealing with a key after the rotation.
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


def give_up_data_key(session: Session, key_id: bytes) -> bool:
    """Note that nobody has a data key any more; return False where it never sealed anything."""
    noted = session.get(DataKey, key_id)
    if noted is None:
        return False
    noted.lost_at = utcnow()
    return True


def give_up_hash_key(session: Session) -> None:
    """Take the hash key of the settings for the right one from now on."""
    session.execute(delete(HashCheck))
    _note_hash_key(session)


def _describe_other_hash_key(session: Session) -> ConfigurationError:
    again = "so whoever signed could sign again"
    is_noted = session.scalar(select(HashCheck.id)) is not None
    if not is_noted and not any(person.is_readable for person, _ in _read_sample(session)):
        return SealBroken()
    if get_settings().hash_key is not None:
        return ConfigurationError(
            HASH_KEY,
            f"is not the key that the stored hashes were made with, {again}: set the one that "
            "`petition keys rotate` printed before the first rotation",
        )
    if find_hash_key(session) is not None:
        return ConfigurationError(
            HASH_KEY,
            "is not set, and the first of PETITION_DATA_KEYS is not the key that the stored hashes "
            f"were made with, {again}: `petition keys rotate` prints the line to set",
        )
    return ConfigurationError(
        HASH_KEY,
        "is not set, and no data key is the one that the stored hashes were made with, "
        f"{again}: put it back, or the data key that this database was begun with",
    )


def _read_sample(session: Session) -> list[tuple[Person, bytes]]:
    """Return the latest who signed, and the digest that is stored of each."""
    rows = session.execute(
        select(Signature.person, Signature.email_digest)
        .where(Signature.person.is_not(None), Signature.email_digest.is_not(None))
        .order_by(Signature.id.desc())
        .limit(SAMPLE)
    )
    return [(row.person, bytes(row.email_digest)) for row in rows]


def _note_hash_key(session: Session) -> None:
    values = {"id": 1, "digest": _make_check(get_sealer()), "made_at": utcnow()}
    session.execute(insert_into(session, HashCheck).values(values).on_conflict_do_nothing())


def _note_data_keys(session: Session) -> None:
    """Note the first key; of a database that knows none yet all, since each may have sealed."""
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
        .execution_options(synchronize_session=False)
    )


def _make_check(sealer: Sealer) -> bytes:
    return sealer.digest("", PURPOSE)
