"""Enter into a restored database the messages of organizations that people got after its backup."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from petition.models import Consent, RelayMessage, RelaySend
from petition.models.states import OutgoingState
from petition.restore.handover_records import SentMail

WAITING = (OutgoingState.QUEUED, OutgoingState.RETRY_WAIT)
RESTORED = "sent before the restore"


def settle_relayed(session: Session, sent: SentMail, *, again: bool) -> bool | None:
    """Record that a message was sent to a person; return whether anything changed.

    - None if the message is not in this backup: nothing is left that would send it.
    - Of a draft: the person is in it from now on, so that sending it leaves them out.
    - Whose consent has ended by now is not written to again in any case.
    - ``again``: see ``replay_mails``.
    """
    message = session.scalars(
        select(RelayMessage).where(
            RelayMessage.created_at == datetime.fromisoformat(sent.name.about)
        )
    ).first()
    if message is None:
        return None
    consent_id = session.scalar(
        select(Consent.id)
        .where(
            Consent.signature_id == sent.name.signature_id,
            Consent.organization_id == message.organization_id,
            Consent.purpose == message.purpose,
        )
        .order_by(Consent.id.desc())
        .limit(1)
    )
    if consent_id is None:
        return False
    row = session.scalars(
        select(RelaySend)
        .where(RelaySend.message_id == message.id, RelaySend.consent_id == consent_id)
        .with_for_update()
    ).one_or_none()
    if row is not None:
        is_open = row.state in (*WAITING, OutgoingState.SENDING)
        if not is_open or row.attempt > sent.attempt:
            return False
        if row.attempt == sent.attempt and again:
            return False
    try:
        with session.begin_nested():
            _settle(session, sent, row or _add(session, message.id, consent_id, sent))
    except IntegrityError:  # the consent has ended: the database lets nobody be written to by it
        return _cancel(session, row, sent)
    return True


def _add(session: Session, message_id: int, consent_id: int, sent: SentMail) -> RelaySend:
    row = RelaySend(
        message_id=message_id,
        consent_id=consent_id,
        state=OutgoingState.QUEUED,
        created_at=sent.at,
        due_at=None,
    )
    session.add(row)
    session.flush()
    return row


def _settle(session: Session, sent: SentMail, row: RelaySend) -> None:
    row_id = row.id
    end = OutgoingState.ACCEPTED if sent.is_sure else OutgoingState.UNKNOWN
    if row.state != OutgoingState.SENDING:
        _change(session, row_id, state=OutgoingState.SENDING, attempt=sent.attempt)
    _change(session, row_id, state=end, due_at=None, settled_at=sent.at, reason=RESTORED)


def _cancel(session: Session, row: RelaySend | None, sent: SentMail) -> bool:
    if row is None:
        return False
    _change(
        session,
        row.id,
        state=OutgoingState.CANCELLED,
        due_at=None,
        settled_at=sent.at,
        reason=RESTORED,
    )
    return True


def _change(session: Session, row_id: int, **values: object) -> None:
    session.execute(update(RelaySend).where(RelaySend.id == row_id).values(**values))
