"""Audit events for letters opened by staff, since a letter contains names."""

from petition.audit.trail import Detail, record
from petition.core.extensions import transaction


def record_view(letter_id: int, *, delivery_id: int, form: str, actor: str) -> None:
    """Record that a letter was opened.

    - ``form``: ``pdf``, or ``message`` for the mail with the letter attached.
    """
    detail: Detail = {"delivery": delivery_id, "form": form}
    with transaction() as session:
        record(session, "letter.viewed", "letter", letter_id, actor=actor, detail=detail)
