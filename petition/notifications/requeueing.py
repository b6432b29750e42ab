"""Makes refused mails due again once their lane is open."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, exists, select, update
from sqlalchemy.orm import Session

from petition.audit.trail import record_all
from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings, transaction
from petition.dispatch.lanes import find_lane, hold_lane, open_lane
from petition.mail.reports.classification import judge
from petition.mail.reports.refusal_kinds import CountsFrom
from petition.models import (
    LaneName,
    Mail,
    MailKind,
    MailLane,
    RefusedMail,
    Signature,
    SignatureState,
)
from petition.models.states import LIVE
from petition.notifications.mailbox_conditions import PUT_ASIDE

CONFIRMATION = 0  # instead of a mail's id
# A signer who has not confirmed by then is reminded once.
REMIND_AFTER = timedelta(days=3)
# A mail that could not be sent for so long is dropped.
OLD_NEWS = timedelta(days=30)
# The mails that waited while the lane was stopped are spread over this, once it is open.
CATCH_UP = timedelta(days=1)
# A confirmation that had gone and goes again is another try: a replay of what was handed over since
# a backup (petition/restore/restored_mails.py) must not take it for the one before.
MAILED_AGAIN: dict[str, Any] = {
    "mailed_at": None,
    "attempt": Signature.attempt + case((Signature.mailed_at.is_not(None), 1), else_=0),
}
# Another mail about letters may be claimed by now: which is first is decided again.
BY_ITSELF = {"told_with": None}
REACHABLE = "signature.reachable"


def revive_if_due() -> None:
    """Make due the mails refused while the lane was stopped, if it was opened since."""
    lane = find_lane(db.session(), LaneName.SIGNERS)
    if lane is None or not lane.revives:
        return
    with transaction() as session:
        lane = hold_lane(session, LaneName.SIGNERS)
        if lane.revives:
            lane.revives = False
            revive(session, utcnow())


def resume(actor: str, why: str = "") -> int:
    """Open the lane by hand and make due all refused mails; return how many.

    - Includes signers marked unreachable for a reason that is not their mailbox.
    """
    now = utcnow()
    with transaction() as session:
        lane = hold_lane(session, LaneName.SIGNERS)
        open_lane(session, lane, now, actor, why)
        lane.revives = False
        lifted = _find_wrongly_unreachable(session)
        _lift(session, lifted, actor, now)
        return revive(session, now) + len(lifted)


def revive(session: Session, now: datetime) -> int:
    """Make due all mails that were refused and given up; return how many. The caller commits.

    - A confirmation that was sent has a planned reminder: one that is recorded as mailed and has
      none was given up.
    """
    made = make_due(session, now)
    session.execute(update(RefusedMail).values(times=0))
    reminded = exists().where(Mail.signature_id == Signature.id, Mail.kind == MailKind.REMINDER)
    confirmations = session.scalars(
        update(Signature)
        .where(
            *_waits_for_confirmation(),
            Signature.mailed_at.is_not(None),
            Signature.created_at > now - PUT_ASIDE,
            ~reminded,
        )
        .values(due_at=now, **MAILED_AGAIN)
        .returning(Signature.id)
    ).all()
    mails = session.scalars(
        update(Mail)
        .where(
            Mail.due_at.is_(None),
            Mail.sent_at.is_(None),
            Mail.attempt >= get_settings().max_attempts,
            Mail.created_at > now - OLD_NEWS,
        )
        .values(due_at=now, **BY_ITSELF)
        .returning(Mail.id)
    ).all()
    return made + len(confirmations) + len(mails)


def make_due(session: Session, now: datetime, *meant: ColumnElement[bool]) -> int:
    """Make due each mail that was refused, or those that are ``meant``; return how many.

    - Signers marked unreachable by refusals that are ``meant`` are marked reachable.
    - Mails that are claimed, or that are not to be sent, stay as they are.
    """
    if meant:
        gone = session.scalars(
            select(RefusedMail.signature_id)
            .join(Signature, Signature.id == RefusedMail.signature_id)
            .where(*meant, RefusedMail.gone, Signature.unreachable_at.is_not(None))
            .distinct()
        ).all()
        _lift(session, list(gone), "system", now)
    confirmations = session.scalars(
        update(Signature)
        .where(
            Signature.id == RefusedMail.signature_id,
            Signature.attempt == RefusedMail.attempt,
            RefusedMail.mail_id == CONFIRMATION,
            *_waits_for_confirmation(),
            *meant,
        )
        .values(due_at=now, **MAILED_AGAIN)
        .returning(Signature.id)
    ).all()
    mails = session.scalars(
        update(Mail)
        .where(
            Mail.id == RefusedMail.mail_id,
            Mail.attempt == RefusedMail.attempt,
            Mail.sent_at.is_(None),
            Mail.created_at > now - OLD_NEWS,
            *meant,
        )
        .values(due_at=now, **BY_ITSELF)
        .returning(Mail.id)
    ).all()
    return len(confirmations) + len(mails)


def find_oldest(lane: MailLane | None, now: datetime) -> datetime:
    """Return since when answers that were never mailed may wait for their confirmation."""
    since = now
    if lane is not None and lane.stopped_at is not None:
        if lane.opened_at is None or lane.opened_at > now - CATCH_UP:
            since = min(now, lane.stopped_at)
    return since - PUT_ASIDE


def _waits_for_confirmation() -> tuple[ColumnElement[bool], ...]:
    return (
        Signature.state == SignatureState.PENDING,
        Signature.person.is_not(None),
        Signature.unreachable_at.is_(None),
        Signature.unsubscribed_at.is_(None),
    )


def _find_wrongly_unreachable(session: Session) -> list[int]:
    """Return the live signatures that are unreachable for a reason that is not their mailbox."""
    rows = session.execute(
        select(Signature.id, Signature.unreachable_cause).where(
            Signature.state.in_(LIVE),
            Signature.unreachable_at > utcnow() - OLD_NEWS,
            Signature.unreachable_cause.is_not(None),
        )
    )
    return [signature_id for signature_id, cause in rows if not _blames_mailbox(cause or "")]


def _blames_mailbox(code: str) -> bool:
    """Classify again, by the current rules, the code an address was marked unreachable for."""
    said, _, phase = code.partition(" at ")
    return not phase or judge(said, phase).counts is CountsFrom.NOW


def _lift(session: Session, signature_ids: list[int], actor: str, now: datetime) -> None:
    """Mark these as reachable again, and make due the mails that were dropped for it."""
    if not signature_ids:
        return
    session.execute(
        update(Signature)
        .where(Signature.id.in_(signature_ids))
        .values(unreachable_at=None, doubted_at=None)
    )
    session.execute(
        update(Signature)
        .where(
            Signature.id.in_(signature_ids),
            *_waits_for_confirmation(),
            Signature.mailed_at.is_not(None),
        )
        .values(due_at=now, **MAILED_AGAIN)
    )
    dropped = session.scalars(
        select(Mail).where(
            Mail.signature_id.in_(signature_ids),
            Mail.sent_at.is_(None),
            Mail.due_at.is_(None),
            Mail.created_at > now - OLD_NEWS,
        )
    )
    for mail in dropped:
        early = mail.kind == MailKind.REMINDER
        mail.due_at = max(now, mail.created_at + REMIND_AFTER) if early else now
        mail.told_with = None
    session.flush()
    record_all(session, REACHABLE, "signature", {id: {} for id in signature_ids}, actor=actor)
