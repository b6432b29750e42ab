"""Plan the mails to signers: one row for each, in the transaction of what it tells."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.database import insert_into
from petition.models import Mail, MailKind


def plan(
    session: Session, signers: Select[int], kind: MailKind, due_at: datetime, about: int = 0
) -> int:
    """Plan a mail for each signature whose id ``signers`` selects; return how many are new.

    - One that was planned before stays as it is. Whoever calls commits them together with what they
      tell.
    - ``signers`` needs a WHERE: SQLite would take ON CONFLICT for a part of its FROM.
    """
    planned = session.scalars(
        _insert(session, signers, kind, due_at, about).on_conflict_do_nothing().returning(Mail.id)
    )
    return len(planned.all())


def plan_again(
    connection: Session | Connection,
    signers: Select[int],
    kind: MailKind,
    now: datetime,
    after: timedelta,
) -> None:
    """Plan a mail that may go many times, to be sent now; ``signers`` as in ``plan``.

    - One that was planned less than ``after`` ago stays as it is, sent or not.
    """
    connection.execute(
        _insert(connection, signers, kind, now, about=0).on_conflict_do_update(
            index_elements=["signature_id", "kind", "about"],
            set_={"created_at": now, "due_at": now, "sent_at": None, "tries": 0},
            where=Mail.created_at < now - after,
        )
    )


def _insert(
    connection: Session | Connection,
    signers: Select[int],
    kind: MailKind,
    due_at: datetime,
    about: int,
) -> sqlite.Insert | postgresql.Insert:
    moment = Mail.due_at.type
    rows = signers.add_columns(
        literal(kind.value),
        literal(about),
        literal(0),
        literal(utcnow(), moment),
        literal(due_at, moment),
    )
    return insert_into(connection, Mail).from_select(
        ["signature_id", "kind", "about", "tries", "created_at", "due_at"], rows
    )
