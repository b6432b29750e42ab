"""Remind reviewers each day of held milestones, since none is released after a time."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP

from flask import render_template
from sqlalchemy import select

from petition.accounts.staff_accounts import list_staff
from petition.core.clock import utcnow
from petition.core.errors import OutcomeUnknown, Permanent, Retryable
from petition.core.extensions import db, get_settings, transaction
from petition.core.logs import get_logger
from petition.counting.milestone_list import count_held, list_hundreds
from petition.mail import clean_header, make_address, make_mailer
from petition.models import AttentionDigest, MilestoneState, RoleName
from petition.processes.heartbeats import take_turn

log = get_logger(__name__)

EVERY = timedelta(days=1)
# The row of heartbeats that stores the time of the last reminder.
MARK = "held-reminder"
LISTED = 20
REMINDED = (RoleName.REVIEWER, RoleName.ADMIN)


def remind_of_held() -> int:
    """Mail each reviewer once a day while a milestone is held; return how many were mailed.

    - Not to who gets the digest of what waits, which has it.
    - The first reminder goes out within one round after the first milestone is held. A mail that
      fails is logged and not retried before the next day: ``status``, ``doctor`` and ``/metrics``
      report held milestones at any time.
    """
    held = count_held()
    db.session.rollback()
    if not held:
        return 0
    now = utcnow()
    with transaction() as session:
        if not take_turn(session, MARK, EVERY, now):
            return 0
    log.warning("milestones.held", held=held)
    return sum(_mail(email, held, now) for email in _list_reviewers())


def _list_reviewers() -> list[str]:
    told = set(db.session.scalars(select(AttentionDigest.user_id)))
    found = [
        member.email
        for member in list_staff()
        if member.active and set(member.roles) & set(REMINDED) and member.id not in told
    ]
    db.session.rollback()
    return found


def _mail(email: str, held: int, now: datetime) -> bool:
    settings = get_settings()
    shown = list_hundreds(MilestoneState.HELD, limit=LISTED)
    text = render_template(
        "staff/held.txt", held=held, hundreds=shown, url=f"{settings.public_url}/staff/milestones"
    )
    db.session.rollback()
    subject, _, body = text.partition("\n")
    message = EmailMessage(policy=SMTP)
    message["Subject"] = clean_header(subject)
    message["From"] = make_address("Hundredth", settings.mail_from, "sender")
    message["To"] = make_address("", email, "recipient")
    message["Message-ID"] = f"<held.{int(now.timestamp())}@{settings.mail_host}>"
    message["Date"] = now
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body.strip() + "\n", cte="quoted-printable")
    try:
        make_mailer(settings).send(message)
    except (Retryable, Permanent, OutcomeUnknown) as error:
        log.warning("held_reminder.not_sent", error=error.code)
        return False
    return True
