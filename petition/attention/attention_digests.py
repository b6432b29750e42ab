"""E-mails to staff who asked for them: once a day what waits, and at once what cannot wait.

- Rows with ids only are planned here; what they say is written when they are sent. Nothing is
  planned where nothing waits, and each cause is told at once only once.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session, selectinload

from petition.accounts.account_mails import plan_mail
from petition.attention.cards import list_cards, may_see
from petition.attention.sources import SOURCES
from petition.attention.stored_causes import EVERY, note_told, refresh_causes
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.extensions import db, get_settings, transaction
from petition.health.ages import read_reconciler
from petition.models import AccountMailKind, AttentionCause, AttentionDigest, PortalName, User

URGENT = tuple(name for name, source in SOURCES.items() if source.is_urgent)


def gets_digest(user_id: int) -> bool:
    """Return whether an account has switched the e-mails on."""
    return db.session.get(AttentionDigest, user_id, populate_existing=True) is not None


def switch_digest(user_id: int, on: bool, *, actor: str) -> bool:
    """Switch the e-mails of an account on or off; return whether that changed it."""
    with transaction() as session:
        if on:
            row = {"user_id": user_id, "chosen_at": utcnow()}
            added = insert_into(session, AttentionDigest).values(row).on_conflict_do_nothing()
            changed = session.scalar(added.returning(AttentionDigest.user_id)) is not None
        else:
            dropped = delete(AttentionDigest).where(AttentionDigest.user_id == user_id)
            changed = session.scalar(dropped.returning(AttentionDigest.user_id)) is not None
        if changed:
            action = "staff.digest_on" if on else "staff.digest_off"
            record(session, action, "staff", user_id, actor=actor)
    return changed


def watch_causes() -> int:
    """Read the causes again and plan the e-mails about them; return how many were planned."""
    refresh_causes(EVERY)
    return plan_alerts() + plan_digests()


def watch_if_scheduler_is_late() -> int:
    """Do the same where the scheduler, which does it otherwise, does not run."""
    found = read_reconciler(db.session(), get_settings().reconcile_seconds)
    db.session.rollback()
    return watch_causes() if found["last_round"] is not None and found["late"] else 0


def plan_alerts() -> int:
    """Plan an e-mail about each cause that cannot wait and was not told; return how many."""
    now, planned = utcnow(), 0
    with transaction() as session:
        causes = session.scalars(
            select(AttentionCause).where(
                AttentionCause.ended_at.is_(None),
                AttentionCause.told_at.is_(None),
                AttentionCause.deferred_until.is_(None),
                AttentionCause.name.in_(URGENT),
            )
        ).all()
        for cause in causes:
            told = [user for user in _list_readers(session) if may_see(user.roles, cause)]
            if not told or not note_told(session, cause.id, now):
                continue
            for user in told:
                plan_mail(
                    session,
                    AccountMailKind.ALERT,
                    PortalName.STAFF,
                    user_id=user.id,
                    cause_id=cause.id,
                )
            planned += len(told)
    return planned


def plan_digests() -> int:
    """Plan the day's e-mail of each account that gets one, from the chosen hour on."""
    now, planned = utcnow(), 0
    if now.hour < get_settings().digest_hour:
        return 0
    with transaction() as session:
        for user in _list_readers(session, not_planned_on=now):
            if not _take_day(session, user.id, now):
                continue
            cards = list_cards(session, user.roles, with_trail=False)
            if any(card.deferred_until is None for card in cards):
                plan_mail(session, AccountMailKind.DIGEST, PortalName.STAFF, user_id=user.id)
                planned += 1
    return planned


def _list_readers(session: Session, not_planned_on: datetime | None = None) -> list[User]:
    query = (
        select(User)
        .join(AttentionDigest, AttentionDigest.user_id == User.id)
        .where(User.active)
        .options(selectinload(User.roles))
        .order_by(User.id)
    )
    if not_planned_on is not None:
        query = query.where(_is_before(not_planned_on))
    return list(session.scalars(query))


def _take_day(session: Session, user_id: int, now: datetime) -> bool:
    """Return whether the day's e-mail is to be planned; true for one process only."""
    taken = (
        update(AttentionDigest)
        .where(AttentionDigest.user_id == user_id, _is_before(now))
        .values(planned_on=now.date())
        .returning(AttentionDigest.user_id)
    )
    return session.scalar(taken) is not None


def _is_before(now: datetime) -> ColumnElement[bool]:
    return or_(AttentionDigest.planned_on.is_(None), AttentionDigest.planned_on < now.date())
