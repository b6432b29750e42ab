"""The logo of a campaign as a part of a mail, so that opening the mail fetches nothing.

- A WebP picture is left out: many mail programs do not show one. So is a large one, which each of
  thousands of mails would carry.
"""

from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart

from petition.core.errors import NotFound
from petition.partners.partner_list import read_logo

LARGEST = 40_000  # bytes
KINDS = {"image/png": "png", "image/jpeg": "jpeg"}


@dataclass(frozen=True, slots=True)
class MailLogo:
    """A picture and the subtype of its media type."""

    picture: bytes
    subtype: str


def read_mail_logo(slug: str | None) -> MailLogo | None:
    """Return an organization's logo for mails; None where there is none that mails can show."""
    if slug is None:
        return None
    try:
        picture, media_type = read_logo(slug)
    except NotFound:
        return None
    if media_type not in KINDS or len(picture) > LARGEST:
        return None
    return MailLogo(picture, KINDS[media_type])


def attach_logo(message: EmailMessage, logo: MailLogo, content_id: str) -> None:
    """Put the logo beside the HTML part, which shows it as ``cid:`` and ``content_id``."""
    page = message.get_body(("html",))
    if not isinstance(page, MIMEPart):
        raise ValueError("the message has no HTML part")
    page.add_related(
        logo.picture,
        "image",
        logo.subtype,
        cid=f"<{content_id}>",
        disposition="inline",
        filename=f"logo.{logo.subtype}",
    )
