"""The row of a signing: a signature, unconfirmed answers, or what is rejected."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    bindparam,
    case,
    exists,
    insert,
    literal_column,
    null,
)
from sqlalchemy.orm import aliased

from petition.core.database import insert_in
from petition.models import Signature, SignatureState
from petition.models.signatures.signature import FIRST_SEAT
from petition.signing.screening import RejectReason

UNCONFIRMED = {"state": SignatureState.PENDING, "confirmed_at": None, "seat": None}
_INSERT = insert(Signature).returning(Signature.id)


def store_row(
    connection: Connection, row: dict[str, Any], reason: RejectReason | None, awaits: bool
) -> int:
    """Store one row; return its id.

    - Rejected for a ``reason``; unconfirmed where it ``awaits`` an e-mail's link, and where the
      address has signed already; else as a signature.
    """
    if reason is not None:
        return _insert(connection, _INSERT, _reject(row, reason))
    if awaits:
        return _insert(connection, _INSERT, row | UNCONFIRMED)
    return _insert_unless_signed(connection, row)


def _reject(row: dict[str, Any], reason: RejectReason) -> dict[str, Any]:
    ended = {"state": SignatureState.REJECTED, "ended_at": row["created_at"], "due_at": None}
    return row | UNCONFIRMED | ended | {"reject_reason": reason}


def _insert(connection: Connection, statement: Insert, values: dict[str, Any]) -> int:
    # All rows are fetched: SQLite commits only after the last one is read.
    signature_id: int = connection.execute(statement, values).all()[0].id
    return signature_id


def _insert_unless_signed(connection: Connection, row: dict[str, Any]) -> int:
    """Store a signature, or unconfirmed answers if the address has signed already.

    - One statement for both, which writes one row of the same size, so that its time does not
      reveal which it was.
    """
    given = {
        "its_campaign": row["campaign_id"],
        "its_digest": row["email_digest"],
        "its_moment": row["created_at"],
    }
    rows = connection.execute(_build_insert(connection.dialect.name), row | given).all()
    if rows:
        signature_id: int = rows[0].id
        return signature_id
    # Another process stored a signature of the same address concurrently.
    return _insert(connection, _INSERT, row | UNCONFIRMED)


@cache
def _build_insert(dialect: str) -> Insert:
    # Cached: building the statement for each signer took longer than running it.
    other = aliased(Signature)
    signed = exists().where(
        other.campaign_id == bindparam("its_campaign"),
        other.email_digest == bindparam("its_digest"),
        other.seat.is_not(None),
        other.ended_at.is_(None),
    )
    moment = bindparam("its_moment", type_=Signature.confirmed_at.type)
    pending, confirmed = _spell(SignatureState.PENDING), _spell(SignatureState.CONFIRMED)
    return (
        insert_in(dialect, Signature)
        .values(
            state=case((signed, pending), else_=confirmed),
            confirmed_at=case((signed, null()), else_=moment),
            seat=case((signed, null()), else_=literal_column(str(FIRST_SEAT))),
        )
        .on_conflict_do_nothing(
            index_elements=["campaign_id", "email_digest", "seat"],
            index_where=Signature.ended_at.is_(None),
        )
        .returning(Signature.id)
    )


def _spell(state: SignatureState) -> ColumnElement[str]:
    return literal_column(f"'{state}'")
