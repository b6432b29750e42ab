"""Check that the bounce mailbox is read."""

from datetime import timedelta

from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.errors import ConfigurationError
from petition.core.extensions import db, get_settings
from petition.health.findings import Fault
from petition.incoming.mailbox_poll_rows import read_poll
from petition.mail.imap.imap_url import ImapServer
from petition.mail.inbox import read_last_reading
from petition.models import MailboxMail

# Mail servers retry for up to five days; until the bounce is read, mail goes to a dead address.
UNREAD = timedelta(days=3)
# Bounces of mail sent this long ago have arrived.
MAILING = timedelta(days=7)
# A server may be restarted meanwhile.
FAILING = timedelta(minutes=15)
STALE = timedelta(minutes=30)
START = "Start the scheduler: it reads the mailbox each minute."
# What each code of a failed poll means, by its first word; the others are about the network.
POLL_REMEDIES = {
    "refused": "Correct the user and the password in PETITION_BOUNCES_URL.",
    "tls": "The server's certificate is not trusted: name its host as the certificate does, or set "
    "SSL_CERT_FILE.",
    "folder": "Correct the folder in PETITION_BOUNCES_URL.",
    "read-only": "Let the account write to the folder: read messages are marked.",
    "move": "Create the folder that ?move= of PETITION_BOUNCES_URL names.",
}
UNREACHED = "Check the host and the port in PETITION_BOUNCES_URL, and the network to it."
REMEDY = (
    "Set PETITION_BOUNCES_URL, or have cron run `petition bounces read` on the mailbox of "
    "PETITION_MAIL_FROM or PETITION_BOUNCE_ADDRESS; see docs/operations.md."
)


def check_bounces() -> str:
    """The bounces of the address that mail is sent from are read."""
    settings = get_settings()
    if settings.bounces_url is not None:
        return _check_poll()
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


def _check_poll() -> str:
    """Return how the mailbox of PETITION_BOUNCES_URL is read; raises Fault if it is not."""
    try:
        server = ImapServer.from_settings(get_settings())
    except ConfigurationError as error:
        raise Fault(str(error), "Correct PETITION_BOUNCES_URL; see docs/settings.md.") from None
    row = read_poll(server.key) if server is not None else None
    if row is None:
        return "the mailbox of PETITION_BOUNCES_URL is read once the scheduler runs"
    now = utcnow()
    if row.failing_since is not None and now - row.failing_since > FAILING:
        remedy = POLL_REMEDIES.get((row.problem or "").split(" ")[0], UNREACHED)
        raise Fault(f"the mailbox of PETITION_BOUNCES_URL is not read ({row.problem})", remedy)
    is_being_read = row.leased_until is not None and row.leased_until > now
    if row.failing_since is None and not is_being_read:
        if row.read_at is not None and now - row.read_at > STALE:
            minutes = int((now - row.read_at).total_seconds()) // 60
            raise Fault(
                f"the mailbox of PETITION_BOUNCES_URL was read {minutes:,} minutes ago", START
            )
    aside = f"; {row.put_aside:,} messages were put aside (see the log)" if row.put_aside else ""
    return f"the mailbox of PETITION_BOUNCES_URL is read each minute{aside}"
