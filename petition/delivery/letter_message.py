"""Composes the e-mail with a letter: the same facts give the same bytes at every attempt."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Group
from email.message import EmailMessage
from email.policy import SMTP

from flask import current_app

from petition.mail import clean_header, make_address, render_message
from petition.models.outgoing.envelope import Envelope

TEMPLATE = "email/letter.txt"
_UNSAFE_IN_NAME = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Facts:
    """The data a message is composed from, read at the time of the claim.

    - ``names`` are named in this letter, ``total`` have signed in the district.
    - ``recipient`` and ``reply_to``: None where there is none.
    - ``sha256`` is the letter's.
    - ``message``: what was stored with it, see Letter; None for a short text without it.
    """

    message_id: str
    dated: datetime
    sha256: str
    code: str
    language: str
    topic: str
    organization: str
    reply_to: str | None
    sender: str
    recipient: str | None
    title: str
    salutation: str
    district: str
    state: str
    names: int
    total: int
    url: str
    message: dict[str, str] | None = None


def compose_envelope(facts: Facts) -> Envelope:
    """Return what the message about a letter says.

    - Raises ChannelRefused for a malformed address.
    """
    words = current_app.jinja_env.get_template(TEMPLATE).render(
        language=facts.language,
        topic=clean_header(facts.topic),
        organization=clean_header(facts.organization),
        reply_to=facts.reply_to,
        salutation=clean_header(facts.salutation),
        place=clean_header(f"{facts.district}, {facts.state}"),
        names=facts.names,
        total=facts.total,
        url=facts.url,
        message=facts.message,
    )
    subject, _, text = words.partition("\n")
    return Envelope(
        message_id=facts.message_id,
        dated=facts.dated.isoformat(),
        sender=make_address("", facts.sender, "sender").addr_spec,
        sender_name=facts.organization,
        recipient=clean_recipient(facts.recipient),
        recipient_name=facts.title,
        reply_to=make_address("", facts.reply_to, "reply-to").addr_spec if facts.reply_to else None,
        subject=clean_header(subject),
        language=facts.language,
        text=text.strip() + "\n",
        file_name=name_file(facts.district.removeprefix("the "), facts.total),
        sha256=facts.sha256,
    )


def clean_recipient(address: str | None) -> str | None:
    """Return an office's address as SMTP takes it; raises ChannelRefused if it is malformed."""
    return make_address("", address, "recipient").addr_spec if address else None


def build_message(envelope: Envelope, pdf: bytes, replies: bytes | None = None) -> bytes:
    """Return the whole message as SMTP carries it.

    - ``replies``: the file of the signers who would like an answer, attached after the PDF.
    - The boundary comes from the Message-ID, so that every attempt sends the same bytes.
    - No Auto-Submitted and no Precedence: people wrote to their lawmaker, and an office's system
      that files automatic mail away or never acknowledges it would be wrong to do so here.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = make_address(envelope.sender_name, envelope.sender)
    if envelope.recipient:
        message["To"] = make_address(envelope.recipient_name, envelope.recipient)
    else:  # a group without members: a valid To that names the post and no mailbox
        message["To"] = Group(clean_header(envelope.recipient_name, 100), ())
    if envelope.reply_to:
        message["Reply-To"] = make_address(envelope.sender_name, envelope.reply_to)
    message["Subject"] = clean_header(envelope.subject)
    message["Date"] = datetime.fromisoformat(envelope.dated)
    message["Message-ID"] = _clean_message_id(envelope.message_id)
    message.set_content(envelope.text, charset="utf-8", cte="quoted-printable")
    digest = hashlib.sha256(envelope.message_id.encode()).hexdigest()
    message.make_mixed(boundary=f"=_{digest[:40]}")  # "=_" stands in no encoded part (RFC 2045)
    message["Content-Language"] = clean_header(envelope.language, 35)
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename=envelope.file_name)
    if replies is not None:
        message.add_attachment(
            replies,
            maintype="text",
            subtype="csv",
            params={"charset": "utf-8"},
            filename=name_replies(envelope.file_name),
        )
    return render_message(message)


def name_file(district: str, total: int) -> str:
    """Return the attachment's name in plain ASCII: ``Letter-Middlesex-County-100.pdf``."""
    plain = unicodedata.normalize("NFKD", district).encode("ascii", "ignore").decode()
    words = _UNSAFE_IN_NAME.sub("-", plain).strip("-")[:60].rstrip("-")
    return "-".join(part for part in ("Letter", words, str(total)) if part) + ".pdf"


def name_replies(letter: str) -> str:
    """Return the name of the file beside a letter: ``Replies-Middlesex-County-100.csv``."""
    return f"Replies{letter.removeprefix('Letter').removesuffix('.pdf')}.csv"


def _clean_message_id(text: str) -> str:
    return f"<{''.join(c for c in text if c.isascii() and c.isprintable() and c not in '<> ')}>"
