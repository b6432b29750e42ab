"""Staff send a letter to its post by another channel, in place of a delivery that has ended.

- One letter to one post by one channel stays so: the new delivery is a row of its own, and the old
  one is cancelled in the same transaction, so that nothing sends it again.
- Another address of the same post is no other channel: it is corrected (office_fixes.py), and the
  same delivery goes there.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, Problem, UserError
from petition.core.extensions import db, get_settings, transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.delivery.channels import CHANNELS, OF_MAIL_SERVER, get_channel
from petition.delivery.delivery_problems import DeliveryProblem
from petition.delivery.freshness import find_addressee, has_changed_holder
from petition.delivery.staff_decisions import change_or_refuse, name_state, require_why
from petition.mail.letter_ids import make_letter_id
from petition.models import Attempt, Delivery, DeliveryState, Letter
from petition.models.states import OutgoingState
from petition.transitions.delivery_changes import give_letter
from petition.transitions.tally_lock import lock_tally

ENDED = (DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.CANCELLED)


def list_other_channels(delivery_id: int) -> list[str]:
    """Return the channels by which staff may send a letter instead; empty if they may not."""
    session = db.session()
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or delivery.milestone.campaign.people_erased_at is not None:
        return []
    rows = session.scalars(_select_all(delivery.milestone_id, delivery.post_id)).all()
    if any(row.state not in ENDED for row in rows) or _may_have_arrived(session, rows):
        return []
    return _list_unused(rows)


def send_otherwise(delivery_id: int, channel: str, why: str, actor: str) -> int:
    """Plan the letter of a delivery by another channel; return the new delivery's id.

    - A letter that was tried goes as it is: the same PDF, in a message of its own. Any other is
      made from what is right now.
    - Raises NotFound; InvalidInput without ``why`` or for a channel that is not set up or has a
      delivery already.
    - Raises UserError if any delivery of the letter to the post has not ended, or may have arrived;
      if the letter names another than who holds the post, or has no address; and if the people of
      the campaign were erased.
    """
    reason = require_why(why)
    now = utcnow()
    with transaction() as session:
        first = session.get(Delivery, delivery_id)
        if first is None:
            raise NotFound(DeliveryProblem.NOT_FOUND)
        if first.milestone.campaign.people_erased_at is not None:
            raise UserError(DeliveryProblem.PEOPLE_ERASED)
        # As every first claim does, and before any delivery.
        lock_tally(session, first.milestone.campaign_id, first.milestone.district_id)
        rows = session.scalars(
            _select_all(first.milestone_id, first.post_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
        _check_ended(session, rows)
        if channel not in _list_unused(rows):
            raise InvalidInput({"channel": Problem(DeliveryProblem.CHANNEL_MISSING)})
        letter = next((row.letter for row in rows if row.attempt > 0), None)
        if letter is not None:
            _check_addressee(first, letter, channel, now)
        new = _plan(session, first, channel, letter, now)
        _end_others(session, rows, new, reason, actor, now)
        detail: Detail = {"instead_of": delivery_id, "why": reason}
        record(
            session, "delivery.planned_otherwise", "delivery", new.id, actor=actor, detail=detail
        )
        return new.id


def _select_all(milestone_id: int, post_id: int) -> Select[Delivery]:
    return (
        select(Delivery)
        .where(Delivery.milestone_id == milestone_id, Delivery.post_id == post_id)
        .order_by(Delivery.id)
    )


def _list_unused(rows: Sequence[Delivery]) -> list[str]:
    """Return the channels that are set up, without those of these deliveries."""
    used = {row.channel for row in rows}
    has_server = get_settings().smtp_url is not None
    return [
        name for name in CHANNELS if name not in used and (has_server or name not in OF_MAIL_SERVER)
    ]


def _check_ended(session: Session, rows: Sequence[Delivery]) -> None:
    for row in rows:
        if row.state not in ENDED:
            raise UserError(DeliveryProblem.NOT_ENDED, state=name_state(DeliveryState(row.state)))
    if _may_have_arrived(session, rows):
        raise UserError(DeliveryProblem.MAY_HAVE_ARRIVED)


def _may_have_arrived(session: Session, rows: Sequence[Delivery]) -> bool:
    """Return whether any was cancelled although its last attempt may have arrived."""
    unsure = exists().where(
        Delivery.id.in_([row.id for row in rows]),
        Delivery.state == DeliveryState.CANCELLED,
        Attempt.delivery_id == Delivery.id,
        Attempt.number == Delivery.attempt,
        Attempt.outcome == OutgoingState.UNKNOWN,
    )
    return bool(session.scalar(select(unsure)))


def _check_addressee(delivery: Delivery, letter: Letter, channel: str, now: datetime) -> None:
    addressee = find_addressee(delivery, now)
    if addressee is None or has_changed_holder(letter, addressee):
        raise UserError(DeliveryProblem.NAMES_ANOTHER)
    if get_channel(channel, get_settings()).needs_email and not addressee.email:
        raise UserError(DeliveryProblem.NO_EMAIL)


def _plan(
    session: Session, first: Delivery, channel: str, letter: Letter | None, now: datetime
) -> Delivery:
    new = Delivery(
        milestone_id=first.milestone_id,
        post_id=first.post_id,
        channel=channel,
        message_id=make_letter_id(first.milestone.code, first.post_id, channel),
        due_at=now,
        created_at=now,
    )
    session.add(new)
    session.flush()
    if letter is not None:
        give_letter(session, letter, now)
        wake_after_commit(session, Stage.DELIVER, new.id)
    else:
        wake_after_commit(session, Stage.RENDER, new.milestone_id)
    return new


def _end_others(
    session: Session,
    rows: Sequence[Delivery],
    new: Delivery,
    why: str,
    actor: str,
    now: datetime,
) -> None:
    for row in rows:
        state = DeliveryState(row.state)
        if state is not DeliveryState.CANCELLED:
            change_or_refuse(session, row, state, DeliveryState.CANCELLED, now, due_at=None)
        detail: Detail = {"was": state.value, "instead": new.id, "by": new.channel, "why": why}
        record(session, "delivery.sent_otherwise", "delivery", row.id, actor=actor, detail=detail)
