"""The page of a delivery in a browser: hold, release, the letter in place, evidence; by axe too."""

from playwright.sync_api import Page, expect

from petition.models import DeliveryState, RoleName
from tests.accounts.world import invite_to
from tests.browser.conftest import DESK, Live, Visitor
from tests.browser.test_accounts import accept, check_width, follow
from tests.browser.test_every_page import list_faults
from tests.browser.test_staff_attention import NARROW, press_by_keyboard
from tests.web.staff_world import get_state, make_delivery, set_state

WIDTHS = (NARROW, {"width": 640, "height": 800}, DESK)


def check_looks(page: Page) -> None:
    """Axe finds nothing, and nothing is too wide, at three widths."""
    for size in WIDTHS:
        page.set_viewport_size(size)
        check_width(page)
        assert list_faults(page) == [], size


def test_a_delivery_is_held_shown_and_released(live: Live, visitor: Visitor) -> None:
    delivery = make_delivery(live.app, send=False)
    link = invite_to(live.app, "staff@staff.example", RoleName.CAMPAIGNER)
    page = visitor.open(live.url + link, viewport=NARROW)
    accept(page)
    one = f"{live.url}/staff/deliveries/{delivery}"
    page.goto(one)
    page.get_by_text("Hold this delivery").first.click()
    check_looks(page)

    page.set_viewport_size(NARROW)
    page.get_by_label("Why?").first.fill("Is this the right bill?")
    press_by_keyboard(page, "Hold this delivery")
    expect(page.get_by_text("Held: staff hold it")).to_be_visible()
    check_looks(page)
    press_by_keyboard(page, "Release")
    expect(page.get_by_text("It is released and due now.")).to_be_visible()
    assert get_state(live.app, delivery) == "queued"

    sent = make_delivery(live.app)
    page.goto(f"{live.url}/staff/deliveries/{sent}")
    with page.expect_response(lambda answer: answer.url.endswith("/message.txt")) as got:
        follow(page, "Show its source on this page")
    assert got.value.status == 200
    source = page.frame_locator("iframe").locator("body")
    expect(source).to_contain_text("Message-ID:")
    check_looks(page)
    with page.expect_response(lambda answer: answer.url.endswith("/letter.pdf")) as got:
        follow(page, "Show it on this page")
    assert got.value.status == 200
    expect(page.get_by_title("The letter as a PDF")).to_be_visible()
    assert [fault for fault in list_faults(page) if "iframe" not in fault] == []
    check_width(page)
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download evidence.zip").click()
    assert taken.value.suggested_filename == f"evidence-{sent}.zip"
    # The browser's own PDF viewer is made of files of the browser.
    visitor.strange = [url for url in visitor.strange if not url.startswith("chrome")]
    page.context.clear_cookies()


def test_ticks_survive_the_renewal_of_the_list(live: Live, visitor: Visitor) -> None:
    waiting = [make_delivery(live.app, send=False, slug=f"c{number}") for number in range(2)]
    link = invite_to(live.app, "staff@staff.example", RoleName.CAMPAIGNER)
    page = visitor.open(live.url + link, viewport=NARROW)
    accept(page)
    page.goto(f"{live.url}/staff/deliveries")
    tick = page.get_by_label(f"Select delivery {waiting[0]}")
    tick.check()
    check_looks(page)
    with page.expect_response(lambda answer: "/deliveries/live" in answer.url):
        pass
    expect(tick).to_be_checked()
    expect(page.get_by_label(f"Select delivery {waiting[1]}")).not_to_be_checked()
    press_by_keyboard(page, "Hold")
    expect(page.get_by_text("Write why, in a sentence")).to_be_visible()
    visitor.forgive("422")
    expect(tick).to_be_checked()
    page.get_by_label("Selected deliveries. Why?").fill("Wait")
    press_by_keyboard(page, "Hold")
    expect(page.get_by_text("Held: 1.")).to_be_visible()
    assert [get_state(live.app, one) for one in waiting] == ["held", "rendered"]
    page.context.clear_cookies()


def test_what_can_be_done_with_a_failed_one_fits_every_screen(live: Live, visitor: Visitor) -> None:
    delivery = make_delivery(live.app, send=False)
    set_state(live.app, delivery, DeliveryState.RETRY_WAIT, "451 at rcpt")
    link = invite_to(live.app, "staff@staff.example", RoleName.CAMPAIGNER)
    page = visitor.open(live.url + link, viewport=NARROW)
    accept(page)
    page.goto(f"{live.url}/staff/deliveries/{delivery}")
    summaries = page.locator("summary").all()
    assert len(summaries) >= 2  # each folds an act
    for summary in summaries:
        summary.click()
    check_looks(page)
    page.context.clear_cookies()
