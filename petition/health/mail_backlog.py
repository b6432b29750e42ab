"""How many mails to signers and accounts wait and how long, and which codes refused how many.

- Each query reads at most MOST_COUNTED rows, by an index: with more, a count stops there, and an
  age is that of the rows that have waited longest.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.health.ages import age
from petition.models import (
    AccountMail,
    Attempt,
    Delivery,
    DeliveryState,
    LaneName,
    Mail,
    MailKind,
    RefusedMail,
    Signature,
    SignatureState,
)
from petition.models.outgoing.mail import NOT_GONE
from petition.notifications.requeueing import CONFIRMATION

MOST_COUNTED = 100_000
# Older refusals do not describe the current state.
LATELY = timedelta(hours=1)
CONFIRMATIONS = "confirmation"
KINDS = (CONFIRMATIONS, *(kind.value for kind in MailKind))
_CODE = re.compile(r"([2-5][0-9]{2})\b")
_PHASES = frozenset({"connect", "ehlo", "helo", "starttls", "auth", "mail", "rcpt", "data", "body"})
OTHER = "other"


@dataclass(frozen=True, slots=True)
class KindFigures:
    """The mails of one kind.

    - ``due``: a worker may send them now. ``retried``: refused, and due again after a back-off.
      ``given_up``: refused, and sent again once a person resumes.
    - ``oldest``: seconds since the oldest unsent mail became due or, where it was refused, since
      its first refusal, so that a back-off does not reset it.
    - ``overdue``: seconds that the oldest mail which is due now has been due.
    """

    due: int = 0
    retried: int = 0
    given_up: int = 0
    oldest: float = 0.0
    overdue: float = 0.0


@dataclass(frozen=True, slots=True)
class MailFigures:
    """The figures of every kind; ``refused``: how many were refused and not sent since."""

    kinds: Mapping[str, KindFigures]
    refused: int

    @property
    def due(self) -> int:
        """How many mails a worker may send now."""
        return sum(kind.due for kind in self.kinds.values())


@dataclass(frozen=True, slots=True)
class AccountMailFigures:
    """The e-mails to accounts that are not sent; ``oldest``: seconds since it was planned."""

    waiting: int
    oldest: float


def read_mails(session: Session) -> MailFigures:
    """Return the figures of the mails to signers, confirmations among them."""
    now = utcnow()
    due = {CONFIRMATIONS: _read_confirmations(session, now)} | _read_due(session, now)
    refused = _read_refused(session, now)
    kinds = {kind: _describe(kind, due, refused, now) for kind in KINDS}
    return MailFigures(kinds, sum(number for number, _ in refused.values()))


def read_refusals(session: Session) -> dict[str, dict[str, int]]:
    """Return for each lane how many were refused within an hour and not sent since, by reply code.

    - Without those refused because of their recipient.
    - Where there was no code: by the phase that failed (``connect``, ``starttls``, ``auth`` ...).
    """
    since = utcnow() - LATELY
    signers = select(RefusedMail.cause.label("cause")).where(NOT_GONE, RefusedMail.last_at >= since)
    letters = (
        select(func.coalesce(Attempt.detail, "").label("cause"))
        .join(Delivery, (Delivery.id == Attempt.delivery_id) & (Delivery.attempt == Attempt.number))
        .where(
            Attempt.about.is_not(None),
            Attempt.ended_at >= since,
            Delivery.state == DeliveryState.RETRY_WAIT,
        )
    )
    found: dict[str, dict[str, int]] = {}
    for lane, query in ((LaneName.SIGNERS, signers), (LaneName.LETTERS, letters)):
        rows = query.limit(MOST_COUNTED).subquery()
        codes: dict[str, int] = {}
        for cause, number in session.execute(
            select(rows.c.cause, func.count()).group_by(rows.c.cause)
        ):
            codes[find_code(cause)] = codes.get(find_code(cause), 0) + number
        found[lane.value] = codes
    return found


def read_account_mails(session: Session) -> AccountMailFigures:
    """Return the figures of the e-mails to accounts, also of those that are tried again later."""
    waiting, oldest = session.execute(
        select(func.count(), func.min(AccountMail.created_at)).where(
            AccountMail.due_at.is_not(None)
        )
    ).one()
    return AccountMailFigures(waiting, age(oldest, utcnow()))


def find_code(cause: str) -> str:
    """Return the reply code of a cause, or else its phase; never text of a mail server."""
    code = _CODE.match(cause)
    if code:
        return code[1]
    phase = cause.rpartition(" ")[2]
    return phase if phase in _PHASES else OTHER


def describe_kind(figures: KindFigures) -> dict[str, Any]:
    """Return the figures of a kind as `petition status --json` prints them."""
    return {
        "due": figures.due,
        "retried": figures.retried,
        "given_up": figures.given_up,
        "oldest_seconds": figures.oldest,
    }


def _read_confirmations(session: Session, now: datetime) -> tuple[int, datetime | None]:
    due = (
        select(Signature.due_at)
        .where(
            Signature.state == SignatureState.PENDING,
            Signature.due_at <= now,
            Signature.mailed_at.is_(None),
            Signature.unsubscribed_at.is_(None),
            Signature.unreachable_at.is_(None),
        )
        .order_by(Signature.due_at)
        .limit(MOST_COUNTED)
        .subquery()
    )
    number, oldest = session.execute(select(func.count(), func.min(due.c.due_at))).one()
    return number, oldest


def _read_due(session: Session, now: datetime) -> dict[str, tuple[int, datetime | None]]:
    due = (
        select(Mail.kind, Mail.due_at)
        .where(Mail.due_at <= now)
        .order_by(Mail.due_at)
        .limit(MOST_COUNTED)
        .subquery()
    )
    rows = session.execute(
        select(due.c.kind, func.count(), func.min(due.c.due_at)).group_by(due.c.kind)
    )
    return {kind: (number, oldest) for kind, number, oldest in rows}


def _read_refused(session: Session, now: datetime) -> dict[tuple[str, str], tuple[int, datetime]]:
    """Return number and first refusal by kind and outcome, without mails that were sent since."""
    refused = (
        select(RefusedMail.signature_id, RefusedMail.mail_id, RefusedMail.first_at)
        .where(NOT_GONE)
        .order_by(RefusedMail.last_at.desc())
        .limit(MOST_COUNTED)
        .subquery()
    )
    is_mail = refused.c.mail_id != CONFIRMATION
    goes = case(
        (is_mail, Mail.sent_at.is_(None)),
        else_=Signature.state == SignatureState.PENDING,
    )
    is_held = case((is_mail, Mail.due_at.is_not(None)), else_=Signature.mailed_at.is_(None))
    due_at: ColumnElement[Any] = case((is_mail, Mail.due_at), else_=Signature.due_at)
    fate = case((~is_held, "given_up"), (due_at <= now, "due"), else_="retried")
    kind = case((is_mail, Mail.kind), else_=CONFIRMATIONS)
    rows = session.execute(
        select(kind, fate, func.count(), func.min(refused.c.first_at))
        .select_from(refused)
        .outerjoin(Mail, (Mail.id == refused.c.mail_id) & is_mail)
        .outerjoin(Signature, (Signature.id == refused.c.signature_id) & ~is_mail)
        .where(goes)
        .group_by(kind, fate)
    )
    return {(kind, fate): (number, first) for kind, fate, number, first in rows}


def _describe(
    kind: str,
    due: Mapping[str, tuple[int, datetime | None]],
    refused: Mapping[tuple[str, str], tuple[int, datetime]],
    now: datetime,
) -> KindFigures:
    number, since = due.get(kind, (0, None))
    firsts = [refused[kind, fate][1] for fate in ("due", "retried") if (kind, fate) in refused]
    moments = [*firsts, *([since] if since is not None else [])]
    return KindFigures(
        due=number,
        retried=refused.get((kind, "retried"), (0, now))[0],
        given_up=refused.get((kind, "given_up"), (0, now))[0],
        oldest=age(min(moments, default=None), now),
        overdue=age(since, now),
    )
