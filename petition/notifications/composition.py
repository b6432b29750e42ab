"""The mails to signers as messages: one template each for text and HTML, under templates/email.

- The first line of the text is the subject.
- Each has a one-click unsubscribe (RFC 8058) and is marked as automatic (RFC 3834). Nothing is
  fetched when it is opened, and no link is tracked: the campaign's logo is a part of it.
- Replies go to the campaign's organization, if it has an address.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from flask import render_template
from flask_babel import force_locale

from petition.core.clock import utcnow
from petition.core.errors import ChannelRefused
from petition.core.extensions import get_settings
from petition.mail import clean_header, make_address
from petition.models import Campaign, Person
from petition.notifications.mail_logo import attach_logo, read_mail_logo
from petition.notifications.message_ids import make_message_id
from petition.signing.link_tokens import LinkPurpose, make_tokens

PATHS = {
    LinkPurpose.CONFIRM: "confirm",
    LinkPurpose.STATUS: "signatures",
    LinkPurpose.UNSUBSCRIBE: "unsubscribe",
}


# Of the service, where a campaign has none; it is readable under white.
ACCENT = "#0b5a78"
SERVICE = "Hundredth"


@dataclass(frozen=True, slots=True)
class MailAddressee:
    """The recipient of a mail, its language, and the campaign.

    - ``proved``: the mailbox is known to be the signer's. Until then it may be a stranger's, and no
      mail contains anything that was entered in the form, not even a name.
    - ``reply_to``: the address for replies; None: the service's own.
    - ``accent`` and ``logo``: the campaign's color, and the slug of the organization whose logo it
      shows; None where it has none.
    - ``campaign_language``: of its title, which is marked where the mail is in another.
    """

    signature_id: int
    person: Person
    campaign: str
    organization: str
    language: str = "en"
    reply_to: str | None = None
    proved: bool = False
    accent: str | None = None
    logo: str | None = None
    campaign_language: str = "en"

    @classmethod
    def of(
        cls,
        signature_id: int,
        person: Person,
        campaign: Campaign,
        language: str = "en",
        *,
        proved: bool = False,
    ) -> "MailAddressee":
        """Return the addressee of a mail about a signature."""
        return cls(
            signature_id,
            person,
            campaign.title,
            campaign.organization,
            language,
            campaign.organization_email,
            proved,
            campaign.accent,
            campaign.logo,
            campaign.language,
        )

    def of_several(self, campaigns: int) -> "MailAddressee":
        """Return the addressee of a mail about several signatures of one address.

        - Nobody is named: they may be two people's. ``campaigns``: how many campaigns they signed;
          from two on the mail is from the service, and has the look of none of them.
        """
        unnamed = replace(self, proved=False)
        if campaigns == 1:
            return unnamed
        return replace(
            unnamed, campaign="", organization=SERVICE, reply_to=None, accent=None, logo=None
        )


def compose(
    to: MailAddressee,
    kind: str,
    number: int,
    values: Mapping[str, Any],
    links: Mapping[LinkPurpose, str] | None = None,
) -> EmailMessage:
    """Return the mail of a kind; ``values`` are those of its templates beside the common ones.

    - ``links``: by their purpose, for a preview; None for those of the signature.
    - The same ``number`` gives the same Message-ID.
    - Raises ChannelRefused if the signer's address is malformed.
    """
    settings = get_settings()
    if links is None:
        links = make_links(to.signature_id, PATHS, to.language)
    logo, content_id = read_mail_logo(to.logo), f"logo@{settings.mail_host}"
    shown = {
        "given_name": to.person.called if to.proved else "",
        "campaign": to.campaign,
        "campaign_language": to.campaign_language,
        "organization": to.organization,
        "accent": to.accent or ACCENT,
        "logo": content_id if logo else None,
        "language": to.language,
        "confirm_url": links[LinkPurpose.CONFIRM],
        "status_url": links[LinkPurpose.STATUS],
        "unsubscribe_url": links[LinkPurpose.UNSUBSCRIBE],
        **values,
        "links": [_add_links(one, to.language) for one in values.get("links", ())],
    }
    with force_locale(to.language):
        subject, _, text = render_template(f"email/{kind}.txt", **shown).partition("\n")
        page = render_template(f"email/{kind}.html", subject=subject, **shown)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = clean_header(subject)
    message["From"] = make_address(to.organization, settings.mail_from, "sender")
    name = to.person.name if to.proved else ""
    message["To"] = make_address(name, to.person.email, "recipient")
    _set_reply_to(message, to)
    message["Message-ID"] = make_message_id(kind, to.signature_id, number)
    message["Date"] = utcnow()
    if len(values.get("links", ())) < 2:  # one click would stop the mails of one letter only
        message["List-Unsubscribe"] = f"<{links[LinkPurpose.UNSUBSCRIBE]}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.strip() + "\n", cte="quoted-printable")
    message.add_alternative(page, subtype="html", cte="quoted-printable")
    if logo is not None:
        attach_logo(message, logo, content_id)
    return message


def make_links(
    signature_id: int, purposes: Iterable[LinkPurpose], language: str = "en"
) -> dict[LinkPurpose, str]:
    """Return the whole addresses of a signer's links; their pages are in the mail's language."""
    chosen = "" if language == "en" else f"?lang={language}"
    return {
        purpose: f"{get_settings().public_url}/{PATHS[purpose]}/{token}{chosen}"
        for purpose, token in make_tokens(signature_id, purposes).items()
    }


def _add_links(told: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return what is told of one of several signatures, with its links."""
    purposes = (LinkPurpose.STATUS, LinkPurpose.UNSUBSCRIBE)
    status, unsubscribe = make_links(told["signature_id"], purposes, language).values()
    return {**told, "status_url": status, "unsubscribe_url": unsubscribe}


def _set_reply_to(message: EmailMessage, to: MailAddressee) -> None:
    """Say where answers go; an organization's slip in its own address keeps no mail from a signer.

    - Its letters are refused for that slip ("malformed reply-to"), so that it does not go unseen.
    """
    if to.reply_to is None:
        return
    try:
        message["Reply-To"] = make_address(to.organization, to.reply_to, "reply-to")
    except ChannelRefused:
        return
