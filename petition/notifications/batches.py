"""Sends the mails to signers that are due, except for confirmations.

A row is planned in the transaction of the change it reports, or by the reconciler. A crash right
after the hand-over may send a mail twice, but never loses one; after a restore a mail may be lost,
but is never sent twice (petition/restore/restored_mails.py).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.core.logs import get_logger
from petition.dispatch.lanes import find_lane, give_turn_back, is_closed, take_turn
from petition.dispatch.leases import BATCH_LEASE, claim_rows
from petition.journals.handovers import MailName
from petition.models import Ask, Campaign, LaneName, Mail, MailKind, Signature
from petition.models.outgoing.mail import LINKS
from petition.models.signatures.person import skip_broken
from petition.notifications.composition import MailAddressee, compose
from petition.notifications.digests import (
    disband,
    find_gap,
    gather,
    hold_others,
    leave_out,
    may_be_claimed,
)
from petition.notifications.link_requests import answer_asks
from petition.notifications.mail_content import WithheldReason, describe
from petition.notifications.mail_handover import HandoverOutcome, send_each
from petition.notifications.mailbox_limits import give_place_back, hash_mailbox, take_place
from petition.notifications.refusals import Try, choose_wait, note_outcome
from petition.notifications.requeueing import OLD_NEWS, revive_if_due
from petition.notifications.restore_names import name_mail
from petition.notifications.unreachable_addresses import mark_doubted, mark_unreachable
from petition.transitions.unreadable_signatures import check_key, note_unreadable

log = get_logger(__name__)

BATCH = 20
# The wait of a mail that cannot be sent yet.
LOOK_AGAIN = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class _Claimed:
    mail_id: int
    attempt: int
    kind: MailKind
    number: int
    to: MailAddressee
    values: dict[str, Any]
    place: int
    name: MailName


def is_any_due() -> bool:
    """Return whether a mail is due, or one was asked for."""
    due = select(Mail.id).where(Mail.due_at <= utcnow()).limit(1)
    asked = select(Ask.id).limit(1)
    return any(db.session.scalar(found) is not None for found in (due, asked))


def send_batch(limit: int = BATCH) -> int:
    """Send up to ``limit`` due mails; return how many were handled, 0 if the server is unavailable.

    - While the lane is stopped (petition/dispatch/lanes.py) only a probe is sent.
    - Mails to signers who left, unsubscribed or are unreachable are dropped. Mails beyond the
      limits of a mailbox wait, and are dropped if they are older than OLD_NEWS.
    """
    answer_asks()
    revive_if_due()
    if is_closed(LaneName.SIGNERS, utcnow()):
        return 0
    due, claimed = _claim(limit)
    well = send_each(claimed, _compose, _settle)
    return due if well else 0


def _compose(claimed: _Claimed) -> EmailMessage:
    return compose(claimed.to, claimed.kind, claimed.number, claimed.values)


def _claim(limit: int) -> tuple[int, list[_Claimed]]:
    now = utcnow()
    with transaction() as session:
        lane = find_lane(session, LaneName.SIGNERS)
        stopped = lane is not None and lane.is_stopped
        limit = take_turn(session, lane, now, limit)
        if not limit:
            return 0, []
        due, until = _find_due(session, now, limit, stopped=stopped), now + BATCH_LEASE
        ids = [mail_id for (mail_id,) in claim_rows(session, Mail, due, until, Mail.id)]
        gather(session, ids, until, now)
        rows = session.execute(
            select(Mail, Signature, Campaign)
            .join(Signature, Signature.id == Mail.signature_id)
            .join(Campaign, Campaign.id == Signature.campaign_id)
            .where(Mail.id.in_(ids))
            .order_by(Mail.id)
        ).all()
        known = sorted(
            (hash_mailbox(person.email) if person else b"", row.Mail.id)
            for row in rows
            for person in [skip_broken(row.Signature.person)]
        )
        by_id = {row.Mail.id: row for row in rows}
        found = [_prepare(session, *by_id[mail_id], mailbox, now) for mailbox, mail_id in known]
        claimed = [one for one in found if one is not None]
        if stopped and not claimed:
            give_turn_back(session, LaneName.SIGNERS, now)
        return len(ids), claimed


def _find_due(session: Session, now: datetime, limit: int, *, stopped: bool) -> list[int]:
    """Return the ids of due mails, locked: mails with links first, then the oldest.

    - While the lane is stopped one with the fewest attempts, which may not be at fault itself.
    """
    due = (
        select(Mail.id)
        .where(Mail.due_at <= now, may_be_claimed(now))
        .with_for_update(skip_locked=True)
    )
    if stopped:
        return list(session.scalars(due.order_by(Mail.attempt, Mail.due_at).limit(limit)))
    links = list(session.scalars(due.where(LINKS).order_by(Mail.due_at).limit(limit)))
    rest = due.where(Mail.id.not_in(links)).order_by(Mail.due_at, Mail.id)
    return [*links, *session.scalars(rest.limit(limit - len(links)))]


def _prepare(
    session: Session,
    mail: Mail,
    signature: Signature,
    campaign: Campaign,
    mailbox: bytes,
    now: datetime,
) -> _Claimed | None:
    """Return the mail with its content; None if it is dropped or postponed."""
    person = skip_broken(signature.person)
    if mail.kind == MailKind.DELIVERED:
        leave_out(session, mail, now + LOOK_AGAIN)
    told = describe(session, mail, signature, now) if person is not None else WithheldReason.NEVER
    if signature.person is not None and person is None:
        check_key(session, [signature.id])
        note_unreadable(session, [signature.id])
    kind = MailKind(mail.kind)
    if isinstance(told, WithheldReason) or person is None:
        waits = {WithheldReason.LATER: LOOK_AGAIN, WithheldReason.SOON: choose_wait(mail.attempt)}
        wait = waits.get(told) if isinstance(told, WithheldReason) else None
        again_at = now + wait if wait is not None else None
        if mail.kind == MailKind.DELIVERED:
            disband(session, mail, now)
    else:
        place = take_place(session, mailbox, kind == MailKind.LINK, now)
        if place.id is not None:
            proved, language = signature.proved_at is not None, mail.language or signature.language
            to = MailAddressee.of(signature.id, person, campaign, language, proved=proved)
            if len(told.get("links", ())) > 1:
                to = to.of_several(campaigns=told["campaigns"])
            name = name_mail(session, mail, signature)
            return _Claimed(mail.id, mail.attempt, kind, _number(mail), to, told, place.id, name)
        again_at = place.until
    is_recent = again_at is not None and again_at - mail.created_at < OLD_NEWS
    mail.due_at = again_at if is_recent else None
    return None


def _number(mail: Mail) -> int:
    """Return the number of its Message-ID: a link can be asked for repeatedly, each time anew."""
    return int(mail.created_at.timestamp()) if mail.kind == MailKind.LINK else mail.about


def _settle(claimed: _Claimed, outcome: HandoverOutcome, code: str) -> bool:
    now, signature_id = utcnow(), claimed.to.signature_id
    with transaction() as session:
        tried = Try(signature_id, claimed.mail_id, claimed.attempt)
        ruling = note_outcome(session, tried, outcome, code, now)
        if outcome is not HandoverOutcome.SENT:
            give_place_back(session, claimed.place)
        if ruling.doubted:
            mark_doubted(session, signature_id, code, now)
        if outcome is HandoverOutcome.SENT:
            _write(session, claimed, due_at=None, sent_at=now)
            if claimed.kind is MailKind.DELIVERED:
                hold_others(session, signature_id, now + find_gap())
        elif ruling.gone:
            mark_unreachable(session, signature_id, code)
        else:
            _write(session, claimed, due_at=ruling.again_at)
    log.info(
        "mail.settled", mail=claimed.mail_id, kind=claimed.kind, outcome=outcome.value, code=code
    )
    return ruling.goes_on


def _write(session: Session, claimed: _Claimed, **values: datetime | None) -> None:
    """Update the row, and those that were sent with it, if the claim still holds.

    - A slow batch must not overwrite what another worker has recorded.
    """
    held: tuple[ColumnElement[bool], ...] = (
        Mail.signature_id == claimed.to.signature_id,
        or_(Mail.id == claimed.mail_id, Mail.told_with == claimed.mail_id),
        Mail.attempt == claimed.attempt,
        Mail.sent_at.is_(None),
    )
    session.execute(update(Mail).where(*held).values(**values))
