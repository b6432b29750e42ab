"""Pause the letters of a campaign or of all, and resume them, for pages and commands."""

from petition.attention.attention_problems import AttentionProblem
from petition.audit.reasons import read_reason
from petition.core.extensions import db
from petition.core.queues import Stage, wake
from petition.delivery.letter_kind import LETTERS
from petition.dispatch import pauses
from petition.letters.make import find_due_milestones


def pause_letters(slug: str | None, why: str, *, actor: str, for_service: bool) -> bool:
    """Stop the letters of a campaign, or of all with None; return False if they were already.

    - ``for_service``: as in ``petition.dispatch.pauses``.
    - A pause by a person on a page: raises InvalidInput without a reason or for a long one, and
      NotFound for an unknown campaign.
    """
    reason = read_pause_reason(why)
    return pauses.pause(slug, reason, actor=actor, for_service=for_service)


def resume_paused(slug: str | None, *, actor: str, why: str = "", for_service: bool = True) -> bool:
    """Resume the letters of a campaign, or of all with None, and wake the workers.

    - Returns False without such a pause. Raises NotFound for an unknown campaign, and
      PauseOfService as ``petition.dispatch.pauses.resume`` does.
    """
    ended = pauses.resume(slug, actor=actor, why=why, for_service=for_service)
    milestones, deliveries = find_due_milestones(), LETTERS.find_due()
    db.session.rollback()  # no transaction is open while Redis is called
    for milestone_id in milestones:
        wake(Stage.RENDER, milestone_id)
    for delivery_id in deliveries:
        wake(Stage.DELIVER, delivery_id)
    return ended


def read_pause_reason(why: str) -> str:
    """Return the reason of a pause, or of its end, as one line; raises InvalidInput."""
    missing, long = AttentionProblem.WHY_MISSING, AttentionProblem.WORDS_LONG
    return read_reason(why, missing, long, most=pauses.LONGEST_REASON)
