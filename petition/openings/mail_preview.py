"""The e-mails of a campaign as its signers and an office would get them, with invented people."""

from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart
from typing import Literal
from uuid import uuid4

from petition.core.clock import utcnow
from petition.core.extensions import get_settings
from petition.delivery.letter_message import Facts
from petition.letters.content import LetterContent
from petition.letters.mail_words import write_mail
from petition.models import Campaign, District, Person
from petition.notifications.composition import PATHS, MailAddressee, compose
from petition.notifications.confirmations import KIND
from petition.signing.link_tokens import LIFETIMES, LinkPurpose

# What stands in a link instead of a token: such a link opens nothing.
NO_TOKEN = "preview"  # noqa: S105
SAMPLE = Person(
    given_name="Ana",
    family_name="Alder",
    email="ana.alder@mailbox.example",
    street_address="1 Sample Street",
    locality="Sampleton",
    region="MA",
    postal_code="00000",
    comment="",
)


@dataclass(frozen=True, slots=True)
class MailView:
    """An e-mail to a signer as it is shown: its headers, its text and its HTML.

    - ``logo``: what the HTML has as the address of the logo, which is a part of the e-mail.
    """

    sender: str
    subject: str
    reply_to: str
    text: str
    html: str
    logo: str


def show_confirmation(campaign: Campaign, language: str) -> MailView:
    """Return the e-mail that asks an invented signer to confirm, as it is shown."""
    message = make_confirmation(campaign, language)
    return MailView(
        sender=str(message["From"]),
        subject=str(message["Subject"]),
        reply_to=str(message["Reply-To"] or ""),
        text=_read_part(message, "plain"),
        html=_read_part(message, "html"),
        logo=f"cid:logo@{get_settings().mail_host}",
    )


def make_confirmation(campaign: Campaign, language: str) -> EmailMessage:
    """Return the e-mail that asks an invented signer to confirm; its links open nothing."""
    to = MailAddressee.of(0, SAMPLE, campaign, language)
    chosen = "" if language == "en" else f"?lang={language}"
    links = {
        purpose: f"{get_settings().public_url}/{path}/{NO_TOKEN}{chosen}"
        for purpose, path in PATHS.items()
    }
    return compose(to, KIND, 1, {"days": LIFETIMES[LinkPurpose.CONFIRM].days}, links)


def _read_part(message: EmailMessage, kind: Literal["plain", "html"]) -> str:
    part = message.get_body((kind,))
    if not isinstance(part, MIMEPart):
        raise TypeError("the message lacks a part")
    return str(part.get_content())


def describe_mail(
    content: LetterContent, sha256: str, title: str, district: District, recipient: str | None
) -> Facts:
    """Return the facts of the e-mail with a letter, marked as a test in its subject."""
    settings, words = get_settings(), write_mail(content)
    return Facts(
        message_id=f"<preview.{uuid4().hex}@{settings.mail_host}>",
        dated=utcnow(),
        sha256=sha256,
        code=content.code,
        language=content.language,
        topic=content.campaign_title,
        organization=content.organization.name,
        reply_to=content.organization.reply_to,
        sender=settings.mail_from,
        recipient=recipient,
        title=title,
        salutation=words["salutation"],
        district=district.say(content.language),
        state=district.state,
        names=content.count,
        total=content.total,
        url=content.verify_url,
        message=words | {"subject": f"[Test] {words['subject']}"},
    )
