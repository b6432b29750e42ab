"""What the tests of signing in a browser share: a campaign that asks to confirm, mails, stages."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from importlib.resources import files

from babel.support import Translations
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from petition.core.extensions import db, get_settings
from petition.models import Signature
from petition.notifications.batches import send_batch
from petition.notifications.confirmations import mail_batch
from tests.browser.conftest import PHONE, Live, Visitor
from tests.browser.gallery_world import QUICK
from tests.notifications.conftest import read_part
from tests.redistricting.world import send, work
from tests.web.public_world import World, make_world

ADA = {
    "ZIP code": "02139",
    "First name": "Ada",
    "Last name": "Mariner",
    "E-mail address": "ada@people.example",
}


def lay_campaign(live: Live, **changes: object) -> World:
    """Open a campaign that asks to confirm, of which one letter takes two people."""
    guards = {"guards": QUICK, "confirm_email": True, "step": 2}
    return make_world(live.app, **(guards | changes))


class Words:
    """What the pages say in a language, by what they say in English."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.catalogue = Translations.load(str(files("petition") / "translations"), [language])

    def __call__(self, english: str, **values: object) -> str:
        """Return the words; raises AssertionError where they have no translation."""
        words = english if self.language == "en" else str(self.catalogue.gettext(english))
        assert self.language == "en" or words != english, f"not in {self.language}: {english}"
        return words % values if values else words


def open_in(language: str, visitor: Visitor, address: str, *, script: bool) -> Page:
    """Open a page on a phone in a language, of which a browser with scripts says that it likes it.

    - One without is English, and its visitor chooses the language on the page.
    """
    liked = f"{language}-US" if script else "en-US"
    page = visitor.open(address, java_script_enabled=script, locale=liked)
    if not liked.startswith(language):
        page.get_by_role("navigation").locator(f"a[lang={language}]").click()
    look(page, language)
    return page


def look(page: Page, language: str) -> None:
    """See that the page is in the language, and as wide as the phone."""
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def fill(page: Page, answers: dict[str, str]) -> None:
    """Type the answers, by their labels."""
    for label, words in answers.items():
        find_field(page, label).fill(words)


def press(page: Page, name: str) -> None:
    """Press a button that leads to another page."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def read_title(page: Page) -> str:
    """Return the heading of the page."""
    return page.get_by_role("heading", level=1).inner_text()


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
