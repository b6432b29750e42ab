"""Finding a signature in a browser: by keyboard, at 320 pixels, and axe finds nothing."""

from playwright.sync_api import expect

from petition.core.extensions import transaction
from petition.models import RoleName
from tests.accounts.world import invite_to
from tests.browser.conftest import DESK, Live, Visitor
from tests.browser.test_accounts import accept, check_width, follow
from tests.browser.test_every_page import list_faults
from tests.browser.test_staff_attention import NARROW, press_by_keyboard
from tests.factories import make_campaign, make_person, make_signature

WHY = "Her letter of May 3"


def test_a_signature_is_found_opened_corrected_and_withdrawn(live: Live, visitor: Visitor) -> None:
    person = make_person(
        given_name="Grace", family_name="Canary", email="grace@people.example", comment="Please."
    )
    with live.app.app_context(), transaction() as session:
        make_signature(session, make_campaign(session), person=person)
    link = invite_to(live.app, "staff@staff.example", RoleName.REVIEWER)
    page = visitor.open(live.url + link, viewport=NARROW)
    accept(page)
    follow(page, "Signatures")
    check_width(page)
    assert list_faults(page) == []

    page.get_by_role("textbox", name="E-mail address").fill("grace@people.example")
    page.get_by_label("Why do you search?").first.fill(WHY)
    press_by_keyboard(page, "Search by e-mail address")
    expect(page.get_by_role("heading", name="1 found")).to_be_visible()
    check_width(page)
    assert list_faults(page) == []
    page.get_by_role("link", name="Signature 1").click()
    check_width(page)
    assert list_faults(page) == []

    page.get_by_label("Why do you need to see it?").fill(WHY)
    press_by_keyboard(page, "Show who signed")
    expect(page.get_by_text("grace@people.example")).to_be_visible()
    for act in ("Correct the name", "Withdraw", "Download what is stored", "Erase"):
        page.locator("summary", has_text=act).click()
    check_width(page)
    assert list_faults(page) == []
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="dark")
    assert list_faults(page) == []
    page.get_by_label("Last name").fill("Hopper")
    page.get_by_role("button", name="Correct the name").click()
    expect(page.get_by_role("status")).to_contain_text("The name is corrected")

    page.locator("summary", has_text="Withdraw").click()
    page.get_by_label("Why?").first.fill(WHY)
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Check the box to confirm")).to_be_visible()
    visitor.forgive("422")
    page.get_by_label("The signer asks to withdraw.").check()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("status")).to_contain_text("It is withdrawn")
    page.context.clear_cookies()
