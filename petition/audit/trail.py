"""The audit trail: events are written in the transaction of the change that they record."""

from collections.abc import Mapping

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.models.service.event import Event
from petition.models.signatures.signature import Signature

Detail = Mapping[str, str | int | float | bool | None]


def write_line(words: str) -> str:
    """Return typed text as it is stored in events: one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())


def record(
    session: Session,
    action: str,
    subject: str,
    subject_id: int,
    *,
    actor: str = "system",
    detail: Detail | None = None,
) -> None:
    """Append one event; it is committed or rolled back with the change that it records.

    - ``detail`` contains ids, numbers and codes, never personal data.
    """
    record_all(session, action, subject, {subject_id: detail or {}}, actor=actor)


def record_all(
    session: Session,
    action: str,
    subject: str,
    details: Mapping[int, Detail],
    *,
    actor: str = "system",
) -> None:
    """Append one event for each subject id in ``details``, in one statement.

    - A signature keeps the moment itself (``touched_at``): an event is a record, and nothing reads
      one to decide.
    """
    if not details:
        return
    now = utcnow()
    if subject == "signature":
        session.execute(
            update(Signature).where(Signature.id.in_(list(details))).values(touched_at=now)
        )
    session.execute(
        insert(Event),
        [
            {
                "at": now,
                "actor": actor,
                "action": action,
                "subject": subject,
                "subject_id": subject_id,
                "detail": dict(detail),
            }
            for subject_id, detail in details.items()
        ],
    )
