"""Mail to signers: by SMTP where a server is configured, else as files in the data folder."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from petition.core.files import delete_folders, write_to_folder
from petition.core.settings import Settings
from petition.mail.headers import make_address, render_message
from petition.mail.transport import SmtpTransport

UNSAFE = re.compile(r"[^a-z0-9.]", re.ASCII)


class Mailer(Protocol):
    """Sends a finished message."""

    def send(self, message: EmailMessage, before_handover: Callable[[], None] = ...) -> None:
        """Send it; raises Retryable, Permanent or OutcomeUnknown.

        - ``before_handover`` is called right before the server can accept the message, if that
          point is reached; an exception from it is propagated, and the message is not sent.
        """


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Sends through a server, one message to one person.

    - ``bounce_address``: the address for bounces, tagged for each mail (VERP); None: ``sender``.
    """

    transport: SmtpTransport
    sender: str
    bounce_address: str | None = None

    def send(
        self, message: EmailMessage, before_handover: Callable[[], None] = lambda: None
    ) -> None:
        """Send it to the one mailbox of its To header."""
        header: AddressHeader = message["To"]
        (mailbox,) = header.addresses
        sender = tag_sender(self.bounce_address, message) if self.bounce_address else self.sender
        self.transport.send(sender, mailbox.addr_spec, render_message(message), before_handover)


@dataclass(frozen=True, slots=True)
class FolderMailer:
    """Stores each message as ``<folder>/<name>/message.eml``, readable by this user only.

    - The name is the part of its Message-ID before the @, and the hash of its content. Sending the
      same message again changes nothing.
    """

    folder: Path

    def send(
        self, message: EmailMessage, before_handover: Callable[[], None] = lambda: None
    ) -> None:
        """Write it."""
        content = render_message(message)
        message_name = UNSAFE.sub("", str(message["Message-ID"]).partition("@")[0])
        name = f"{message_name}-{hashlib.sha256(content).hexdigest()[:32]}"
        write_to_folder(self.folder / name, {"message.eml": content}, before_handover)

    def forget(self, is_meant: Callable[[str], bool]) -> None:
        """Delete the messages for whose names ``is_meant`` is true; raises StorageUnavailable."""
        delete_folders(self.folder, is_meant)


def make_mailer(settings: Settings) -> Mailer:
    """Return the mailer that is configured: the SMTP server, or ``mail/`` in the data folder."""
    if settings.smtp_url is None:
        return get_folder(settings)
    sender = make_address("", settings.mail_from).addr_spec
    return SmtpMailer(SmtpTransport.from_settings(settings), sender, settings.bounce_address)


def tag_sender(address: str, message: EmailMessage) -> str:
    """Return the envelope sender of one mail (VERP): the address with the mail's name in it.

    - The name is the part of the Message-ID before the @: a keyed tag and nothing personal. A relay
      that rewrites Message-IDs does not change it.
    """
    local, _, domain = address.rpartition("@")
    name = str(message["Message-ID"]).strip("<> ").partition("@")[0]
    return f"{local}+{name}@{domain}"


def get_folder(settings: Settings) -> FolderMailer:
    """Return the mailer for ``mail/`` in the data folder, used while no server is configured."""
    return FolderMailer(settings.data_dir / "mail")
