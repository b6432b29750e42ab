"""Make and withdraw corrections of posts, which take precedence over the rosters.

- All in one transaction; imports and corrections wait for each other.
- Deliveries that were held for a holder or an address become due at once.
"""

from collections.abc import Iterable, Sequence

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.errors import NotFound, UserError
from petition.core.extensions import transaction
from petition.models import Correction
from petition.officials.corrections.corrector import Corrector, Step, Wish, end_correction
from petition.officials.import_lock import lock_rosters, make_held_due
from petition.officials.post_problems import PostProblem


def correct(
    wishes: Iterable[Wish],
    *,
    made_by: str,
    dry_run: bool = False,
    expected: Sequence[Step] | None = None,
    actor: str = "cli",
) -> list[Step]:
    """Make the corrections; return what was made, or with ``dry_run`` would be.

    - ``expected``: the steps of an earlier dry run; raises UserError where they differ now.
    - Raises NotFound for an unknown post, UserError for a correction that cannot be made.
    """
    with transaction() as session:
        lock_rosters(session)
        corrector = Corrector(session, made_by, utcnow().date())
        for wish in wishes:
            corrector.make(wish)
        if expected is not None and corrector.steps != list(expected):
            raise UserError(PostProblem.CHANGED)
        finish(corrector, actor, dry_run)
        return corrector.steps


def finish(corrector: Corrector, actor: str, dry_run: bool) -> None:
    """Record the events and make held deliveries due; with ``dry_run`` roll back."""
    if dry_run:
        corrector.session.rollback()
        return
    for step in corrector.steps:
        detail: Detail = {"field": step.field.value, "replaces": step.replaces}
        record(
            corrector.session,
            "officials.corrected",
            "post",
            step.post_id,
            actor=actor,
            detail=detail,
        )
    make_held_due(corrector.session, {step.post_id for step in corrector.steps})


def withdraw(
    correction_ids: Iterable[int], *, because: str, withdrawn_by: str, actor: str = "cli"
) -> None:
    """Withdraw corrections: the rosters' values apply again. Letters sent are not sent again.

    - Raises NotFound where a correction does not exist, or was withdrawn before.
    """
    with transaction() as session:
        lock_rosters(session)
        for correction_id in correction_ids:
            found = session.get(Correction, correction_id, populate_existing=True)
            if found is None or found.withdrawn_at is not None:
                raise NotFound(PostProblem.CORRECTION_NOT_FOUND, correction_id=correction_id)
            end_correction(found, withdrawn_by, because)
            detail: Detail = {"field": found.field, "correction": found.id}
            record(
                session,
                "officials.correction_withdrawn",
                "post",
                found.post_id,
                actor=actor,
                detail=detail,
            )
            make_held_due(session, {found.post_id})
