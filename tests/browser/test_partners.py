"""A group joins in a browser: applies, proves, is approved, accepts, invites a second owner."""

from playwright.sync_api import Page, expect

from petition.models import RoleName
from tests.accounts.world import invite_to, read_link, send_mails
from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.test_accounts import accept, check_width, follow, press
from tests.partners.applications.world import FORM, read_mailed_link

PATIENCE = 5_000  # milliseconds that the form's guard wants


def test_a_group_applies_is_approved_and_invites_a_second_owner(
    live: Live, visitor: Visitor
) -> None:
    phone = visitor.open(f"{live.url}/groups", viewport=PHONE)
    check_width(phone)
    follow(phone, "Apply for your group")
    check_width(phone)
    for label, name in (
        ("Name of your group", "name"),
        ("Web page of your group", "url"),
        ("ZIP code of your base", "postal_code"),
        ("Your name", "contact_name"),
        ("Your e-mail address", "email"),
        ("What does your group do", "why"),
    ):
        phone.get_by_label(label).fill(FORM[name])
    phone.wait_for_timeout(PATIENCE)
    press(phone, "Send the application")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Check your e-mail")
    phone.goto(live.url + read_mailed_link(live.app))
    check_width(phone)
    press(phone, "Yes, send the application")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your address is confirmed")

    staff = visitor.open(
        live.url + invite_to(live.app, "staff@staff.example", RoleName.ADMIN), viewport=DESK
    )
    accept(staff)
    follow(staff, "Organizations")
    check_width(staff)
    expect(staff.get_by_text("the domain of its website")).to_be_visible()
    press(staff, "Approve")
    expect(staff.get_by_role("status")).to_contain_text("Approved as open-streets")

    phone.goto(live.url + read_link(send_mails(live.app)[-1]))
    accept(phone)
    follow(phone, FORM["name"])
    check_width(phone)
    expect(phone.get_by_text("Invite a second owner")).to_be_visible()
    follow(phone, "Invite someone")
    check_width(phone)
    phone.get_by_label("E-mail address").fill("second@open-streets.example")
    press(phone, "Send the invitation")
    expect(phone.get_by_role("status")).to_have_text("The invitation will be sent.")
    second: Page = visitor.open(live.url + read_link(send_mails(live.app)[-1]), viewport=DESK)
    accept(second)
    follow(second, FORM["name"])
    expect(second.get_by_text("Invite a second owner")).to_have_count(0)
    follow(second, "Organization")
    check_width(second)
    second.get_by_label("What you do, in a sentence").fill("We walk together.")
    press(second, "Save")
    expect(second.get_by_role("status")).to_have_text("Saved.")
    public = visitor.open(f"{live.url}/groups/open-streets", viewport=PHONE)
    expect(public.get_by_text("We walk together.")).to_be_visible()
    check_width(public)
    for page in (phone, staff, second):
        page.context.clear_cookies()
