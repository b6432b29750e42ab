"""Claiming a delivery for one worker, and marking the point after which it may have arrived."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.errors import ClaimLost
from petition.core.extensions import get_settings, transaction
from petition.delivery.channels import OF_MAIL_SERVER, Channel, get_channel
from petition.delivery.freshness import (
    find_addressee,
    find_obstacle,
    has_changed_holder,
)
from petition.delivery.letter_message import Facts
from petition.dispatch.lanes import Turn, give_turn_back, take_one_turn
from petition.dispatch.pauses import is_paused
from petition.models import (
    Attempt,
    Delivery,
    DeliveryState,
    LaneName,
    Letter,
    Milestone,
    Phase,
)
from petition.models.officials.post import Addressee
from petition.transitions.delivery_changes import change_state, count_rows, put_back, was_tried
from petition.transitions.tally_lock import lock_tally

CLAIMABLE = (DeliveryState.RENDERED, DeliveryState.RETRY_WAIT)


@dataclass(frozen=True, slots=True)
class DeliveryClaim:
    """One worker's right to one attempt, with all that the attempt needs to know.

    - ``holder_changed``: another holds the seat than the letter is addressed to, or nobody.
    - ``block_changed``: the address block is not the printed one any more, for whatever reason.
    """

    delivery_id: int
    attempt: int
    channel: str
    facts: Facts
    holder_changed: bool
    block_changed: bool


def claim(delivery_id: int) -> DeliveryClaim | None:
    """Return the claim to the next attempt; None where there is nothing to send, now or by us.

    - The delivery goes to ``sending`` with a lease, and an Attempt row says so.
    - Before the first attempt the letter is held against the present: see ``find_obstacle``. One
      that may not go is taken out of force, and its delivery made anew or held.
    - From the first attempt on its bytes never change; the claim only says whether they would
      still reach the one whom they address.
    - While the lane of letters is stopped (petition/dispatch/lanes.py) none goes by e-mail, but
      for one now and then. While the campaign is paused (petition/dispatch/pauses.py) none goes.
    """
    now = utcnow()
    with transaction() as session:
        delivery = session.get(Delivery, delivery_id)
        if delivery is None or not _is_due(delivery, now):
            return None
        turn = Turn.OPEN
        if delivery.channel in OF_MAIL_SERVER:  # the lane before the tally and the delivery
            turn = take_one_turn(session, LaneName.LETTERS, now)
        claimed = _claim(session, delivery, now) if turn is not Turn.CLOSED else None
        if claimed is None and turn is Turn.PROBE:
            give_turn_back(session, LaneName.LETTERS, now)
        return claimed


def mark_handover(claimed: DeliveryClaim, digest: str) -> None:
    """Commit that the next thing sent makes the message the receiver's, and extend the lease.

    - ``digest`` is the SHA-256 of the message: the log shows that each attempt sent the same.
    - Raises ClaimLost where the lease is over or another attempt has begun; nothing may be sent.
    """
    now = utcnow()
    lease = timedelta(seconds=get_settings().lease_seconds)
    with transaction() as session:
        held = session.execute(
            update(Delivery)
            .where(
                Delivery.id == claimed.delivery_id,
                Delivery.state == DeliveryState.SENDING,
                Delivery.attempt == claimed.attempt,
                Delivery.due_at > now,
            )
            .values(due_at=now + lease)
        )
        if count_rows(held) != 1:
            raise ClaimLost(f"delivery {claimed.delivery_id}, attempt {claimed.attempt}")
        session.execute(
            update(Attempt)
            .where(Attempt.delivery_id == claimed.delivery_id, Attempt.number == claimed.attempt)
            .values(phase=Phase.HANDOVER)
        )
        detail: Detail = {"attempt": claimed.attempt, "message": digest}
        record(session, "delivery.handover", "delivery", claimed.delivery_id, detail=detail)


def _is_due(delivery: Delivery, now: datetime) -> bool:
    return delivery.state in CLAIMABLE and delivery.due_at is not None and delivery.due_at <= now


def _claim(session: Session, delivery: Delivery, now: datetime) -> DeliveryClaim | None:
    channel = get_channel(delivery.channel, get_settings())
    # The tally before the delivery, as counting does: two orders would wait for each other.
    live = (
        lock_tally(session, delivery.milestone.campaign_id, delivery.milestone.district_id)
        if delivery.attempt == 0
        else 0
    )
    session.refresh(delivery, with_for_update=True)
    session.refresh(delivery.milestone)
    letter = delivery.letter
    if letter is None or not _is_due(delivery, now):
        return None
    if is_paused(session, delivery.milestone.campaign_id):  # last: no lock is waited for any more
        return None
    addressee = find_addressee(delivery, now)
    if delivery.attempt == 0 and _was_put_back(
        session, delivery, letter, live, addressee, channel, now
    ):
        return None
    facts = gather_facts(delivery, letter, addressee)
    if not _begin_attempt(session, delivery, now):
        return None
    return DeliveryClaim(
        delivery_id=delivery.id,
        attempt=delivery.attempt + 1,
        channel=delivery.channel,
        facts=facts,
        holder_changed=has_changed_holder(letter, addressee),
        block_changed=addressee is None or addressee.block != letter.addressee,
    )


def _was_put_back(
    session: Session,
    delivery: Delivery,
    letter: Letter,
    live: int,
    addressee: Addressee | None,
    channel: Channel,
    now: datetime,
) -> bool:
    if was_tried(session, letter.id):  # by another channel: it goes by this one as it is
        return False
    obstacle = find_obstacle(session, delivery, letter, live, addressee, channel)
    if obstacle is None:
        return False
    put_back(session, delivery, now, obstacle.why, obstacle.hold)
    return True


def _begin_attempt(session: Session, delivery: Delivery, now: datetime) -> bool:
    attempt = delivery.attempt + 1
    if not change_state(
        session,
        delivery.id,
        delivery.attempt,
        DeliveryState(delivery.state),
        DeliveryState.SENDING,
        now,
        attempt=attempt,
        due_at=now + timedelta(seconds=get_settings().lease_seconds),
        reason=None,
    ):
        return False
    session.execute(
        insert(Attempt).values(
            delivery_id=delivery.id, number=attempt, phase=Phase.CLAIMED, started_at=now
        )
    )
    record(session, "delivery.claimed", "delivery", delivery.id, detail={"attempt": attempt})
    sealed = session.execute(
        update(Milestone)
        .where(Milestone.id == delivery.milestone_id, Milestone.sealed_at.is_(None))
        .values(sealed_at=now)
    )
    if count_rows(sealed):
        record(session, "milestone.sealed", "milestone", delivery.milestone_id)
    return True


def gather_facts(delivery: Delivery, letter: Letter, addressee: Addressee | None) -> Facts:
    """Return what the message about a letter is composed from."""
    settings = get_settings()
    milestone, post = delivery.milestone, delivery.post
    campaign, district = milestone.campaign, milestone.district
    # A topic may hold merge fields, which only the letter itself fills.
    topic = campaign.topic if campaign.topic and "{{" not in campaign.topic else campaign.title
    return Facts(
        message_id=delivery.message_id,
        dated=letter.rendered_at,
        sha256=letter.sha256,
        code=milestone.code,
        language=campaign.language,
        topic=topic,
        organization=campaign.organization,
        reply_to=campaign.organization_email,
        sender=settings.mail_from,
        recipient=addressee.email if addressee else None,
        title=post.title,
        salutation=addressee.salutation if addressee else post.salutation,
        district=district.say(campaign.language),
        state=district.state,
        names=letter.names,
        total=milestone.threshold,
        url=f"{settings.public_url}/letters/{milestone.code}",
    )
