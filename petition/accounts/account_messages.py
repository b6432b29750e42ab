"""The e-mails to accounts as messages, with a template each for text and HTML.

They are under templates/account/email.

- The first line of the text is the subject. They are in English, as the portals are.
- They say what happened and what to do, and hold nothing that would help whoever reads them: no
  network, no name, and a link only where its recipient asked for it or is invited.
"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from flask import render_template

from petition.core.clock import utcnow
from petition.core.extensions import get_settings
from petition.mail import clean_header, make_address

SERVICE = "Hundredth"
ACCENT = "#0b5a78"


@dataclass(frozen=True, slots=True)
class AccountLetter:
    """What an e-mail to an account contains.

    - ``link``: its address; the portal's own where it has no token. ``at``: of what it reports.
    - ``role``, ``scope``: of an invitation; ``scope`` is an organization's name, or empty.
    - ``reason``: what staff wrote to a refused applicant.
    - ``until``: when a list that is ready is given out no more. ``lines``: what waits, one each.
    """

    mail_id: int
    kind: str
    portal: str
    email: str
    link: str
    at: datetime
    role: str = ""
    scope: str = ""
    until: datetime | None = None
    lines: tuple[str, ...] = ()
    reason: str = ""


def compose_account_mail(letter: AccountLetter) -> EmailMessage:
    """Return the message; raises ChannelRefused if the address is malformed."""
    settings = get_settings()
    shown = {
        "letter": letter,
        "language": "en",
        "accent": ACCENT,
        "organization": SERVICE,
        "host": settings.public_url.partition("://")[2],
        "portal_url": f"{settings.public_url}/{letter.portal}/",
    }
    name = f"account/email/{letter.kind}"
    subject, _, text = render_template(f"{name}.txt", **shown).partition("\n")
    page = render_template(f"{name}.html", subject=subject, **shown)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = clean_header(subject)
    message["From"] = make_address(SERVICE, settings.mail_from, "sender")
    message["To"] = make_address("", letter.email, "recipient")
    message["Message-ID"] = (
        f"<account-{letter.mail_id}-{int(letter.at.timestamp())}@{settings.mail_host}>"
    )
    message["Date"] = utcnow()
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.strip() + "\n", cte="quoted-printable")
    message.add_alternative(page, subtype="html", cte="quoted-printable")
    return message
