"""Check that the bounce mailbox is read."""

from datetime import timedelta

from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings
from petition.health.findings import Fault
from petition.mail.inbox import read_last_reading
from petition.models import MailboxMail

# Mail servers retry for up to five days; until the bounce is read, mail goes to a dead address.
UNREAD = timedelta(days=3)
# Bounces of mail sent this long ago have arrived.
MAILING = timedelta(days=7)
REMEDY = (
    "Have cron run `petition bounces read` on the mailbox of PETITION_MAIL_FROM or "
    "PETITION_BOUNCE_ADDRESS; see docs/operations.md."
)


def check_bounces() -> str:
    """The bounces of the address that mail is sent from are read."""
    settings = get_settings()
    if settings.smtp_url is None:
        return "no e-mail is sent, so none comes back"
    now = utcnow()
    last = read_last_reading()
    if last is not None and now - last > UNREAD:
        raise Fault(f"bounced e-mail was last read {(now - last).days} days ago", REMEDY)
    if last is not None:
        return "bounced e-mail was read recently"
    if settings.bounce_mailbox is not None:
        raise Fault("the mailbox of PETITION_BOUNCE_MAILBOX has never been read", REMEDY)
    old = select(MailboxMail.id).where(MailboxMail.sent_at < now - MAILING).limit(1)
    if db.session.scalar(old) is not None:
        raise Fault(
            "e-mail has been sent for a week, and no bounced e-mail has ever been read", REMEDY
        )
    return "no bounced e-mail has been read yet"
