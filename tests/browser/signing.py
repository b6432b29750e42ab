"""What the tests of signing in a browser share: a campaign that asks to confirm, mails, stages."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from playwright.sync_api import Locator, Page
from sqlalchemy import select

from petition.extensions import db, get_settings
from petition.models import Signature
from petition.signing.mails.invite import mail_batch
from petition.signing.mails.sending import send_batch
from tests.browser.conftest import Live
from tests.browser.gallery import QUICK
from tests.redistricting.world import send, work
from tests.signing.conftest import read_part
from tests.web.public_world import World, make_world

ADA = {
    "First name": "Ada",
    "Last name": "Mariner",
    "E-mail address": "ada@people.example",
    "ZIP code": "02139",
}


def lay_campaign(live: Live, **changes: object) -> World:
    """Open a campaign that asks to confirm, of which one letter takes two people."""
    guards = {"guards": QUICK, "confirm_email": True, "step": 2}
    return make_world(live.app, **(guards | changes))


def find_field(page: Page, label: str) -> Locator:
    """Return the text field whose label begins so."""
    return page.get_by_role("textbox", name=re.compile(f"^{re.escape(label)}"))


def read_links(live: Live) -> dict[str, str]:
    """Send what is due as files; return the links of the newest mail by the first word of each."""
    with live.app.app_context():
        while mail_batch() or send_batch():
            pass
        folder = get_settings().data_dir / "mail"
    newest = max(folder.glob("*/message.eml"), key=lambda path: path.stat().st_mtime_ns)
    message = message_from_bytes(newest.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    links = re.findall(rf"{re.escape(live.url)}/\S+", read_part(message, "plain"))
    return {link.removeprefix(live.url).split("/")[1]: link for link in links}


def do_all_that_is_due(live: Live, campaign_id: int) -> int:
    """Locate, count, make the letters and deliver them; return how many deliveries went."""
    with live.app.app_context():
        work(campaign_id)
        return len(send(campaign_id))


def read_states(live: Live) -> list[str]:
    """Return the states of all signatures, in order."""
    with live.app.app_context():
        return list(db.session.scalars(select(Signature.state).order_by(Signature.id)))
