"""The audit trail and retention in a browser: axe finds nothing at any width, by day or night."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from petition.audit.chain.event_chain import chain_events
from petition.core.extensions import db
from petition.health.audit_chain.chain_watch import verify_next
from petition.models import RoleName
from petition.retention.run import erase
from tests.accounts.world import invite_to
from tests.audit.chain.world import add_events
from tests.browser.conftest import DESK, Live, Visitor
from tests.browser.test_accounts import accept, check_width, follow
from tests.browser.test_every_page import list_faults
from tests.retention.world import ADD
from tests.web.staff_world import make_delivery

WIDTHS = (320, 640, DESK["width"])


def check_each_width(page: Page) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        check_width(page)
        assert list_faults(page) == [], width
    page.emulate_media(color_scheme="dark")
    assert list_faults(page) == []
    page.emulate_media(color_scheme="light")


def test_the_trail_is_read_and_retention_is_run_and_held(live: Live, visitor: Visitor) -> None:
    make_delivery(live.app)
    with live.app.app_context():
        ADD["expired"](timedelta(days=31))
        erase()
        ADD["expired"](timedelta(days=31))
        add_events(60)
        chain_events()
        verify_next()
        db.session.remove()
    link = invite_to(live.app, "staff@staff.example", RoleName.ADMIN)
    page = visitor.open(live.url + link, viewport=DESK)
    accept(page)
    follow(page, "Audit")
    expect(page.get_by_text("up to link 1,")).to_be_visible()
    check_each_width(page)
    page.get_by_label("About").select_option("delivery")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("link", name="delivery 1").first).to_be_visible()
    assert "subject=delivery" in page.url
    page.goto(f"{live.url}/staff/audit?kind=no.such")
    expect(page.get_by_text("No event matches.")).to_be_visible()
    assert list_faults(page) == []

    follow(page, "Retention")
    check_each_width(page)
    page.get_by_label("Why?").fill("Order 12 of a court")
    page.get_by_role("button", name="Hold the campaign").click()  # no campaign is chosen
    expect(page.get_by_text("Choose a campaign.")).to_be_visible()
    expect(page.get_by_label("Why?")).to_have_value("Order 12 of a court")
    visitor.forgive("422")
    assert list_faults(page) == []
    page.get_by_label("Campaign", exact=True).select_option(index=3)
    page.get_by_role("button", name="Hold the campaign").click()
    expect(page.get_by_role("status")).to_contain_text("under a legal hold")
    check_each_width(page)
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_role("status")).to_contain_text("released")
    page.get_by_label("I understand").check()
    page.get_by_role("button", name="Remove now").click()
    expect(page.get_by_role("status")).to_contain_text("Removed 1.")
    expect(page.get_by_role("cell", name="staff@staff.example")).to_be_visible()
    page.context.clear_cookies()
