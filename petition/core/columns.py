"""Column types that the models share: aware times, sealed values, known states."""

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Generic, NoReturn, Protocol, TypeVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    TextClause,
    cast,
    func,
    literal,
    text,
    type_coerce,
)
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

from petition.core.errors import SealBroken
from petition.core.sealing import get_sealer

# SQLite assigns row ids only to INTEGER PRIMARY KEY; PostgreSQL should not stop at 2**31.
BigId = BigInteger().with_variant(Integer, "sqlite")
# Made once: json.dumps makes an encoder for each call that is not in its default form.
write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
T = TypeVar("T", bound="SealedInRow")
ROW_SECRET_BYTES = 16
_NO_SECRET = bytes(ROW_SECRET_BYTES)

PrimaryKey = Annotated[int, mapped_column(Integer, primary_key=True)]
BigPrimaryKey = Annotated[int, mapped_column(BigId, primary_key=True)]
# The largest number of either; PostgreSQL raises an error for a larger one in a query.
LARGEST_ID = 2**31 - 1
LARGEST_BIG_ID = 2**63 - 1


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; SQLite stores no zone, so it is dropped there after the conversion."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored time as an aware UTC datetime."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SealedInRow(Protocol):
    """A dataclass that is kept sealed; ``bound_to``: the secret of its row, which is not sealed."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def bound_to(self) -> bytes:
        """The secret of the row; empty for a value that is not stored yet."""


class Unreadable:
    """What a value that does not open is read as: a class of its kind, with this before it.

    - Access to any field raises SealBroken; two are equal only if they are one.
    """

    __slots__ = ()
    is_readable: ClassVar[bool] = False
    __eq__ = object.__eq__
    __hash__ = object.__hash__
    __repr__ = object.__repr__

    def __init__(self) -> None:
        """Leave every field unset."""

    def __getattr__(self, name: str) -> NoReturn:
        raise SealBroken


class Sealed(TypeDecorator[T], Generic[T]):
    """A dataclass stored as one encrypted value, opened only by a process that has the key.

    - It opens only in the row that it was sealed for. The row's secret is the first of ``secrets``
      (columns of the same table) that is not NULL; each SELECT of the value reads it as well, and
      it stays with the value (``bound_to``) for the next write.
    - A value that does not open is read as ``broken``: a query of many rows does not fail because
      one is damaged, and access to the fields of that one raises SealBroken.
    - Writing a value without ``bound_to`` raises ValueError.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, made: type[T], purpose: str, broken: T, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self.made = made
        self.purpose = purpose
        self.broken = broken
        self.secrets = secrets
        self.names = tuple(field.name for field in fields(made) if field.name != "bound_to")

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the SQL expression that appends the row's secret to the sealed value."""
        secret = func.coalesce(*self.list_secrets(column), literal(_NO_SECRET, LargeBinary))
        both = cast(type_coerce(column, LargeBinary).op("||")(secret), LargeBinary)
        return type_coerce(both, self)

    def list_secrets(self, column: ColumnElement[Any]) -> list[ColumnElement[bytes]]:
        """Return the columns of a sealed column's table that may contain its row's secret."""
        beside = column.table.columns
        return [beside[name] for name in self.secrets]

    def process_bind_param(self, value: T | None, dialect: Dialect) -> bytes | None:
        """Return the value as sealed JSON."""
        if value is None:
            return None
        if not value.bound_to:
            raise ValueError(f"{self.purpose} is sealed for its row, and has no secret of one")
        values = {name: getattr(value, name) for name in self.names}
        return get_sealer().seal(write_json(values).encode(), self.purpose, value.bound_to)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> T | None:
        """Return the opened value, from the bytes that ``column_expression`` selected."""
        if value is None:
            return None
        return self.open_row(bytes(value[:-ROW_SECRET_BYTES]), bytes(value[-ROW_SECRET_BYTES:]))

    def open_row(self, sealed: bytes, secret: bytes) -> T:
        """Return the sealed value of a row, or ``broken`` if it does not open or has no secret."""
        try:
            plain = get_sealer().open(sealed, self.purpose, secret or _NO_SECRET)
        except SealBroken:
            return self.broken
        made: Callable[..., T] = self.made
        return made(**json.loads(plain), bound_to=secret)

    def compare_values(self, x: Any, y: Any) -> bool:
        """Return whether two values are equal, so that nothing need be written."""
        if x is y:
            return True
        if None in (x, y) or self.broken in (x, y):
            return False
        return bool(x == y and x.bound_to == y.bound_to)


def partial_index(
    name: str, *columns: str | ColumnElement[Any], where: str | TextClause, unique: bool = False
) -> Index:
    """Return an index of the rows that meet ``where``, on both databases.

    - A query uses the index if it contains the same condition word for word.
    """
    rows = text(where) if isinstance(where, str) else where
    return Index(name, *columns, unique=unique, sqlite_where=rows, postgresql_where=rows)


def one_of(column: str, states: type[StrEnum]) -> CheckConstraint:
    """Return the constraint that ``column`` is one of the states."""
    allowed = ", ".join(f"'{state.value}'" for state in states)
    return CheckConstraint(f"{column} IN ({allowed})", name=f"{column}_known")
