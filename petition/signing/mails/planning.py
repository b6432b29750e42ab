"""Plan the mails to signers: one row for each, in the transaction of what it tells."""

from datetime import datetime

from sqlalchemy import Select, literal
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
    moment = Mail.due_at.type
    rows = signers.add_columns(
        literal(kind.value),
        literal(about),
        literal(0),
        literal(utcnow(), moment),
        literal(due_at, moment),
    )
    planned = session.scalars(
        insert_into(session, Mail)
        .from_select(["signature_id", "kind", "about", "tries", "created_at", "due_at"], rows)
        .on_conflict_do_nothing()
        .returning(Mail.id)
    )
    return len(planned.all())
