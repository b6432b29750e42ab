"""Mail to signers: by SMTP where a server is set, else as files in the data folder."""

import hashlib
from dataclasses import dataclass
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from petition.mail.folder import write_to_folder
from petition.mail.headers import make_address, render_message
from petition.mail.transport import SmtpTransport
from petition.settings import Settings


class Mailer(Protocol):
    """Takes a finished message."""

    def send(self, message: EmailMessage) -> None:
        """Send it; raises Retryable, Permanent or OutcomeUnknown."""


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Sends through a server, one message to one person."""

    transport: SmtpTransport
    sender: str

    def send(self, message: EmailMessage) -> None:
        """Send it to the one mailbox of its To header."""
        header: AddressHeader = message["To"]
        (mailbox,) = header.addresses
        self.transport.send(self.sender, mailbox.addr_spec, render_message(message))


@dataclass(frozen=True, slots=True)
class FolderMailer:
    """Keeps each message as ``<folder>/<its hash>/message.eml``, readable by this user only.

    - The same message again changes nothing.
    """

    folder: Path

    def send(self, message: EmailMessage) -> None:
        """Write it."""
        content = render_message(message)
        name = hashlib.sha256(content).hexdigest()[:32]
        write_to_folder(self.folder / name, {"message.eml": content})


def make_mailer(settings: Settings) -> Mailer:
    """Return the mailer of the settings: the SMTP server, or ``mail/`` in the data folder."""
    if settings.smtp_url is None:
        return FolderMailer(settings.data_dir / "mail")
    sender = make_address("", settings.mail_from).addr_spec
    return SmtpMailer(SmtpTransport.from_settings(settings), sender)
