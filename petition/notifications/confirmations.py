"""Sends the mails that ask signers for confirmation.

After a crash a mail may be sent twice, but none is lost: a second confirmation does no harm.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ColumnExpressionArgument, Row, select, update
from sqlalchemy.orm import Session, selectinload

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.core.logs import get_logger
from petition.dispatch.lanes import find_lane, give_turn_back, take_turn
from petition.dispatch.leases import BATCH_LEASE, claim_rows, is_held
from petition.journals.handovers import MailName
from petition.models import Campaign, LaneName, MailKind, Signature, SignatureState
from petition.notifications.composition import MailAddressee, compose
from petition.notifications.confirmation_expiry import expire, find_over, is_due, is_over
from petition.notifications.link_requests import answer_asks
from petition.notifications.mail_handover import HandoverOutcome, send_each
from petition.notifications.mail_plans import plan
from petition.notifications.mailbox_conditions import PUT_ASIDE, has_unsubscribed, is_passed_over
from petition.notifications.mailbox_limits import (
    QueuePlace,
    give_place_back,
    hash_mailbox,
    take_place,
)
from petition.notifications.refusals import Try, note_outcome
from petition.notifications.requeueing import CONFIRMATION, REMIND_AFTER, revive_if_due
from petition.notifications.restore_names import CONFIRM, name_confirmation
from petition.notifications.unreachable_addresses import mark_doubted, mark_unreachable
from petition.signing.link_tokens import LIFETIMES, LinkPurpose
from petition.transitions.unreadable_signatures import set_aside

log = get_logger(__name__)

BATCH = 20
KIND = CONFIRM  # in the names of its templates and in its Message-ID


@dataclass(frozen=True, slots=True)
class _Invitation:
    to: MailAddressee
    attempt: int
    place: int
    name: MailName


class _Batch(NamedTuple):
    """One claimed batch: how many expired, how many were claimed, and the mails to send."""

    expired: int
    claimed: int
    invitations: list[_Invitation]


def mail_batch(limit: int = BATCH) -> int:
    """Mail or expire up to ``limit`` due confirmations; return how many were handled.

    - Those that nobody followed in time expire (confirmation_expiry.py).
    - If the mail server is unavailable, or the limit of a mailbox is reached, the signature stays
      pending and is due again later.
    - An address that is refused permanently waits for its expiry: an unconfirmed one never counts.
    - Signatures whose data does not open are postponed (petition/transitions/
      unreadable_signatures.py).
    - While the lane is stopped (petition/dispatch/lanes.py) only a probe is sent.
    """
    answer_asks()
    revive_if_due()
    batch = _claim(limit)
    well = not batch.invitations or send_each(batch.invitations, compose_invitation, _settle)
    return batch.claimed + batch.expired if well else batch.expired


def compose_invitation(invitation: _Invitation) -> EmailMessage:
    """Return the mail that asks for the confirmation."""
    days = LIFETIMES[LinkPurpose.CONFIRM].days
    return compose(invitation.to, KIND, invitation.attempt, {"days": days})


def _claim(limit: int) -> _Batch:
    """Claim the oldest due ones, to mail or to expire: no query reads past a backlog."""
    now = utcnow()
    with transaction() as session:
        lane = find_lane(session, LaneName.SIGNERS)
        turn = take_turn(session, lane, now, limit)
        if lane is None or not lane.is_stopped:
            due = _find_due(session, now, limit, Signature.due_at)
            over = due
        else:
            over = find_over(session, lane, now, limit)
            # One with the fewest attempts, which may not be at fault itself.
            order = (Signature.attempt, Signature.due_at)
            due = _find_due(session, now, turn, *order, but=is_over(lane, now))
        expired = expire(session, over, lane, now)
        claimed, invitations = _claim_these(session, {*due} - {*expired}, now)
        if turn and lane is not None and lane.is_stopped and not invitations:
            give_turn_back(session, LaneName.SIGNERS, now)
        return _Batch(len(expired), claimed, invitations)


def _find_due(
    session: Session,
    now: datetime,
    limit: int,
    *order: ColumnExpressionArgument[Any],
    but: ColumnElement[bool] | None = None,
) -> Sequence[int]:
    due = select(Signature.id).where(*is_due(now)).order_by(*order).limit(limit)
    if but is not None:
        due = due.where(~but)
    return session.scalars(due.with_for_update(skip_locked=True)).all()


def _claim_these(
    session: Session, ids: Collection[int], now: datetime
) -> tuple[int, list[_Invitation]]:
    """Claim ``ids``; return how many there were, and the mails to send."""
    if not ids:
        return 0, []
    aside = session.scalars(
        update(Signature)
        .where(Signature.id.in_(ids), is_passed_over() | has_unsubscribed())
        .values(due_at=now + PUT_ASIDE)
        .returning(Signature.id)
    ).all()
    claimed = claim_rows(
        session,
        Signature,
        {*ids} - {*aside},
        now + BATCH_LEASE,
        Signature.id,
        Signature.attempt,
        Signature.person,
        Signature.campaign_id,
        Signature.language,
        Signature.email_digest,
        Signature.created_at,
    )
    campaigns = {
        campaign.id: campaign
        for campaign in session.scalars(
            select(Campaign)
            .where(Campaign.id.in_({row.campaign_id for row in claimed}))
            .options(selectinload(Campaign.owners))
        )
    }
    broken = [row.id for row in claimed if not row.person.is_readable]
    set_aside(session, broken, now)
    sound = (row for row in claimed if row.person.is_readable)
    rows = sorted((hash_mailbox(row.person.email), row) for row in sound)
    found = [
        _invite(session, mailbox, row, campaigns[row.campaign_id], now) for mailbox, row in rows
    ]
    return len(ids), [one for one in found if one is not None]


def _invite(
    session: Session, mailbox: bytes, row: Row[*tuple[Any, ...]], campaign: Campaign, now: datetime
) -> _Invitation | None:
    """Return the invitation; None if it must wait, or the campaign accepts no confirmation now."""
    if campaign.takes_confirmations(now):
        place = take_place(session, mailbox, True, now)
    else:
        place = QueuePlace(None, now + PUT_ASIDE)
    if place.id is not None:
        to = MailAddressee.of(row.id, row.person, campaign, row.language)
        name = name_confirmation(row.id, row.email_digest, row.created_at)
        return _Invitation(to, row.attempt, place.id, name)
    session.execute(update(Signature).where(Signature.id == row.id).values(due_at=place.until))
    return None


def _settle(invitation: _Invitation, outcome: HandoverOutcome, code: str) -> bool:
    now, signature_id = utcnow(), invitation.to.signature_id
    with transaction() as session:
        tried = Try(signature_id, CONFIRMATION, invitation.attempt)
        ruling = note_outcome(session, tried, outcome, code, now)
        done = ruling.again_at is None
        due_at = ruling.again_at or now + LIFETIMES[LinkPurpose.CONFIRM]
        held = session.scalar(
            update(Signature)
            .where(*_held(invitation))
            .values({"due_at": due_at} | ({"mailed_at": now} if done else {}))
            .returning(Signature.id)
        )
        if outcome is not HandoverOutcome.SENT:
            give_place_back(session, invitation.place)
        if held is not None and outcome is HandoverOutcome.SENT:
            signer = select(Signature.id).where(Signature.id == signature_id)
            plan(session, signer, MailKind.REMINDER, now + REMIND_AFTER)
        if ruling.gone:
            mark_unreachable(session, signature_id, code)
        if ruling.doubted:
            mark_doubted(session, signature_id, code, now)
    log.info("invitation.settled", signature=signature_id, outcome=outcome.value, code=code)
    return ruling.goes_on


def _held(invitation: _Invitation) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that the claim still holds, as it may not in a slow batch."""
    return (
        *is_held(Signature, invitation.to.signature_id, invitation.attempt),
        Signature.state == SignatureState.PENDING,
    )
