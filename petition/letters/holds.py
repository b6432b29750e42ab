"""Reasons not to make a letter: no verdict yet, unread words, personal data that does not open.

All functions run in the caller's transaction, under the lock of the tally.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, update
from sqlalchemy.orm import Session

from petition.core.errors import LetterStale
from petition.letters.milestone_reader import LetterMember, count_gone
from petition.models import Delivery, DeliveryState, HoldReason, Milestone, MilestoneState
from petition.models.signatures.signature import UNREADABLE
from petition.moderation.printable_words import Words
from petition.transitions.delivery_changes import hold_queued
from petition.transitions.unreadable_signatures import check_key, note_unreadable, set_aside

# The reason of a queued delivery that is postponed.
WORDS_WAIT = "words wait to be read"


def is_anyone_broken(
    session: Session,
    milestone: Milestone,
    members: Sequence[LetterMember],
    claimed: Sequence[Row[int, int]],
    now: datetime,
) -> bool:
    """Return whether the data of any named signer does not open; no letter is made without one.

    - Not sealed: these signatures are put in review; the letter is made again without them once
      they are removed from the count.
    - Sealed: the letter names them already, so its deliveries are held.
    """
    broken = [member.signature_id for member in members if not member.person.is_readable]
    if not broken:
        return False
    if milestone.sealed_at is None:
        set_aside(session, broken, now)
    else:
        check_key(session, broken)
        note_unreadable(session, broken)
        hold(session, [row.id for row in claimed], HoldReason.NOT_RENDERED, UNREADABLE)
    return True


def waits_for_verdict(session: Session, milestone: Milestone, live: int) -> bool:
    """Return whether a complete hundred has not been cleared yet; raises LetterStale."""
    if milestone.state == MilestoneState.CLEARED:
        return False
    if live < milestone.threshold or not milestone.district.in_force:
        return False  # the caller holds the deliveries with that reason instead
    check_nobody_gone(session, milestone)
    return True


def check_nobody_gone(session: Session, milestone: Milestone) -> None:
    """Raise LetterStale if a signer who has left is not yet removed from the count."""
    gone = count_gone(session, milestone)
    if gone:
        raise LetterStale(f"{gone} who left are still to be taken out of the count")


def put_off(
    session: Session, milestone: Milestone, words: Words, delivery_ids: list[int], now: datetime
) -> bool:
    """Postpone deliveries until unread words may be printed unread; return whether any were.

    - Only if the campaign sets ``comment_wait``, and for no more than that time.
    """
    until = milestone.reached_at + timedelta(hours=milestone.campaign.comment_wait)
    if not words.waiting or until <= now or milestone.sealed_at is not None:
        return False
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(delivery_ids), Delivery.state == DeliveryState.QUEUED)
        .values(due_at=until, reason=WORDS_WAIT)
    )
    return True


def hold(
    session: Session, delivery_ids: list[int], reason: HoldReason, code: str | None = None
) -> None:
    """Hold queued deliveries for a person, with a reason, and a code if there is one."""
    hold_queued(session, reason, Delivery.id.in_(delivery_ids), code=code)
