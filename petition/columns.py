"""Column types that the models share: aware moments, sealed values, known states."""

import json
from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Dialect, Integer, LargeBinary
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

from petition.sealing import get_sealer

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# SQLite gives out row ids only for INTEGER PRIMARY KEY; PostgreSQL should not stop at 2**31.
BigId = BigInteger().with_variant(Integer, "sqlite")
# Made once: json.dumps makes an encoder for each call that is not in its default form.
write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
T = TypeVar("T", bound="DataclassInstance")

PrimaryKey = Annotated[int, mapped_column(Integer, primary_key=True)]
BigPrimaryKey = Annotated[int, mapped_column(BigId, primary_key=True)]


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; SQLite keeps no zone, so it is dropped there once it is UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return it aware again."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Sealed(TypeDecorator[T], Generic[T]):
    """A dataclass kept as one encrypted value, opened only in the process that has the key."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, made: type[T], purpose: str) -> None:
        super().__init__()
        self.made = made
        self.purpose = purpose
        self.names = tuple(field.name for field in fields(made))

    def process_bind_param(self, value: T | None, dialect: Dialect) -> bytes | None:
        """Seal it as JSON."""
        if value is None:
            return None
        values = {name: getattr(value, name) for name in self.names}
        return get_sealer().seal(write_json(values).encode(), self.purpose)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> T | None:
        """Open it."""
        if value is None:
            return None
        return self.made(**json.loads(get_sealer().open(bytes(value), self.purpose)))


def one_of(column: str, states: type[StrEnum]) -> CheckConstraint:
    """Return the constraint that ``column`` holds one of the states and nothing else."""
    allowed = ", ".join(f"'{state.value}'" for state in states)
    return CheckConstraint(f"{column} IN ({allowed})", name=f"{column}_known")
