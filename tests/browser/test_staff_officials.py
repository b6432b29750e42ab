"""Officials by keyboard at 320 pixels: found, corrected and imported, and axe finds nothing."""

from playwright.sync_api import Page, expect

from petition.models import RoleName
from tests.accounts.world import invite_to
from tests.browser.conftest import DESK, Live, Visitor
from tests.browser.test_accounts import accept, check_width, follow
from tests.browser.test_every_page import list_faults
from tests.browser.test_staff_attention import NARROW, press_by_keyboard
from tests.web.test_staff_officials import make_seat

HEADER = "division_id,role,title,salutation,email,address,voice,fax,name"
ROOT = "ocd-division/country:us/state:ma"


def look(page: Page) -> None:
    """Look at a page at three widths: nothing scrolls sideways, and axe finds nothing."""
    for width in (320, 640, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        check_width(page)
        assert list_faults(page) == [], (page.url, width)
    page.emulate_media(color_scheme="dark")
    assert list_faults(page) == [], page.url
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROW)


def enter(live: Live, visitor: Visitor) -> Page:
    """Sign in as a campaigner on a narrow screen, and open the officials."""
    link = invite_to(live.app, "staff@staff.example", RoleName.CAMPAIGNER)
    page = visitor.open(live.url + link, viewport=NARROW)
    accept(page)
    follow(page, "Officials")
    return page


def test_a_post_is_found_and_corrected_by_keyboard(live: Live, visitor: Visitor) -> None:
    make_seat(live.app, "Zoe Quill")
    make_seat(live.app, None)
    page = enter(live, visitor)
    look(page)

    page.get_by_label("Holder").fill("quill")
    press_by_keyboard(page, "Show")
    expect(page.locator("table.log tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Mayor of").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mayor of")
    for summary in page.locator("summary").all():
        summary.click()
    look(page)
    form = page.locator("#correct-email")
    form.get_by_label("Its e-mail address").fill("desk@city")
    form.get_by_label("Where is it from?").fill("Their website")
    with page.expect_navigation():
        form.get_by_role("button", name="Save the correction").press("Enter")
    visitor.forgive("400")
    wrong = page.get_by_label("Its e-mail address")
    expect(wrong).to_be_focused()
    expect(wrong).to_have_value("desk@city")
    look(page)
    wrong.fill("desk@city.example")
    with page.expect_navigation():
        wrong.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Corrected.")
    expect(page.get_by_text("Their website, checked on")).to_be_visible()
    look(page)
    page.context.clear_cookies()


def test_a_roster_is_uploaded_and_imported_and_a_body_typed(live: Live, visitor: Visitor) -> None:
    make_seat(live.app)
    page = enter(live, visitor)
    follow(page, "Import a roster")
    look(page)
    row = f"{ROOT}/county:nowhere,mayor,Mayor of Nowhere,,,,,,Eve Quill"
    bad = {"name": "bad.csv", "mimeType": "text/csv", "buffer": f"{HEADER}\n{row}\n".encode()}
    page.get_by_label("The roster").set_input_files([bad])
    press_by_keyboard(page, "Upload and see")
    expect(page.get_by_role("heading", name="It cannot be imported")).to_be_visible()
    expect(page.locator("pre")).to_contain_text("bad.csv, row 2")
    look(page)

    row = f"{ROOT},governor,Governor,Dear Governor,desk@state.example,1 Hill;Town MA,,,Eve Quill"
    good = bad | {"name": "ma.csv", "buffer": f"{HEADER}\n{row}\n".encode()}
    follow(page, "All rosters")
    page.get_by_label("The roster").set_input_files([good])
    press_by_keyboard(page, "Upload and see")
    expect(page.get_by_role("heading", name="What it would change")).to_be_visible()
    look(page)
    press_by_keyboard(page, "Import this roster")
    expect(page.get_by_role("status")).to_contain_text("Imported.")
    look(page)

    follow(page, "All rosters")
    follow(page, "Add a body by hand")
    page.get_by_label("Division id").fill(f"{ROOT}/county:nowhere")
    page.get_by_label("Where is it from?").fill("A call")
    page.get_by_label("Title, as on the envelope").first.fill("School Board")
    press_by_keyboard(page, "See what would change")
    visitor.forgive("400")
    expect(page.get_by_role("alert")).to_contain_text("county:nowhere")
    look(page)
    page.set_viewport_size(DESK)
    page.context.clear_cookies()
