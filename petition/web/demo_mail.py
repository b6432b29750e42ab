"""``/demo/mail``: the mails that the demonstration would have sent, for people who try it.

Not in the wheel. Only ``petition up --demo`` has these pages, and only this machine can open them,
because the mails contain the private links of signers.

- Without a mail server, mails are files in the data folder (petition/mail/mailer.py).
- Everything is on loopback: the socket, the host of the request, the client, and
  PETITION_PUBLIC_URL; and no proxy has passed the request on.
"""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, render_template

from petition.core.extensions import get_settings
from petition.core.settings import Settings
from petition.demo.loopback import is_alone
from petition.web.buffering import BufferingServer
from petition.web.demo_access import refuse_others
from petition.web.demo_staff import add_page
from petition.web.forms import LONGEST_STAFF
from petition.web.parent_watch import end_with_parent
from petition.web.server import make_app

pages = Blueprint("demo", __name__, url_prefix="/demo")
MOST_SHOWN = 50
# A mail's own styles stand in its tags, and its logo is a part of it: nothing else is loaded.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
_CID = re.compile(r'(?<=src=")cid:([^"]+)')


@dataclass(frozen=True, slots=True)
class SentMail:
    """One mail: its folder's name, headers, and when it was written."""

    name: str
    subject: str
    to: str
    at: datetime


def make_server() -> BufferingServer:
    """Return the RSGI application that ``petition up --demo`` serves: the usual one and these."""
    end_with_parent()
    app = make_app()
    add_pages(app)
    add_page(app)
    return BufferingServer(app, LONGEST_STAFF)


def add_pages(app: Flask) -> bool:
    """Register the pages where nobody but this host can ask for them; return whether they are."""
    settings: Settings = app.extensions["hundredth"]
    if not (is_alone(settings) and settings.smtp_url is None):
        return False
    app.register_blueprint(pages)
    return True


pages.before_request(refuse_others)


@pages.after_request
def keep_private(response: Response) -> Response:
    """Have nothing kept, listed or told to another site."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@pages.get("/mail")
def list_mails() -> str:
    """List the latest mails."""
    return render_template("demo/mails.html", mails=find_mails(_find_folder()), most=MOST_SHOWN)


@pages.get("/mail/<name>")
def show_mail(name: str) -> Response:
    """Show a mail as a mail program would."""
    return _answer(_read_page(_open(name)), "text/html")


@pages.get("/mail/<name>/text")
def show_text(name: str) -> Response:
    """Show its plain text, for those who read no HTML."""
    body = _open(name).get_body(("plain",))
    return _answer(body.get_content() if body is not None else "", "text/plain")


def find_mails(folder: Path) -> list[SentMail]:
    """Return the latest mails, the latest first."""
    files = sorted(folder.glob("*/message.eml"), key=lambda path: -path.stat().st_mtime)
    return [_describe(path) for path in files[:MOST_SHOWN]]


def _describe(path: Path) -> SentMail:
    mail = _read(path)
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return SentMail(path.parent.name, str(mail["Subject"]), str(mail["To"]), at)


def _open(name: str) -> EmailMessage:
    # By the names that are there: nothing of the address becomes a path.
    for path in _find_folder().glob("*/message.eml"):
        if path.parent.name == name:
            return _read(path)
    abort(404)


def _read(path: Path) -> EmailMessage:
    mail = message_from_bytes(path.read_bytes(), policy=SMTP)
    if not isinstance(mail, EmailMessage):
        raise TypeError("the policy makes no EmailMessage")
    return mail


def _read_page(mail: EmailMessage) -> str:
    """Return the HTML of a mail, with the pictures that are parts of it."""
    body = mail.get_body(("html",))
    pictures = {
        str(part["Content-ID"]).strip("<>"): part
        for part in mail.walk()
        if part.get_content_maintype() == "image"
    }

    def place(found: re.Match[str]) -> str:
        part = pictures.get(found[1])
        if part is None:
            return ""
        data = base64.b64encode(part.get_content()).decode()
        return f"data:{part.get_content_type()};base64,{data}"

    return _CID.sub(place, body.get_content()) if body is not None else ""


def _answer(text: str, media_type: str) -> Response:
    response = Response(text, mimetype=media_type)
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _find_folder() -> Path:
    return get_settings().data_dir / "mail"
