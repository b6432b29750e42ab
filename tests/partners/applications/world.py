"""Applications in tests: a form, its link, and an organization that was approved."""

import re

from flask import Flask
from sqlalchemy import select

from petition.accounts.account_links import AccountLink, make_account_token
from petition.core.extensions import db
from petition.models import OrganizationApplication
from petition.partners.applications.application_decisions import approve
from petition.partners.applications.application_form import read_application
from petition.partners.applications.application_steps import apply, prove_address
from tests.accounts.world import read_text, send_mails

FORM = {
    "name": "Open Streets",
    "url": "https://www.open-streets.example/about",
    "contact_name": "Ada Example",
    "email": "ada@open-streets.example",
    "why": "We walk. We would like to meet the neighbors who signed.",
    "postal_code": "02139",
}
LINK = re.compile(r"https?://[^/\s]+(/groups/apply/[^\s?]+)")


def send(app: Flask, **other: str) -> int:
    """Send an application past its page, and return its number."""
    with app.app_context():
        assert apply(read_application(FORM | other, []), "en")
        return max(db.session.scalars(select(OrganizationApplication.id)))


def find_token(app: Flask, number: int) -> str:
    """Return the token of an application's link."""
    with app.app_context():
        row = db.session.get_one(OrganizationApplication, number)
        return make_account_token(AccountLink.APPLICATION, row.id, row.secret)


def send_proved(app: Flask, **other: str) -> int:
    """Send an application and prove its address; return its number."""
    number = send(app, **other)
    token = find_token(app, number)
    with app.app_context():
        prove_address(token)
    return number


def make_approved(app: Flask, **other: str) -> str:
    """Apply, prove, approve; return the short name of the organization."""
    number = send_proved(app, **other)
    with app.app_context():
        return approve(number, actor="staff:1", because="We know them.")


def read_mailed_link(app: Flask) -> str:
    """Return the path of the link in the application's e-mail."""
    found = [LINK.search(read_text(message)) for message in send_mails(app)]
    return next(match[1] for match in reversed(found) if match)
