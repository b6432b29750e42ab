"""Plans mails to signers: one row for each, in the transaction of the change it reports."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.database import insert_in
from petition.models import Mail, MailKind


def plan(
    session: Session, signers: Select[int], kind: MailKind, due_at: datetime, about: int = 0
) -> int:
    """Plan a mail for each signature whose id ``signers`` selects; return how many are new.

    - One that is already planned stays as it is. The caller commits them together with the change
      they report.
    - ``signers`` needs a WHERE: SQLite would take ON CONFLICT for a part of its FROM.
    """
    planned = session.scalars(
        _insert(
            session.get_bind().dialect.name,
            signers,
            kind,
            _moment(utcnow()),
            _moment(due_at),
            about,
        )
        .on_conflict_do_nothing()
        .returning(Mail.id)
    )
    return len(planned.all())


def plan_again(
    session: Session,
    signers: Select[int],
    kind: MailKind,
    now: datetime,
    before: datetime,
    language: str | None = None,
) -> None:
    """Plan a mail that may be sent repeatedly, due now; ``signers`` as in ``plan``.

    - One that was planned at ``before`` or later stays as it is, sent or not.
    - ``language``: that of the mail; None for the signer's.
    """
    dialect, moment = session.get_bind().dialect.name, _moment(now)
    session.execute(
        _insert(dialect, signers, kind, moment, moment, 0, language).on_conflict_do_update(
            index_elements=["signature_id", "kind", "about"],
            set_={
                "created_at": moment,
                "due_at": moment,
                "sent_at": None,
                "attempt": 0,
                "language": language,
            },
            where=Mail.created_at < before,
        )
    )


def _insert(
    dialect: str,
    signers: Select[int],
    kind: MailKind,
    created_at: ColumnElement[datetime],
    due_at: ColumnElement[datetime],
    about: int,
    language: str | None = None,
) -> sqlite.Insert | postgresql.Insert:
    rows = signers.add_columns(
        literal(kind.value),
        literal(about),
        literal(0),
        created_at,
        due_at,
        literal(language, Mail.language.type),
    )
    return insert_in(dialect, Mail).from_select(
        ["signature_id", "kind", "about", "attempt", "created_at", "due_at", "language"], rows
    )


def _moment(at: datetime) -> ColumnElement[datetime]:
    return literal(at, Mail.due_at.type)
