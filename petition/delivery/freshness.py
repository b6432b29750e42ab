"""Whether an untried letter may still go: it names whom it counts, and whom it is addressed to."""

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


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a letter may not go; ``hold`` None means that a new one is to be made at once."""

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
    """Return what stands in the way of a letter that was never tried; None when nothing does.

    - Its district went out of force before it began to go: held, the new one writes instead.
    - Its hundred is not cleared: looked at once more, and made anew.
    - Below the milestone: held until its number is reached again. In a district that is no longer
      in force people move on, so its count says nothing of a letter that is under way.
    - Someone named has left since, the letter names others than it counts, or one of them has
      corrected what it prints of them: made anew.
    - Other words of its signers are to be printed by now: made anew. Staff have allowed or struck
      some, or a signer has taken theirs back.
    - Nobody holds the seat, or the channel has no address for it: held.
    - Another holds it, or the office has moved: made anew, for the present one.
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
    """Return whom the delivery would reach now; None where the seat is vacant or no more."""
    return delivery.post.address(now.date()) if delivery.post.active else None


def has_changed_holder(letter: Letter, addressee: Addressee | None) -> bool:
    """Return whether a letter addresses another than who is at the post now; so when nobody is.

    - A body has no holder. The holder's name is the first line of a printed block.
    """
    if addressee is None:
        return True
    return addressee.name is not None and letter.addressee[:1] != [addressee.name]


def _find_change(session: Session, milestone: Milestone, letter: Letter) -> str | None:
    """Return what the letter says of its people that is not so any more; None where all is."""
    if letter.superseded_at is not None:
        return "superseded"
    if milestone.state != MilestoneState.CLEARED:
        return "not-cleared"
    if _has_lost_names(session, milestone, letter):
        return "names"
    if _has_amended_names(session, milestone, letter):
        return "amended"
    return "comments" if read_words(session, milestone).mark != letter.words else None


def _has_lost_names(session: Session, milestone: Milestone, letter: Letter) -> bool:
    carried = select(func.count(LedgerEntry.signature_id.distinct())).join(
        Signature, Signature.id == LedgerEntry.signature_id
    )
    staying = carried.where(milestone.carries(), Signature.ended_at.is_(None))
    # The count alone would miss one who left and one who took the place.
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
