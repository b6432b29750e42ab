"""Audit events for letters and evidence that staff open, since a letter contains names."""

from petition.audit.trail import Detail, record
from petition.core.extensions import transaction


def record_view(letter_id: int, *, delivery_id: int, form: str, actor: str) -> None:
    """Record that a letter was opened.

    - ``form``: ``pdf``, ``message`` for the mail with the letter attached, or ``evidence``.
    """
    detail: Detail = {"delivery": delivery_id, "form": form}
    with transaction() as session:
        record(session, "letter.viewed", "letter", letter_id, actor=actor, detail=detail)


def record_evidence(
    letter_id: int | None, *, milestone_id: int, delivery_id: int, actor: str
) -> None:
    """Record that the evidence of a delivery was taken.

    - With a letter, it is that letter that was opened. Without one, it is an event of the
      milestone: one of the delivery would say that its taker acted on it.
    """
    if letter_id is not None:
        record_view(letter_id, delivery_id=delivery_id, form="evidence", actor=actor)
        return
    detail: Detail = {"delivery": delivery_id}
    with transaction() as session:
        record(
            session,
            "milestone.evidence_taken",
            "milestone",
            milestone_id,
            actor=actor,
            detail=detail,
        )
