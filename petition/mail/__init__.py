"""Mail: the SMTP transport, and the message functions that letters and mails to signers share."""

from petition.core.files import write_file, write_to_folder
from petition.mail.headers import clean_header, make_address, render_message
from petition.mail.mailer import FolderMailer, Mailer, SmtpMailer, get_folder, make_mailer
from petition.mail.transport import Security, SmtpTransport

__all__ = [
    "FolderMailer",
    "Mailer",
    "Security",
    "SmtpMailer",
    "SmtpTransport",
    "clean_header",
    "get_folder",
    "make_address",
    "make_mailer",
    "render_message",
    "write_file",
    "write_to_folder",
]
