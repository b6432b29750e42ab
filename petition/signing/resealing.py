"""Seal anew, each for its own row, the persons that were sealed before rows were told apart."""

import os
from dataclasses import dataclass, replace

from sqlalchemy import LargeBinary, func, select, type_coerce, update
from sqlalchemy.orm import Session

from petition.core.columns import ROW_SECRET_BYTES
from petition.core.extensions import db, transaction
from petition.core.sealing import LOOSE
from petition.models import Person, Signature

BATCH = 500
_RAW = type_coerce(Signature.person, LargeBinary)
_IS_LOOSE = func.substr(_RAW, 1, 1) == LOOSE


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many were sealed anew, and how many do not open and stay as they are."""

    done: int = 0
    broken: int = 0


def count_loose() -> int:
    """Return how many are sealed for no row yet."""
    return db.session.scalar(select(func.count()).where(_IS_LOOSE)) or 0


def reseal(batch: int = BATCH) -> Resealed:
    """Seal anew whatever is sealed for no row; safe to run at any time, and twice.

    - In batches of one transaction each, in the order of their numbers.
    """
    done = broken = last = 0
    while True:
        with transaction() as session:
            rows = session.execute(
                select(Signature.id, Signature.person, Signature.bound_to, Signature.link_secret)
                .where(Signature.id > last, _IS_LOOSE)
                .order_by(Signature.id)
                .limit(batch)
                .with_for_update()
            ).all()
            if not rows:
                return Resealed(done, broken)
            last = rows[-1].id
            for row in rows:
                if row.person is None or not row.person.is_readable:
                    broken += 1
                    continue
                secret = row.bound_to or row.link_secret
                _write(session, row.id, replace(row.person, bound_to=secret or _make_secret()))
                done += 1


def _write(session: Session, signature_id: int, person: Person) -> None:
    secret = func.coalesce(Signature.bound_to, Signature.link_secret, person.bound_to)
    session.execute(
        update(Signature).where(Signature.id == signature_id).values(person=person, bound_to=secret)
    )


def _make_secret() -> bytes:
    return os.urandom(ROW_SECRET_BYTES)
