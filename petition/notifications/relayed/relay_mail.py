"""A message of an organization as an e-mail to one person, without showing it their address.

- From our own address, by the organization's name; answers go to the organization. Each has a
  one-click unsubscribe (RFC 8058) of this organization.
- The text is the organization's. ``{first_name}`` is the only thing put into it, by us; a link
  begins with ``https://`` and shows its whole address.
"""

import re
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.policy import SMTP

from flask import render_template
from flask_babel import force_locale, gettext
from markupsafe import Markup, escape

from petition.core.clock import utcnow
from petition.core.extensions import get_settings
from petition.journals.handovers import MailName
from petition.mail import clean_header, make_address
from petition.notifications.composition import ACCENT, SERVICE
from petition.notifications.message_ids import make_message_id
from petition.signing.group_links import make_group_token

FIRST_NAME = "{first_name}"
_LINK = re.compile(r"https://[^\s<>\"'\\]+[^\s<>\"'\\.,;:!?)\]}]")
_STYLED = Markup('<a href="{0}" style="color:{1}">{0}</a>')
_PLAIN = Markup('<a href="{0}" rel="noreferrer">{0}</a>')
_FOOT = "\n-- \n"


@dataclass(frozen=True, slots=True)
class RelayContent:
    """What one e-mail is made of.

    - ``signature_id``: of its recipient; None for a test, or a preview, which has no working link.
    - ``language``: of the words around the text, as of the campaign that was signed.
    - ``reply_to``: where answers go. ``name_in_journal``: None for a test.
    """

    send_id: int
    signature_id: int | None
    organization_id: int
    organization: str
    subject: str
    body: str
    first_name: str
    name: str
    email: str
    reply_to: str
    campaign: str
    campaign_language: str = "en"
    language: str = "en"
    name_in_journal: MailName | None = None


@dataclass(frozen=True, slots=True)
class RelayTexts:
    """The parts that a reader sees."""

    subject: str
    text: str
    page: str
    unsubscribe_url: str


@dataclass(frozen=True, slots=True)
class RelayPreview:
    """An e-mail as the portal shows it: ``paragraphs`` are HTML, ``foot`` is text."""

    sender: str
    address: str
    reply_to: str
    subject: str
    paragraphs: list[Markup]
    foot: str
    language: str


def compose_relay(content: RelayContent) -> EmailMessage:
    """Return the e-mail; the same Message-ID for each attempt.

    - Raises ChannelRefused if an address is malformed.
    """
    settings, texts = get_settings(), render_relay(content)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = clean_header(texts.subject)
    message["From"] = make_address(describe_sender(content), settings.mail_from, "sender")
    message["To"] = make_address(content.name, content.email, "recipient")
    message["Reply-To"] = make_address(content.organization, content.reply_to, "reply-to")
    kind = "relay" if content.signature_id is not None else "relaytest"
    message["Message-ID"] = make_message_id(kind, content.signature_id or 0, content.send_id)
    message["Date"] = utcnow()
    if content.signature_id is not None:
        message["List-Unsubscribe"] = f"<{texts.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(texts.text, cte="quoted-printable")
    message.add_alternative(texts.page, subtype="html", cte="quoted-printable")
    return message


def render_relay(content: RelayContent) -> RelayTexts:
    """Return the subject, the text and the HTML of an e-mail."""
    with force_locale(content.language):
        filled = replace(
            content,
            subject=content.subject.replace(FIRST_NAME, content.first_name),
            body=content.body.replace(FIRST_NAME, content.first_name),
        )
        shown = {
            "message": filled,
            "paragraphs": _split(filled.body, _STYLED),
            "is_test": content.signature_id is None,
            "service": SERVICE,
            "accent": ACCENT,
            "logo": None,
            "language": content.language,
            "organization": content.organization,
            "unsubscribe_url": _make_link(content),
        }
        subject = clean_header(filled.subject)
        text = render_template("email/relay.txt", **shown).strip() + "\n"
        page = render_template("email/relay.html", subject=subject, **shown)
    return RelayTexts(subject, text, page, _make_link(content))


def preview_relay(content: RelayContent) -> RelayPreview:
    """Return what is shown of an e-mail before it is sent."""
    texts = render_relay(content)
    return RelayPreview(
        sender=describe_sender(content),
        address=make_address("", get_settings().mail_from, "sender").addr_spec,
        reply_to=content.reply_to,
        subject=texts.subject,
        paragraphs=_split(content.body.replace(FIRST_NAME, content.first_name), _PLAIN),
        foot=texts.text.rpartition(_FOOT)[2].strip(),
        language=content.language,
    )


def describe_sender(content: RelayContent) -> str:
    """Return the name that the e-mail is from."""
    with force_locale(content.language):
        return gettext(
            "%(organization)s via %(service)s", organization=content.organization, service=SERVICE
        )


def _split(body: str, link: Markup) -> list[Markup]:
    """Return the paragraphs as HTML: all of it escaped, with line ends and links."""
    paragraphs = re.split(r"\n[ \t]*\n", body)
    return [_mark_up(words.strip(), link) for words in paragraphs if words.strip()]


def _mark_up(words: str, tag: Markup) -> Markup:
    made, end = Markup(), 0
    for link in _LINK.finditer(words):
        made += escape(words[end : link.start()]) + tag.format(link[0], ACCENT)
        end = link.end()
    return (made + escape(words[end:])).replace("\n", Markup("<br>\n"))


def _make_link(content: RelayContent) -> str:
    """Return the link that stops the organization; for a test only what it looks like."""
    public_url = get_settings().public_url
    if content.signature_id is None:
        return f"{public_url}/unsubscribe-group/test"
    chosen = "" if content.language == "en" else f"?lang={content.language}"
    token = make_group_token(content.signature_id, content.organization_id)
    return f"{public_url}/unsubscribe-group/{token}{chosen}"
