"""A review settled in a browser: on a narrow screen by keyboard, with a map of the candidates."""

from playwright.sync_api import expect

from petition.models import RoleName
from tests.accounts.world import invite_to
from tests.browser.conftest import DESK, Live, Visitor
from tests.browser.test_accounts import accept, check_width, follow
from tests.browser.test_every_page import list_faults
from tests.browser.test_staff_attention import NARROW, press_by_keyboard
from tests.web.street_world import lay_town


def test_a_review_is_settled_beside_the_map_of_its_candidates(live: Live, visitor: Visitor) -> None:
    town = lay_town(live.app)
    signature_id = town.put()
    link = invite_to(live.app, "staff@staff.example", RoleName.REVIEWER)
    page = visitor.open(live.url + link, viewport=NARROW)
    accept(page)
    follow(page, "Review")
    check_width(page)
    page.get_by_role("link", name=f"Signature {signature_id}").click()
    expect(page.get_by_role("img", name="Where they are: 1, East District")).to_be_visible()
    check_width(page)
    assert list_faults(page) == []
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="dark")
    assert list_faults(page) == []
    page.emulate_media(color_scheme="light")

    page.get_by_role("radio", name="West District").check()
    page.get_by_label("How do you know?").fill("The town clerk says so")
    press_by_keyboard(page, "Settle this signature")
    expect(page.get_by_role("status")).to_contain_text("is settled and will be counted")
    town.work()
    assert town.read(signature_id).state == "counted"
    page.context.clear_cookies()
