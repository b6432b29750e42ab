"""Combines the mails about a signer's letters into one, and limits how often they are sent.

A row of ``mails`` is about one letter; ``uq_mails_signature_id_kind_about`` allows one for each.
The rows of a signer that are sent together have the same ``told_with``, the id of the claimed one:

- Only one row of a signer can be claimed: the one that is due first, or that was claimed before and
  not sent. ``uq_mails_one_telling`` enforces it; the condition here avoids its violation.
- All other waiting rows are sent with it, except those of the last minutes, whose letters may still
  be returned. Each attempt gathers them again, and all are settled together.
- After that no other is sent for PETITION_DELIVERED_MAIL_HOURS.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from petition.core.extensions import get_settings
from petition.letters.outcome import SENT
from petition.models import Delivery, Mail, MailKind

# A server that returns a letter after accepting it mostly does so within minutes.
MAY_COME_BACK = timedelta(minutes=10)
_TELLS = Mail.kind == MailKind.DELIVERED
_WAITS = Mail.due_at.is_not(None)


def find_gap() -> timedelta:
    """Return how long letters are gathered for one mail, and the least time to the next mail."""
    return timedelta(hours=get_settings().delivered_mail_hours)


def may_be_claimed(now: datetime) -> ColumnElement[bool]:
    """Return the condition on a due Mail that no other about letters to its signer comes first.

    - True of each mail of another kind.
    """
    other = aliased(Mail)
    of_signer = (other.signature_id == Mail.signature_id) & (other.kind == MailKind.DELIVERED)
    earlier = or_(other.due_at < Mail.due_at, and_(other.due_at == Mail.due_at, other.id < Mail.id))
    before_it = exists().where(
        of_signer,
        other.id != Mail.id,
        other.due_at.is_not(None),
        or_(other.told_with == other.id, earlier),
    )
    lately = exists().where(of_signer, other.sent_at > now - find_gap())
    return or_(~_TELLS, and_(or_(Mail.told_with == Mail.id, ~before_it), ~lately))


def gather(session: Session, mail_ids: Sequence[int], until: datetime, now: datetime) -> None:
    """Combine each claimed mail about letters with the waiting ones to the same signer.

    - ``until``: the end of the lease on all of them. Rows locked by others are skipped.
    """
    taking = session.scalars(
        update(Mail)
        .where(Mail.id.in_(mail_ids), _TELLS)
        .values(told_with=Mail.id)
        .returning(Mail.id)
    ).all()
    if not taking:
        return
    first = aliased(Mail)
    is_first = first.id.in_(taking)
    of_signer = (is_first, first.signature_id == Mail.signature_id)
    beside = (
        select(Mail.id)
        .where(
            _TELLS,
            _WAITS,
            Mail.id.not_in(taking),
            Mail.created_at <= now - MAY_COME_BACK,
            Mail.signature_id.in_(select(first.signature_id).where(is_first)),
        )
        .order_by(Mail.id)
        .with_for_update(skip_locked=True)
    )
    ids = session.scalars(beside).all()
    session.execute(
        update(Mail)
        .where(Mail.id.in_(ids))
        .values(
            told_with=select(first.id).where(*of_signer).scalar_subquery(),
            attempt=select(first.attempt).where(*of_signer).scalar_subquery(),
            due_at=until,
        )
    )


def leave_out(session: Session, mail: Mail, again_at: datetime) -> None:
    """Exclude combined rows whose letter is not known to have arrived: it was returned, say."""
    gone = exists().where(Delivery.milestone_id == Mail.about, Delivery.state.in_(SENT))
    _let_go(session, mail, again_at, ~gone)


def disband(session: Session, mail: Mail, now: datetime) -> None:
    """Undo the combination, since the claimed mail is not sent now."""
    _let_go(session, mail, now)
    mail.told_with = None


def list_together(mail: Mail) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on a Mail that it is sent with this one, or is this one."""
    return Mail.signature_id == mail.signature_id, _TELLS, Mail.told_with == mail.id


def hold_others(session: Session, signature_id: int, until: datetime) -> None:
    """Postpone the other mails about letters to a signer until a given time."""
    session.execute(
        update(Mail)
        .where(Mail.signature_id == signature_id, _TELLS, Mail.due_at < until)
        .values(due_at=until)
    )


def _let_go(session: Session, mail: Mail, again_at: datetime, *which: ColumnElement[bool]) -> None:
    session.execute(
        update(Mail)
        .where(*list_together(mail), Mail.id != mail.id, *which)
        .values(told_with=None, due_at=again_at)
    )
