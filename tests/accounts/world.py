"""What the tests of accounts share: organizations, invitations, and the e-mails that were sent."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

from flask import Flask
from sqlalchemy import select

from petition.accounts.invitations import invite
from petition.accounts.mail_batches import send_account_mails
from petition.core.extensions import db, get_settings, transaction
from petition.mail import get_folder
from petition.models import Event, Organization, RoleName

PASSWORD = "correct horse battery"
LINK = re.compile(r"https?://[^/\s]+(/(?:staff|partner)/(?:invitation|reset)/\S+)")


def make_group(app: Flask, slug: str = "riders") -> int:
    """Make an organization and return its id."""
    with app.app_context(), transaction() as session:
        group = Organization(slug=slug, name=slug.title())
        session.add(group)
        session.flush()
        return group.id


def invite_to(app: Flask, email: str, role: RoleName, group: int | None = None) -> str:
    """Invite somebody, send the e-mail, and return the path of its link."""
    with app.app_context():
        invite(email, role, actor="test", organization_id=group)
    return read_link(send_mails(app)[-1])


def send_mails(app: Flask) -> list[EmailMessage]:
    """Send what is due, and return all e-mails that there are, in their order."""
    with app.app_context():
        while send_account_mails():
            pass
        folder = get_folder(get_settings()).folder
        paths = folder.glob("*/message.eml") if folder.is_dir() else []
        found = sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.parent.name))
        return [
            cast(EmailMessage, message_from_bytes(path.read_bytes(), policy=default))
            for path in found
        ]


def read_link(message: EmailMessage) -> str:
    """Return the path of the link in an e-mail."""
    found = LINK.search(read_text(message))
    assert found
    return found[1]


def read_text(message: EmailMessage) -> str:
    """Return the text of an e-mail."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def list_actions(app: Flask) -> list[tuple[str, str]]:
    """Return each event's action and actor, in their order."""
    with app.app_context():
        events = db.session.scalars(select(Event).order_by(Event.id)).all()
        return [(event.action, event.actor) for event in events]
