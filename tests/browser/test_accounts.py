"""An account in a browser: invitation, password, app, sign-in, lost phone, another's session."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from petition.models import RoleName
from tests.accounts.world import invite_to, make_group
from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.web.account_world import make_code, show_code

EMAIL = "bea@partner.example"
PASSWORD = "four uncommon words here"


def press(page: Page, name: str) -> None:
    """Press a button that leads to another page."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def follow(page: Page, name: str) -> None:
    """Follow a link; one of the menu of a narrow screen, after the menu is opened."""
    menu = page.get_by_role("link", name="Menu", exact=True)
    if menu.count() and not page.get_by_role("link", name=name).count():
        menu.click()
    with page.expect_navigation():
        page.get_by_role("link", name=name).click()


def accept(page: Page) -> list[str]:
    """Accept the invitation, and set the app up as its page says; return the recovery codes."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Your invitation")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    press(page, "Accept the invitation")
    return set_up(page)


def set_up(page: Page) -> list[str]:
    """Set an app up; return the recovery codes."""
    picture = page.get_by_role("img", name="QR code")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 100")
    key = page.locator("code.key").inner_text()
    page.get_by_label("Code", exact=True).fill(make_code(key))
    press(page, "Set up")
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    follow(page, "I have kept them")
    return codes


def enter_password(page: Page, address: str) -> None:
    """Open the sign-in and send the password."""
    page.goto(address)
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")


def check_width(page: Page) -> None:
    """Nothing of a page is wider than the screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def guess(live: Live, number: int) -> int:
    """Try a password of the account from a network of one's own; return the status."""
    browser = live.app.test_client()
    options: dict[str, Any] = {
        "base_url": live.url,
        "environ_overrides": {"REMOTE_ADDR": f"198.51.100.{number}"},
    }
    page = browser.get("/partner/login", **options).text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "email": EMAIL, "password": f"guess {number}"}
    return browser.post("/partner/login", data=form, **options).status_code


def test_nobody_locks_a_colleague_out_by_guessing(live: Live, visitor: Visitor) -> None:
    accepted = visitor.open(
        live.url + invite_to(live.app, EMAIL, RoleName.OWNER, make_group(live.app))
    )
    accept(accepted)
    press(accepted, "Sign out")

    statuses = [guess(live, number % 12) for number in range(144)]
    assert statuses[0] == 200 and statuses[-1] == 429

    colleague = visitor.open(f"{live.url}/partner/login", viewport=PHONE)
    colleague.get_by_label("E-mail address").fill(EMAIL)
    colleague.get_by_label("Password").fill("my own mistake")
    press(colleague, "Sign in")
    expect(colleague.get_by_role("alert")).to_contain_text("Wrong e-mail address or password")
    enter_password(colleague, f"{live.url}/partner/login")
    colleague.get_by_label("Code", exact=True).fill(show_code(live.app, EMAIL))
    press(colleague, "Continue")
    expect(colleague.get_by_role("heading", level=1)).to_have_text("My groups")
    for page in (accepted, colleague):
        page.context.clear_cookies()


def test_from_an_invitation_to_a_lost_phone_and_a_session_ended_elsewhere(
    live: Live, visitor: Visitor
) -> None:
    link = invite_to(live.app, EMAIL, RoleName.OWNER, make_group(live.app))
    sign_in = f"{live.url}/partner/login"

    phone = visitor.open(live.url + link, viewport=PHONE)
    check_width(phone)
    codes = accept(phone)
    expect(phone.get_by_role("heading", level=2)).to_have_text("Riders")
    phone.goto(live.url + link)
    expect(phone.get_by_role("heading", level=1)).to_have_text("This link does not work")
    visitor.forgive("404")

    desk = visitor.open(sign_in, viewport=DESK)
    enter_password(desk, sign_in)
    desk.get_by_label("Code", exact=True).fill(show_code(live.app, EMAIL))
    press(desk, "Continue")
    expect(desk.get_by_role("heading", level=1)).to_have_text("My groups")

    lost = visitor.open(sign_in, viewport=PHONE)
    enter_password(lost, sign_in)
    follow(lost, "Lost your phone? Use a recovery code")
    check_width(lost)
    lost.get_by_label("Recovery code").fill(codes[0].upper())
    press(lost, "Continue")
    expect(lost.get_by_role("heading", level=1)).to_have_text("My groups")

    follow(lost, "My account")
    check_width(lost)
    expect(lost.get_by_text("9 of your recovery codes are unused")).to_be_visible()
    lost.get_by_role("button", name=re.compile("End all other")).click()
    expect(lost.get_by_role("status")).to_have_text("All other sessions are ended.")
    for ended in (phone, desk):
        ended.goto(f"{live.url}/partner/")
        expect(ended.get_by_role("heading", level=1)).to_contain_text("Sign in")
    follow(lost, "Set up a new phone")
    check_width(lost)
    assert not {*set_up(lost)} & {*codes}

    press(lost, "Sign out")
    expect(lost.get_by_role("heading", level=1)).to_contain_text("Sign in")
    for page in (phone, desk, lost):
        page.context.clear_cookies()
