"""Mail the confirmations that are due, and let go of those that nobody followed.

A mail may be sent twice after a crash, never not at all: a second confirmation does no harm.
"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.extensions import db, transaction
from petition.handovers import MailName
from petition.logs import get_logger
from petition.mail.lanes import find_lane, give_turn_back, is_closed, take_turn
from petition.models import Campaign, LaneName, MailKind, MailLane, Signature, SignatureState
from petition.models.signature import UNREADABLE
from petition.signing.mails.asks import answer_asks
from petition.signing.mails.composing import Addressee, compose
from petition.signing.mails.mailbox_limits import (
    Place,
    give_place_back,
    hash_mailbox,
    take_place,
)
from petition.signing.mails.mailboxes import PUT_ASIDE, has_unsubscribed, is_passed_over
from petition.signing.mails.naming import CONFIRM, name_confirmation
from petition.signing.mails.planning import plan
from petition.signing.mails.posting import Fate, send_each
from petition.signing.mails.refused import Try, note_fate
from petition.signing.mails.reviving import CONFIRMATION, REMIND_AFTER, find_oldest, revive_if_due
from petition.signing.mails.sending import LEASE
from petition.signing.mails.unreachable import mark_doubted, mark_unreachable
from petition.signing.tokens import LIFETIMES, Purpose
from petition.trail import record
from petition.unreadable import set_aside

log = get_logger(__name__)

BATCH = 20
KIND = CONFIRM  # of its templates and its Message-ID


@dataclass(frozen=True, slots=True)
class _Invitation:
    to: Addressee
    tries: int
    place: int
    name: MailName


def mail_batch(limit: int = BATCH) -> int:
    """Mail up to ``limit`` due confirmations, expire the unfollowed, and return how many are done.

    - A mail server that is away leaves the signatures pending and due again later, as does a
      mailbox that was mailed too often.
    - An address that is refused for good waits for its expiry: an unconfirmed one never counts.
    - Answers that do not open are put aside (petition/unreadable.py).
    - While the lane is stopped (petition/mail/lanes.py) all wait, but for one now and then.
    """
    answer_asks()
    revive_if_due()
    expired = _expire(limit)
    if is_closed(LaneName.SIGNERS, utcnow()):
        return expired
    claimed, invitations = _claim(limit)
    well = not invitations or send_each(invitations, compose_invitation, _settle)
    return claimed + expired if well else expired


def compose_invitation(invitation: _Invitation) -> EmailMessage:
    """Return the mail that asks for the confirmation."""
    days = LIFETIMES[Purpose.CONFIRM].days
    return compose(invitation.to, KIND, invitation.tries, {"days": days})


def _claim(limit: int) -> tuple[int, list[_Invitation]]:
    now = utcnow()
    with transaction() as session:
        lane = find_lane(session, LaneName.SIGNERS)
        stopped = lane is not None and lane.is_stopped
        limit = take_turn(session, lane, now, limit)
        if not limit:
            return 0, []
        waits = _waits(lane, now)
        session.execute(
            update(Signature)
            .where(*waits, is_passed_over() | has_unsubscribed())
            .values(due_at=now + PUT_ASIDE)
            .execution_options(synchronize_session=False)
        )
        # Of a stopped lane one that was tried least: that many others wait says nothing of it.
        order = (Signature.tries, Signature.due_at) if stopped else (Signature.due_at,)
        due = (
            select(Signature.id)
            .where(*waits, Signature.unreachable_at.is_(None))
            .order_by(*order)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claimed = session.execute(
            update(Signature)
            .where(Signature.id.in_(due))
            .values(due_at=now + LEASE, tries=Signature.tries + 1)
            .returning(
                Signature.id,
                Signature.tries,
                Signature.person,
                Signature.campaign_id,
                Signature.language,
                Signature.email_digest,
                Signature.created_at,
            )
            .execution_options(synchronize_session=False)
        ).all()
        campaigns = {
            campaign.id: campaign
            for campaign in session.scalars(
                select(Campaign).where(Campaign.id.in_({row.campaign_id for row in claimed}))
            )
        }
        broken = [row.id for row in claimed if not row.person.is_readable]
        set_aside(session, broken, now)
        sound = (row for row in claimed if row.person.is_readable)
        rows = sorted((hash_mailbox(row.person.email), row) for row in sound)
        found = [
            _invite(session, mailbox, row, campaigns[row.campaign_id], now) for mailbox, row in rows
        ]
        invitations = [one for one in found if one is not None]
        if stopped and not invitations:
            give_turn_back(session, LaneName.SIGNERS, now)
        return len(claimed), invitations


def _invite(
    session: Session, mailbox: bytes, row: Row[*tuple[Any, ...]], campaign: Campaign, now: datetime
) -> _Invitation | None:
    """Return the invitation; None where it must wait, or no confirmation counts any more."""
    if campaign.takes_confirmations(now):
        place = take_place(session, mailbox, True, now)
    else:
        place = Place(None, now + PUT_ASIDE)
    if place.id is not None:
        to = Addressee.of(row.id, row.person, campaign, row.language)
        name = name_confirmation(row.id, row.email_digest, row.created_at)
        return _Invitation(to, row.tries, place.id, name)
    session.execute(
        update(Signature)
        .where(Signature.id == row.id)
        .values(due_at=place.until)
        .execution_options(synchronize_session=False)
    )
    return None


def _waits(lane: MailLane | None, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What is to be mailed, unless its mailbox has answered anew since or wants no mail."""
    return (
        Signature.state == SignatureState.PENDING,
        Signature.due_at <= now,
        Signature.mailed_at.is_(None),
        Signature.unsubscribed_at.is_(None),
        Signature.created_at > find_oldest(lane, now),
    )


def _settle(invitation: _Invitation, fate: Fate, code: str) -> bool:
    now = utcnow()
    signature_id = invitation.to.signature_id
    log.info("invitation.settled", signature=signature_id, fate=fate.value, code=code)
    with transaction() as session:
        tried = Try(signature_id, CONFIRMATION, invitation.tries)
        ruling = note_fate(session, tried, fate, code, now)
        done = ruling.again_at is None
        due_at = ruling.again_at or now + LIFETIMES[Purpose.CONFIRM]
        held = session.scalar(
            update(Signature)
            .where(*_held(invitation))
            .values({"due_at": due_at} | ({"mailed_at": now} if done else {}))
            .returning(Signature.id)
            .execution_options(synchronize_session=False)
        )
        if fate is not Fate.SENT:
            give_place_back(session, invitation.place)
        if held is not None and fate is Fate.SENT:
            signer = select(Signature.id).where(Signature.id == signature_id)
            plan(session, signer, MailKind.REMINDER, now + REMIND_AFTER)
        if ruling.gone:
            mark_unreachable(session, signature_id, code)
        if ruling.doubted:
            mark_doubted(session, signature_id, code, now)
    return ruling.goes_on


def _held(invitation: _Invitation) -> tuple[ColumnElement[bool], ...]:
    """The row while it is still ours: a slow batch must not undo what came after its lease."""
    return (
        Signature.id == invitation.to.signature_id,
        Signature.state == SignatureState.PENDING,
        Signature.tries == invitation.tries,
    )


def _expire(limit: int) -> int:
    """End what was mailed and not confirmed in time, or whose signer wants or gets no mail.

    - Also what did not open.
    """
    now = utcnow()
    lane = find_lane(db.session(), LaneName.SIGNERS)
    waiting = (
        select(Signature.id)
        .where(
            Signature.state == SignatureState.PENDING,
            Signature.due_at <= now,
            Signature.mailed_at.is_not(None)
            | (Signature.created_at <= find_oldest(lane, now))
            | Signature.unsubscribed_at.is_not(None)
            | Signature.unreachable_at.is_not(None)
            | (Signature.review_reason == UNREADABLE),
        )
        .limit(limit)
    )
    if db.session.scalar(waiting.limit(1)) is None:
        return 0
    with transaction() as session:
        expired = session.scalars(
            update(Signature)
            .where(
                Signature.id.in_(waiting.with_for_update(skip_locked=True)),
                Signature.state == SignatureState.PENDING,
            )
            .values(state=SignatureState.EXPIRED, ended_at=now, due_at=None)
            .returning(Signature.id)
            .execution_options(synchronize_session=False)
        ).all()
        for signature_id in expired:
            record(session, "signature.expired", "signature", signature_id)
    return len(expired)
