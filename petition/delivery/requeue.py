"""Makes letters due again that were refused because of us, once the server accepts letters."""

from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.delivery.channels import OF_MAIL_SERVER
from petition.delivery.letter_kind import LETTERS
from petition.dispatch.lane_rulings import bring_forward
from petition.dispatch.lanes import find_lane, hold_lane, open_lane
from petition.mail.refusal_reason import OF_RECIPIENT
from petition.mail.reports.classification import BEFORE_RECIPIENT, judge
from petition.mail.reports.refusal_kinds import About
from petition.models import Attempt, Delivery, DeliveryState, LaneName
from petition.transitions.delivery_changes import change_state

# Staff have already handled a letter that failed longer ago.
OLD_NEWS = timedelta(days=30)
GIVEN_UP = "given up: "
# Our own codes, of letters for which no server was contacted: channels/email.py.
OUR_SETTINGS = ("server not set up", "malformed sender")


def revive_if_due() -> int:
    """Make due the letters refused because of us, if the lane was opened since; return how many."""
    lane = find_lane(db.session(), LaneName.LETTERS)
    if lane is None or not lane.revives:
        return 0
    with transaction() as session:
        lane = hold_lane(session, LaneName.LETTERS)
        if not lane.revives:
            return 0
        lane.revives = False
        return _revive(session, utcnow())


def resume_letters(actor: str, why: str = "") -> int:
    """Open the lane by hand and make due all letters that were refused; return how many.

    - Includes failed letters, unless the refusal was because of the office's mailbox.
    """
    now = utcnow()
    with transaction() as session:
        lane = hold_lane(session, LaneName.LETTERS)
        open_lane(session, lane, now, actor, why)
        lane.revives = False
        return _revive(session, now, actor)


def _revive(session: Session, now: datetime, actor: str | None = None) -> int:
    """Make due the letters that wait after a refusal, and those that failed because of one.

    - ``actor``: who opened the lane; None if an accepted letter did. Then a letter that was given
      up while others were accepted stays failed.
    """
    failed = session.execute(
        select(Delivery.id, Delivery.attempt, Delivery.reason, Attempt.about)
        .join(
            Attempt,
            and_(Attempt.delivery_id == Delivery.id, Attempt.number == Delivery.attempt),
        )
        .where(
            Delivery.state == DeliveryState.FAILED,
            Delivery.channel.in_(OF_MAIL_SERVER),
            Delivery.settled_at > now - OLD_NEWS,
        )
        .order_by(Delivery.id)
        .with_for_update(skip_locked=True, of=Delivery)
    ).all()
    again = 0
    for row in failed:
        about = _judge(row.reason or "")
        meant = about not in OF_RECIPIENT if actor else about is About.OURS and row.about is None
        if about is not None and meant:
            again += _set_going(session, row.id, row.attempt, now, actor or "system")
    return again + bring_forward(session, LETTERS, now)


def _set_going(session: Session, delivery_id: int, fence: int, now: datetime, actor: str) -> bool:
    changed = change_state(
        session,
        delivery_id,
        fence,
        DeliveryState.FAILED,
        DeliveryState.RETRY_WAIT,
        now,
        due_at=now,
        reason=None,
    )
    if changed:
        detail: Detail = {"was": DeliveryState.FAILED.value, "lane": LaneName.LETTERS.value}
        record(session, "delivery.retried", "delivery", delivery_id, actor=actor, detail=detail)
    return changed


def _judge(reason: str) -> About | None:
    """Return what a letter failed for, by its stored code; None if no server was contacted."""
    code = reason.removeprefix(GIVEN_UP)
    if code in OUR_SETTINGS:
        return About.OURS
    said, _, phase = code.rpartition(" at ")
    if not said:
        return None
    # A server that is down or drops the connection is our problem in every phase.
    if phase in BEFORE_RECIPIENT or not said[0].isdigit():
        return About.OURS
    return judge(said, phase).about
