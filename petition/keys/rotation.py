"""Seals every stored value again with the first data key, while the service runs.

- A batch is read without a lock, sealed in this process, and written in a short transaction, each
  row only if it still has the bytes that were read. Concurrent changes are not overwritten.
- On PostgreSQL it waits for no lock: a locked row is skipped and read again later, so that signers'
  transactions and batches do not block one another.
- No progress is stored: the prefix of a value shows if it needs another key than the first. So the
  rotation may be killed at any time and started again, and two may run at once.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import CursorResult, LargeBinary, Row, bindparam, func, select, tuple_, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Update

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.database import is_sqlite, is_unavailable
from petition.core.errors import DatabaseUnavailable, KeyMissing, SealBroken
from petition.core.extensions import db, transaction
from petition.core.sealing import get_sealer
from petition.keys.data_keys import note_spent
from petition.keys.sealed_columns import SealedColumn, list_sealed_columns

BATCH = 500
# Passes over the remaining values: the first seals all but locked rows and concurrent changes.
PASSES = 20
PAUSE_SECONDS = 0.5  # before another pass, and before a batch that failed is tried again
PATIENCE = 10  # consecutive failures by DatabaseUnavailable that are tried again
NAMED = 20  # values that do not open and are listed
Tell = Callable[[int, int], None]


@dataclass(slots=True)
class Rotated:
    """The result of a rotation.

    - ``resealed``: values that were sealed with the first key. ``skipped``: values that still need
      another key, because their row was locked or changed concurrently.
    - ``broken``: values that no key opens; ``named`` lists the first of them.
    - ``missing``: values sealed with keys that are not in the settings, by the key's id.
    """

    resealed: int = 0
    skipped: int = 0
    broken: int = 0
    missing: Counter[bytes] = field(default_factory=Counter)
    named: list[str] = field(default_factory=list)


def rotate(
    columns: Sequence[SealedColumn] | None = None,
    tell: Tell = lambda done, total: None,
    batch: int = BATCH,
) -> Rotated:
    """Seal again all values that need another key than the first.

    - ``tell`` is called with the number of processed values, and of all.
    - Raises DatabaseUnavailable after more than PATIENCE consecutive failures.
    """
    columns = list_sealed_columns() if columns is None else columns
    total = count_needing(columns)
    found = Rotated()
    for number in range(PASSES):
        if number:
            time.sleep(PAUSE_SECONDS)
        before = found.resealed
        found = Rotated(before)
        for sealed in columns:
            _pass_over(sealed, found, batch, lambda done: tell(done, total))
        # A pass that sealed and skipped nothing has read each remaining value: none can be sealed.
        if found.resealed == before and not found.skipped:
            break
    return found


def count_needing(columns: Sequence[SealedColumn]) -> int:
    """Return how many values are sealed with another key than the first, or are damaged."""
    counts = [
        db.session.scalar(select(func.count()).select_from(sealed.table).where(sealed.needs()))
        for sealed in columns
    ]
    db.session.rollback()
    return sum(number or 0 for number in counts)


def note_end(found: Rotated) -> list[bytes]:
    """Record the result of a rotation; return the ids of the keys that no stored value needs.

    - Records nothing and returns none if a value that opens was skipped; see ``Rotated.skipped``.
    """
    if found.skipped:
        return []
    with transaction() as session:
        record(
            session,
            "keys.rotated",
            "data_key",
            int.from_bytes(get_sealer().key_ids[0]),
            actor="cli",
            detail={"resealed": found.resealed, "broken": found.broken},
        )
        return note_spent(session, utcnow())


def _pass_over(
    sealed: SealedColumn, found: Rotated, batch: int, tell: Callable[[int], None]
) -> None:
    last: tuple[Any, ...] | None = None
    put_off = 0
    while True:
        try:
            last = _do_batch(sealed, last, batch, found)
        except DatabaseUnavailable:
            put_off += 1
            if put_off > PATIENCE:
                raise
            time.sleep(PAUSE_SECONDS)
            continue
        put_off = 0
        if last is None:
            return
        tell(found.resealed + found.broken)


def _do_batch(
    sealed: SealedColumn, last: tuple[Any, ...] | None, batch: int, found: Rotated
) -> tuple[Any, ...] | None:
    """Seal a batch of the rows after the primary key ``last``; return its last key, None if empty.

    - ``found`` is updated after all is written, so that a batch that is tried again counts once.
    """
    rows = _read(sealed, last, batch)
    if not rows:
        return None
    done = Rotated()
    writes = [write for row in rows if (write := _reseal(sealed, row, done)) is not None]
    written = _write(sealed, writes)
    found.resealed += written
    found.skipped += len(writes) - written
    found.broken += done.broken
    found.missing.update(done.missing)
    found.named = [*found.named, *done.named][:NAMED]
    return tuple(rows[-1][: len(sealed.keys)])


def _read(sealed: SealedColumn, last: tuple[Any, ...] | None, batch: int) -> Sequence[Row[Any]]:
    keys = sealed.keys
    query = select(*keys, sealed.raw.label("old"), sealed.secret.label("secret"))
    query = query.where(sealed.needs()).order_by(*keys).limit(batch)
    if last is not None:
        query = query.where(keys[0] > last[0] if len(keys) == 1 else tuple_(*keys) > last)
    try:
        return cast(Sequence[Row[Any]], db.session.execute(query).all())
    except DBAPIError as error:
        if is_unavailable(error):
            raise DatabaseUnavailable(type(error.orig).__name__) from error
        raise
    finally:
        db.session.rollback()


def _reseal(sealed: SealedColumn, row: Row[Any], found: Rotated) -> dict[str, Any] | None:
    """Return the values to write for a row; None if its value does not open."""
    old, secret = bytes(row.old), bytes(row.secret or b"")
    sealer = get_sealer()
    try:
        if not secret:
            raise SealBroken
        plain = sealer.open(old, sealed.kind.purpose, secret)
    except KeyMissing as error:
        found.missing.update(error.key_ids)
        return None
    except SealBroken:
        found.broken += 1
        if len(found.named) < NAMED:
            number = "/".join(str(key) for key in row[: len(sealed.keys)])
            found.named.append(f"{sealed} {number}")
        return None
    new = sealer.seal(plain, sealed.kind.purpose, secret)
    values: dict[str, Any] = {"old": old, "its_secret": secret, "new": new}
    return values | {f"key_{at}": key for at, key in enumerate(row[: len(sealed.keys)])}


def _write(sealed: SealedColumn, writes: Sequence[dict[str, Any]]) -> int:
    """Write the rows that are not locked or changed since they were read; return how many."""
    if not writes:
        return 0
    with transaction() as session:
        free = _hold(session, sealed, writes)
        if not free:
            return 0
        done = cast("CursorResult[Any]", session.execute(_build_write(sealed), free))
        return done.rowcount


def _build_write(sealed: SealedColumn) -> Update:
    return (
        update(sealed.table)
        .where(
            *(column == bindparam(f"key_{at}") for at, column in enumerate(sealed.keys)),
            sealed.raw == bindparam("old", type_=LargeBinary()),
            sealed.secret == bindparam("its_secret", type_=LargeBinary()),
        )
        .values({sealed.column: bindparam("new", type_=LargeBinary())})
    )


def _hold(
    session: Session, sealed: SealedColumn, writes: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Lock the rows that are not locked; return their writes. SQLite: all, as it has one writer."""
    if is_sqlite(session):
        return list(writes)
    keys = sealed.keys
    names = [f"key_{at}" for at in range(len(keys))]
    wanted = [tuple(write[name] for name in names) for write in writes]
    rows = session.execute(
        select(*keys)
        .where(tuple_(*keys).in_(wanted) if len(keys) > 1 else keys[0].in_(k for (k,) in wanted))
        .with_for_update(skip_locked=True)
    )
    free = {tuple(row) for row in rows}
    return [write for write, key in zip(writes, wanted, strict=True) if key in free]
