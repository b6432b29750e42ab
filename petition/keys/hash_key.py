"""The hash key: checks that it is the one with which the stored hashes were made.

With another one no stored digest of a mailbox would match, and everyone could sign again. A keyed
hash of a constant is stored, and compared before a process writes anything.
"""

from hmac import compare_digest

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.errors import ConfigurationError, SealBroken
from petition.core.extensions import get_settings
from petition.core.key_values import HASH_KEY
from petition.core.sealing import Sealer, derive_hash_key, get_sealer
from petition.models import HashCheck, Person, Signature
from petition.signing.canonical_email import canonical_email

PURPOSE = "hash key check"
# The latest signatures, whose digests are computed again if no check is stored yet.
SAMPLE = 20


def refuse_other_hash_key(session: Session) -> None:
    """Raise ConfigurationError if the hash key is not the database's; writes nothing."""
    if fits(session, get_sealer()) is False:
        raise _describe_other_hash_key(session)


def fits(session: Session, sealer: Sealer) -> bool | None:
    """Return whether a sealer's hashes match the stored ones; None if none is stored.

    - False also if no check is stored yet, and no signature opens to compute its digest again.
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
    """Return the hash key of the stored hashes, if it is derived from one of the data keys.

    - That of the first data key if nothing is stored; None if no data key matches.
    """
    keys = get_settings().data_keys
    for key in keys:
        hash_key = derive_hash_key(key)
        if fits(session, Sealer(*keys, hash_key=hash_key)) is not False:
            return hash_key
    return None


def note_hash_key(session: Session) -> None:
    """Store the check that later starts compare, unless there is one."""
    values = {"id": 1, "digest": _make_check(get_sealer()), "made_at": utcnow()}
    session.execute(insert_into(session, HashCheck).values(values).on_conflict_do_nothing())


def give_up_hash_key(session: Session) -> None:
    """Replace the stored check: from now on the hash key of the settings is accepted."""
    session.execute(delete(HashCheck))
    note_hash_key(session)


def _describe_other_hash_key(session: Session) -> ConfigurationError:
    again = "so people who have signed could sign again"
    is_noted = session.scalar(select(HashCheck.id)) is not None
    if not is_noted and not any(person.is_readable for person, _ in _read_sample(session)):
        return SealBroken()
    if get_settings().hash_key is not None:
        return ConfigurationError(
            HASH_KEY,
            f"is not the key that made the stored hashes, {again}: set the one that `petition "
            "keys rotate` printed before the first rotation",
        )
    if find_hash_key(session) is not None:
        return ConfigurationError(
            HASH_KEY,
            "is not set, and the first of PETITION_DATA_KEYS is not the key that made the stored "
            f"hashes, {again}: set the line that `petition keys rotate` prints",
        )
    return ConfigurationError(
        HASH_KEY,
        f"is not set, and no data key made the stored hashes, {again}: put it back, or the data "
        "key with which this database was created",
    )


def _read_sample(session: Session) -> list[tuple[Person, bytes]]:
    """Return the persons of the latest SAMPLE signatures, each with its stored digest."""
    rows = session.execute(
        select(Signature.person, Signature.email_digest)
        .where(Signature.person.is_not(None), Signature.email_digest.is_not(None))
        .order_by(Signature.id.desc())
        .limit(SAMPLE)
    )
    return [(row.person, bytes(row.email_digest)) for row in rows]


def _make_check(sealer: Sealer) -> bytes:
    return sealer.digest("", PURPOSE)
