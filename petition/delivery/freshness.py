"""Whether a letter without an attempt may still be sent: its names and addressee are current."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from petition.delivery.channels import Channel
from petition.models import (
    Delivery,
    HoldReason,
    LedgerEntry,
    Letter,
    Milestone,
    MilestoneState,
    Signature,
)
from petition.models.officials.post import Addressee
from petition.moderation.printable_words import read_words
from petition.replies.reply_list import read_replies


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a letter may not be sent; ``hold`` None: another is rendered at once."""

    why: str
    hold: HoldReason | None = None


def find_obstacle(
    session: Session,
    delivery: Delivery,
    letter: Letter,
    live: int,
    addressee: Addressee | None,
    channel: Channel,
) -> Obstacle | None:
    """Return why a letter without an attempt may not be sent; None if it may.

    - Its district went out of force before the first attempt: held; the new district's letter
      replaces it.
    - Its milestone is not cleared: checked and rendered again.
    - The count is below the milestone: held until the number is reached again. Not in a district
      that is no longer in force, whose count falls as its signers are assigned to others.
    - A signer it names has left, it names others than the milestone carries, or one of them has
      corrected what it prints of them: rendered again.
    - Other comments are to be printed now, since staff allowed or removed one, or a signer withdrew
      one: rendered again.
    - Others would like an answer now: rendered again, since its message says how many.
    - The seat is vacant, or the channel has no address for it: held.
    - The seat has another holder, or the office has moved: rendered again for the current one.
    """
    milestone = delivery.milestone
    if not milestone.district.in_force and milestone.sealed_at is None:
        return Obstacle("redistricted", HoldReason.REDISTRICTED)
    if live < milestone.threshold and milestone.district.in_force:
        return Obstacle("below-milestone", HoldReason.BELOW)
    change = _find_change(session, milestone, letter)
    if change is not None:
        return Obstacle(change)
    if addressee is None:
        return Obstacle("vacant", HoldReason.VACANT)
    if channel.needs_email and not addressee.email:
        return Obstacle("no-address", HoldReason.NO_ADDRESS)
    if addressee.block != letter.addressee:
        return Obstacle("addressee")
    return None


def find_addressee(delivery: Delivery, now: datetime) -> Addressee | None:
    """Return the post's current addressee; None if the seat is vacant or abolished."""
    return delivery.post.address(now.date()) if delivery.post.active else None


def has_changed_holder(letter: Letter, addressee: Addressee | None) -> bool:
    """Return whether the seat is vacant or its holder is not the one whom a letter addresses.

    - A body has no holder. The holder's name is the first line of a printed address block.
    """
    if addressee is None:
        return True
    return addressee.name is not None and letter.addressee[:1] != [addressee.name]


def _find_change(session: Session, milestone: Milestone, letter: Letter) -> str | None:
    """Return what the letter says of its signers that is out of date; None if nothing is."""
    if letter.superseded_at is not None:
        return "superseded"
    if milestone.state != MilestoneState.CLEARED:
        return "not-cleared"
    if _has_lost_names(session, milestone, letter):
        return "names"
    if _has_amended_names(session, milestone, letter):
        return "amended"
    if read_words(session, milestone).mark != letter.words:
        return "comments"
    return "replies" if read_replies(session, milestone).mark != letter.replies else None


def _has_lost_names(session: Session, milestone: Milestone, letter: Letter) -> bool:
    carried = select(func.count(LedgerEntry.signature_id.distinct())).join(
        Signature, Signature.id == LedgerEntry.signature_id
    )
    staying = carried.where(milestone.carries(), Signature.ended_at.is_(None))
    # The count alone would not show that one signer left and another joined.
    left = carried.where(
        milestone.carried(),
        func.coalesce(Signature.ended_at, LedgerEntry.left_at) >= letter.rendered_at,
    )
    return session.scalar(staying) != letter.names or bool(session.scalar(left))


def _has_amended_names(session: Session, milestone: Milestone, letter: Letter) -> bool:
    latest = session.scalar(
        select(func.max(Signature.amended_at))
        .select_from(LedgerEntry)
        .join(Signature, Signature.id == LedgerEntry.signature_id)
        .where(milestone.carries(), Signature.ended_at.is_(None))
    )
    return latest is not None and latest >= letter.rendered_at
