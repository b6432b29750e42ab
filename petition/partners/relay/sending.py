"""Begins, pauses and stops a message; the engine of petition/dispatch sends its rows."""

from datetime import timedelta

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.extensions import get_settings, transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.dispatch.state_changes import count_rows
from petition.models import AccessKind, Organization, RelayMessage, RelaySend, RelayState
from petition.models.states import OutgoingState
from petition.partners.consents.accesses import record_access
from petition.partners.relay.audience import Audience, choose_people
from petition.partners.relay.drafts import RelayRefused, find_message, require_state
from petition.partners.relay.relay_problems import RelayProblem

TESTS_A_DAY = 20
WAITING = (OutgoingState.QUEUED, OutgoingState.RETRY_WAIT)
_UNSETTLED = (*WAITING, OutgoingState.SENDING)


def start_sending(
    organization_id: int, user_id: int, message_id: int, *, seen: str | None = None
) -> int:
    """Choose the people of a draft and make their rows due; return how many.

    - One transaction: whoever is written down by ``record_access`` has a row, and nobody else. The
      organization is locked, so two messages begun at once do not choose the same people, and the
      same message begun twice is begun once.
    - ``seen``: its ``changed_at`` as it was shown, in ISO 8601, so that nothing is sent that a
      colleague changed since; None: whatever it is.
    - Raises NotFound; RelayRefused where it is no draft, nobody would get it, or too many
      messages were begun within a day.
    """
    with transaction() as session:
        _lock_organization(session, organization_id)
        message = find_message(session, organization_id, message_id, lock=True)
        require_state(message, RelayState.DRAFT)
        if seen is not None and seen != message.changed_at.isoformat():
            raise RelayRefused(RelayProblem.NOT_IN_STATE)
        _limit_messages(session, organization_id)
        audience = Audience.of(message)
        written = record_access(
            session,
            organization_id=organization_id,
            actor=f"partner:{user_id}",
            kind=AccessKind.RELAY,
            purpose=audience.purpose,
            filters=_describe(message),
            consent_ids=_choose_new(session, message),
        )
        if not written:
            raise RelayRefused(RelayProblem.NOBODY)
        now = utcnow()
        row = {
            "message_id": message_id,
            "state": OutgoingState.QUEUED,
            "created_at": now,
            "due_at": now,
        }
        session.execute(
            insert(RelaySend), [row | {"consent_id": consent_id} for consent_id in written]
        )
        message.state, message.sender_id = RelayState.SENDING, user_id
        message.people, message.started_at = len(written), now
        _note(session, message_id, "started", f"partner:{user_id}", people=len(written))
        wake_after_commit(session, Stage.DISPATCH)
        return len(written)


def send_test(organization_id: int, user_id: int, message_id: int) -> None:
    """Make a test of a message due, to the account's own address.

    - Raises NotFound; RelayRefused after TESTS_A_DAY of this account.
    """
    with transaction() as session:
        find_message(session, organization_id, message_id, lock=True)
        now = utcnow()
        recent = select(func.count()).where(
            RelaySend.user_id == user_id, RelaySend.created_at > now - timedelta(days=1)
        )
        if (session.scalar(recent) or 0) >= TESTS_A_DAY:
            raise RelayRefused(RelayProblem.TOO_MANY_TESTS, most=TESTS_A_DAY)
        session.add(
            RelaySend(
                message_id=message_id,
                user_id=user_id,
                state=OutgoingState.QUEUED,
                created_at=now,
                due_at=now,
            )
        )
        _note(session, message_id, "tested", f"partner:{user_id}")
        wake_after_commit(session, Stage.DISPATCH)


def pause_message(organization_id: int, message_id: int, actor: str) -> None:
    """Let nobody be written to until it goes on; safe to repeat.

    - What a worker holds at this moment may still be sent.
    """
    with transaction() as session:
        message = find_message(session, organization_id, message_id, lock=True)
        if message.state == RelayState.PAUSED:
            return
        require_state(message, RelayState.SENDING)
        message.state = RelayState.PAUSED
        _note(session, message_id, "paused", actor)


def resume_message(organization_id: int, user_id: int, message_id: int) -> None:
    """Go on with a paused message; answers go to this account from now on."""
    with transaction() as session:
        message = find_message(session, organization_id, message_id, lock=True)
        if message.state == RelayState.SENDING:
            return
        require_state(message, RelayState.PAUSED)
        message.state, message.sender_id = RelayState.SENDING, user_id
        now = utcnow()
        session.execute(
            update(RelaySend)
            .where(RelaySend.message_id == message_id, RelaySend.state == OutgoingState.QUEUED)
            .values(due_at=now)
        )
        _note(session, message_id, "resumed", f"partner:{user_id}")
        wake_after_commit(session, Stage.DISPATCH)


def stop_message(organization_id: int, message_id: int, actor: str) -> int:
    """End a message; return how many people are not written to any more. Safe to repeat."""
    with transaction() as session:
        message = find_message(session, organization_id, message_id, lock=True)
        if message.state == RelayState.STOPPED:
            return 0
        require_state(message, RelayState.SENDING, RelayState.PAUSED)
        now = utcnow()
        message.state, message.ended_at = RelayState.STOPPED, now
        cancelled = count_rows(
            session.execute(
                update(RelaySend)
                .where(RelaySend.message_id == message_id, RelaySend.state.in_(WAITING))
                .values(
                    state=OutgoingState.CANCELLED, due_at=None, settled_at=now, reason="stopped"
                )
            )
        )
        _note(session, message_id, "stopped", actor, cancelled=cancelled)
        return cancelled


def finish_messages() -> int:
    """Set the messages to done of which no row is left to be sent; return how many."""
    with transaction() as session:
        left = exists().where(
            RelaySend.message_id == RelayMessage.id,
            RelaySend.state.in_(_UNSETTLED),
            RelaySend.consent_id.is_not(None),
        )
        done = session.scalars(
            update(RelayMessage)
            .where(RelayMessage.state == RelayState.SENDING, ~left)
            .values(state=RelayState.DONE, ended_at=utcnow())
            .returning(RelayMessage.id)
        ).all()
        for message_id in done:
            _note(session, message_id, "done", "system")
        return len(done)


def _choose_new(session: Session, message: RelayMessage) -> list[int]:
    """Return whom a message is for, without those who got it before a backup was restored."""
    had = select(RelaySend.consent_id).where(
        RelaySend.message_id == message.id, RelaySend.consent_id.is_not(None)
    )
    known = set(session.scalars(had))
    chosen = choose_people(session, Audience.of(message))
    return [consent_id for consent_id in chosen if consent_id not in known]


def _lock_organization(session: Session, organization_id: int) -> None:
    session.execute(
        select(Organization.id)
        .where(Organization.id == organization_id)
        .with_for_update(key_share=True)
    )


def _limit_messages(session: Session, organization_id: int) -> None:
    most = get_settings().relay.messages_a_day
    begun = select(func.count()).where(
        RelayMessage.organization_id == organization_id,
        RelayMessage.started_at > utcnow() - timedelta(days=1),
    )
    if (session.scalar(begun) or 0) >= most:
        raise RelayRefused(RelayProblem.TOO_MANY_TODAY, most=most)


def _describe(message: RelayMessage) -> dict[str, int | str]:
    """Return what the organization's log says of how the people were chosen."""
    filters: dict[str, int | str] = {"message": message.id}
    if message.campaign_id is not None:
        filters["campaign"] = message.campaign_id
    if message.since is not None:
        filters["since"] = message.since.date().isoformat()
    return filters


def _note(session: Session, message_id: int, what: str, actor: str, **detail: int) -> None:
    told: Detail = detail
    record(session, f"relay.{what}", "relay_message", message_id, actor=actor, detail=told)
