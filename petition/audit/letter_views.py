"""Who of the staff has opened a letter: its names are for its office, and for who must look."""

from petition.audit.trail import Detail, record
from petition.core.extensions import transaction


def record_view(letter_id: int, *, delivery_id: int, form: str, actor: str) -> None:
    """Write into the trail that a letter was opened.

    - ``form``: ``pdf``, or ``message`` for the mail that carries it.
    """
    detail: Detail = {"delivery": delivery_id, "form": form}
    with transaction() as session:
        record(session, "letter.viewed", "letter", letter_id, actor=actor, detail=detail)
