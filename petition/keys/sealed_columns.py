"""The columns of sealed values, by the models' column types, and the keys that they need."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    MetaData,
    Table,
    func,
    literal,
    null,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from petition.core.columns import Sealed
from petition.core.database import Base
from petition.core.sealing import PREFIX_BYTES, get_sealer, read_key_id


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One column of sealed values.

    - ``raw``: the stored bytes. ``secret``: the secret of the row, to which the value is bound.
    """

    column: Column[Any]
    kind: Sealed[Any]

    def __str__(self) -> str:
        """Return table and column, such as ``signatures.person``."""
        return f"{self.table.name}.{self.column.name}"

    @property
    def table(self) -> Table:
        """The table of the column."""
        return self.column.table

    @property
    def keys(self) -> list[Column[Any]]:
        """The columns of the primary key, in order."""
        return list(self.table.primary_key.columns)

    @property
    def raw(self) -> ColumnElement[bytes]:
        """The stored bytes, without the column type that opens them."""
        return type_coerce(self.column, LargeBinary)

    @property
    def secret(self) -> ColumnElement[bytes]:
        """The secret of the row; NULL if it has none, and then its value does not open."""
        secrets = self.kind.list_secrets(self.column)
        # SQLite's coalesce needs at least two arguments.
        return func.coalesce(*secrets, null())

    def needs(self) -> ColumnElement[bool]:
        """Return the condition that a value is not sealed with the first key, or is damaged."""
        return func.substr(self.raw, 1, PREFIX_BYTES) != literal(get_sealer().prefix, LargeBinary)


def list_sealed_columns(metadata: MetaData = Base.metadata) -> list[SealedColumn]:
    """Return every column of sealed values.

    - Raises TypeError for one whose values are not bound to a row: they would have no key id.
    """
    found = []
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Sealed):
                if not column.type.secrets:
                    raise TypeError(f"{table.name}.{column.name} names no secret of its row")
                found.append(SealedColumn(column, column.type))
    return found


def count_by_key(session: Session, columns: Iterable[SealedColumn]) -> Counter[bytes]:
    """Return how many values each key sealed, by its id; b"" for values without a key id."""
    found: Counter[bytes] = Counter()
    for key_id, number in _count(session, columns):
        found[key_id or b""] += number
    return found


def _count(session: Session, columns: Iterable[SealedColumn]) -> Iterator[tuple[bytes | None, int]]:
    for sealed in columns:
        start = func.substr(sealed.raw, 1, PREFIX_BYTES)
        query = select(type_coerce(start, LargeBinary), func.count())
        for prefix, number in session.execute(query.where(sealed.raw.is_not(None)).group_by(start)):
            yield read_key_id(bytes(prefix)), number
