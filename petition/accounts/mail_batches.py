"""Sends the e-mails to accounts that are due, by the mail stage.

- A crash right after the hand-over may send one twice, but never loses one. While the mail server
  refuses the mails to signers, these wait too; one that cannot be sent for three days is dropped.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from petition.accounts.account_links import AccountLink, make_account_token
from petition.accounts.account_messages import AccountLetter, compose_account_mail
from petition.accounts.password_resets import RESET_LIFE
from petition.accounts.permissions import Permission, covers
from petition.core.clock import utcnow
from petition.core.errors import ChannelRefused, Retryable
from petition.core.extensions import db, get_settings, transaction
from petition.core.logs import get_logger
from petition.dispatch.backoff import Backoff
from petition.dispatch.handover_step import Ended, HandoverEnd, HandoverStep, hand_over
from petition.dispatch.lanes import is_closed
from petition.dispatch.leases import BATCH_LEASE, claim_rows, is_held
from petition.mail import Mailer, make_mailer
from petition.mail.refusal_reason import blames_recipient
from petition.models import (
    AccountMail,
    AccountMailKind,
    Invitation,
    LaneName,
    Organization,
    OrganizationApplication,
    PartnerExport,
    StaffDecision,
    User,
    WebhookEndpoint,
)

BATCH = 20
BACKOFF = Backoff(timedelta(hours=1), least=0.5)
FIRST_WAIT_SECONDS = 30.0
OLD_NEWS = timedelta(days=3)
# A second link for the same account within this time is not sent, and not more than so many a day:
# whoever asks for another's account must not fill a mailbox.
SAME_RESET = timedelta(minutes=5)
MOST_RESETS = 10

# A temporary refusal of one recipient.
OF_ONE = re.compile(r"4\d\d\b.* at rcpt")

# What is not known here: other packages write these.
WRITTEN_ELSEWHERE = (AccountMailKind.DIGEST, AccountMailKind.ALERT)
# Returns what an e-mail to an account says; None if nothing is to be said any more.
Preparer = Callable[[Session, AccountMail, User], AccountLetter | None]
NO_PREPARERS: Mapping[AccountMailKind, Preparer] = {}

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Claimed:
    mail_id: int
    attempt: int
    kind: str
    letter: AccountLetter


def is_account_mail_due() -> bool:
    """Return whether an e-mail to an account is due."""
    due = select(AccountMail.id).where(AccountMail.due_at <= utcnow()).limit(1)
    return db.session.scalar(due) is not None


def send_account_mails(
    limit: int = BATCH, preparers: Mapping[AccountMailKind, Preparer] = NO_PREPARERS
) -> int:
    """Send up to ``limit`` due e-mails; return how many were handled, 0 if the rest must wait.

    - ``preparers``: of the kinds that are written elsewhere; without one these stay due.
    - An unavailable server is contacted once a batch, since it may hang; a temporary refusal of one
      recipient does not affect the others.
    """
    if not is_account_mail_due() or is_closed(LaneName.SIGNERS, utcnow()):
        return 0
    due, claimed = _claim(limit, preparers)
    mailer = make_mailer(get_settings())
    away: Ended | None = None
    for one in claimed:
        if away is not None:
            _settle(one, away)
            continue
        handover = HandoverStep(f"account mail {one.kind}")
        ended, _ = hand_over(partial(_send, mailer, one.letter), handover)
        _settle(one, ended)
        if isinstance(ended.error, Retryable) and not OF_ONE.fullmatch(ended.code):
            away = ended
    return 0 if away is not None else due


def _send(mailer: Mailer, letter: AccountLetter, step: HandoverStep) -> None:
    mailer.send(compose_account_mail(letter), step.begin)


def _claim(
    limit: int, preparers: Mapping[AccountMailKind, Preparer] = NO_PREPARERS
) -> tuple[int, list[_Claimed]]:
    now = utcnow()
    left = [kind for kind in WRITTEN_ELSEWHERE if kind not in preparers]
    with transaction() as session:
        due = (
            select(AccountMail.id)
            .where(AccountMail.due_at <= now, AccountMail.kind.not_in(left))
            .order_by(AccountMail.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        ids = list(session.scalars(due))
        claim_rows(session, AccountMail, ids, now + BATCH_LEASE, AccountMail.id)
        mails = session.scalars(
            select(AccountMail)
            .where(AccountMail.id.in_(ids))
            .order_by(AccountMail.id)
            .execution_options(populate_existing=True)
        ).all()
        claimed = []
        for mail in mails:
            letter = _prepare(session, mail, now, preparers)
            if letter is None:
                mail.due_at = None
            else:
                claimed.append(_Claimed(mail.id, mail.attempt, mail.kind, letter))
        return len(ids), claimed


def _prepare(
    session: Session,
    mail: AccountMail,
    now: datetime,
    preparers: Mapping[AccountMailKind, Preparer],
) -> AccountLetter | None:
    """Return the e-mail; None if there is nobody to send it to, or nothing to say any more."""
    if mail.kind == AccountMailKind.INVITATION:
        return _prepare_invitation(session, mail, now)
    if mail.kind == AccountMailKind.APPLICATION:
        return _prepare_application(session, mail, now)
    if mail.kind == AccountMailKind.REFUSAL:
        return _prepare_refusal(session, mail, now)
    user = session.get(User, mail.user_id) if mail.user_id is not None else None
    if user is None or not user.active:
        return None
    if mail.kind in WRITTEN_ELSEWHERE:
        return preparers[AccountMailKind(mail.kind)](session, mail, user)
    home = f"{get_settings().public_url}/{mail.portal}/"
    if mail.kind == AccountMailKind.RESET:
        if now - mail.created_at > RESET_LIFE or _was_sent_enough(session, mail):
            return None
        token = make_account_token(AccountLink.RESET, mail.id, mail.secret or b"")
        home = f"{home}reset/{token}"
    if mail.kind == AccountMailKind.EXPORT:
        return _prepare_export(session, mail, user, home)
    if mail.kind == AccountMailKind.WEBHOOK:
        return _prepare_webhook(session, mail, user, home)
    return AccountLetter(mail.id, mail.kind, mail.portal, user.email, home, mail.created_at)


def _prepare_export(
    session: Session, mail: AccountMail, user: User, home: str
) -> AccountLetter | None:
    export = session.get(PartnerExport, mail.export_id or 0)
    if export is None or export.expires_at is None or export.expires_at <= utcnow():
        return None
    # Who has left the organization since is told nothing any more.
    if not covers(user.roles, Permission.PEOPLE_EXPORT, organization_id=export.organization_id):
        return None
    group = session.get_one(Organization, export.organization_id)
    link = f"{home}{group.slug}/exports/{export.id}"
    return AccountLetter(
        mail.id,
        mail.kind,
        mail.portal,
        user.email,
        link,
        mail.created_at,
        scope=group.name,
        until=export.expires_at,
    )


def _prepare_webhook(
    session: Session, mail: AccountMail, user: User, home: str
) -> AccountLetter | None:
    endpoint = session.get(WebhookEndpoint, mail.endpoint_id or 0, populate_existing=True)
    if endpoint is None or endpoint.disabled_at is None or endpoint.removed_at is not None:
        return None
    whose = endpoint.organization_id
    if not covers(user.roles, Permission.WEBHOOKS_MANAGE, organization_id=whose):
        return None
    group = session.get_one(Organization, whose)
    link = f"{home}{group.slug}/webhooks/{endpoint.id}"
    return AccountLetter(
        mail.id, mail.kind, mail.portal, user.email, link, mail.created_at, scope=group.name
    )


def _prepare_invitation(session: Session, mail: AccountMail, now: datetime) -> AccountLetter | None:
    found = session.get(Invitation, mail.invitation_id, populate_existing=True)
    if found is None or found.accepted_at or found.called_back_at or found.expires_at <= now:
        return None
    organization = session.get(Organization, found.organization_id or 0)
    token = make_account_token(AccountLink.INVITATION, found.id, found.secret)
    return AccountLetter(
        mail.id,
        mail.kind,
        mail.portal,
        found.email,
        f"{get_settings().public_url}/{mail.portal}/invitation/{token}",
        mail.created_at,
        found.role,
        organization.name if organization else "",
    )


def _prepare_application(
    session: Session, mail: AccountMail, now: datetime
) -> AccountLetter | None:
    found = session.get(OrganizationApplication, mail.application_id, populate_existing=True)
    if found is None or found.proved_at is not None or now - mail.created_at > OLD_NEWS:
        return None
    token = make_account_token(AccountLink.APPLICATION, found.id, found.secret)
    return AccountLetter(
        mail.id,
        mail.kind,
        mail.portal,
        found.email,
        f"{get_settings().public_url}/groups/apply/{token}?lang={found.language}",
        mail.created_at,
    )


def _prepare_refusal(session: Session, mail: AccountMail, now: datetime) -> AccountLetter | None:
    """Return what staff wrote; None if they decided otherwise before it was sent."""
    found = session.get(OrganizationApplication, mail.application_id, populate_existing=True)
    if found is None or found.decision != StaffDecision.REFUSED:
        return None
    if now - mail.created_at > OLD_NEWS:
        return None
    return AccountLetter(
        mail.id,
        mail.kind,
        mail.portal,
        found.email,
        f"{get_settings().public_url}/groups/apply?lang={found.language}",
        mail.created_at,
        scope=found.name,
        reason=found.because,
    )


def _was_sent_enough(session: Session, mail: AccountMail) -> bool:
    sent = session.execute(
        select(AccountMail.sent_at, AccountMail.spent_at).where(
            AccountMail.user_id == mail.user_id,
            AccountMail.kind == mail.kind,
            AccountMail.sent_at > mail.created_at - timedelta(days=1),
        )
    ).all()
    since = mail.created_at - SAME_RESET
    return len(sent) >= MOST_RESETS or any(
        one.sent_at > since and one.spent_at is None for one in sent
    )


def _settle(claimed: _Claimed, ended: Ended) -> None:
    """Record the outcome: sent, tried again later, or dropped.

    - Dropped if there is no such mailbox, or if it is too old. What an operator can correct is
      tried again.
    """
    now, error = utcnow(), ended.error
    values: dict[str, datetime | None] = {"due_at": None}
    if ended.outcome is not HandoverEnd.REFUSED:
        values["sent_at"] = now
    elif not (isinstance(error, ChannelRefused) and blames_recipient(error)):
        if now - claimed.letter.at < OLD_NEWS:
            values["due_at"] = now + BACKOFF.choose_wait(claimed.attempt, FIRST_WAIT_SECONDS)
    with transaction() as session:
        held = is_held(AccountMail, claimed.mail_id, claimed.attempt)
        session.execute(update(AccountMail).where(*held).values(**values))
    log.info(
        "account_mail.settled",
        mail=claimed.mail_id,
        kind=claimed.kind,
        outcome=ended.outcome.value,
        code=ended.code,
    )
