"""Signatures whose sealed person cannot be opened: damaged, or copied from another row.

Each stage opens what it has claimed row by row. One that cannot be opened is set aside for a
person, and the others are processed:

- Not confirmed yet: it gets no mail, and expires; its signer may sign again.
- Waiting to be located, or counted in a letter that is not sealed: it goes to review, by the stage
  "locate"; counting then removes it, and the letter is rendered from the others.
- Named in a sealed letter that must be rendered again: the delivery is held.

If no signature can be opened at all, the data key is wrong, and none is set aside.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import LargeBinary, func, select, type_coerce, update
from sqlalchemy.orm import Session

from petition.audit.trail import record_all
from petition.core.errors import KeyMissing, SealBroken
from petition.core.sealing import get_sealer, read_key_id
from petition.models import DataKey, Signature, SignatureState
from petition.models.signatures.signature import UNREADABLE
from petition.transitions.signature_changes import change_signatures

# How many others are tried before the key is assumed to be wrong.
SAMPLE = 20
# Signatures whose confirmation cannot be mailed expire as unconfirmed ones do.
EXPIRES_AFTER = timedelta(days=14)
UNREADABLE_EVENT = "signature.unreadable"
_RAW = type_coerce(Signature.person, LargeBinary)
_IS_NEW = func.coalesce(Signature.review_reason, "") != UNREADABLE


def check_key(session: Session, signature_ids: Collection[int]) -> None:
    """Raise SealBroken if these cannot be opened because the data key is wrong.

    - KeyMissing where one says that it was sealed with a key that sealed here, and is not here now.
    - They are damaged where the keys that sealed them are here by their ids, and also where any of
      the latest others opens.
    """
    sealer = get_sealer()
    sealed = session.scalars(
        select(_RAW).where(Signature.id.in_(signature_ids), Signature.person.is_not(None))
    ).all()
    named = {read_key_id(value) for value in sealed}
    missing = {key_id for key_id in named if key_id is not None} - set(sealer.key_ids)
    known = session.scalars(
        select(DataKey.key_id).where(DataKey.key_id.in_(missing), DataKey.lost_at.is_(None))
    ).all()
    if known:
        raise KeyMissing(*known)
    if not missing:
        return
    others = session.scalars(
        select(Signature.person)
        .where(Signature.person.is_not(None), Signature.id.not_in(signature_ids))
        .order_by(Signature.id.desc())
        .limit(SAMPLE)
    )
    if not any(person is not None and person.is_readable for person in others):
        raise SealBroken


def set_aside(session: Session, signature_ids: Collection[int], now: datetime) -> None:
    """Set aside signatures that cannot be opened; see the module.

    - Runs in the caller's transaction. Signatures that have ended, are in review or are about to be
      located are not changed. Raises SealBroken as ``check_key`` does.
    """
    if not signature_ids:
        return
    check_key(session, signature_ids)
    these = Signature.id.in_(signature_ids)
    change_signatures(
        session,
        SignatureState.CONFIRMED,
        (SignatureState.COUNTED,),
        these,
        now=now,
        action=UNREADABLE_EVENT,
    )
    unconfirmed = session.scalars(
        update(Signature)
        .where(these, Signature.state == SignatureState.PENDING, _IS_NEW)
        .values(
            due_at=now + EXPIRES_AFTER,
            attempt=Signature.attempt + 1,  # fences workers of earlier attempts
            review_reason=UNREADABLE,
        )
        .returning(Signature.id)
    ).all()
    note_unreadable(session, unconfirmed)


def note_unreadable(session: Session, signature_ids: Iterable[int]) -> None:
    """Record an event for each signature that cannot be opened."""
    record_all(session, UNREADABLE_EVENT, "signature", {id: {} for id in signature_ids})
