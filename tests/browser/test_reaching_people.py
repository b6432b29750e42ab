"""A colleague finds people and writes to them, an owner takes a list, and one person leaves."""

import csv

import requests
from playwright.sync_api import Page, expect

from petition.core.extensions import db
from petition.partners.exports.export_requests import prepare_exports
from petition.signing.group_links import make_group_token
from tests.accounts.world import read_link, send_mails
from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.portal_world import NAMED, PORTAL, add_people, invite_owner, lay_groups
from tests.browser.test_accounts import accept, check_width, follow, press
from tests.partners.relay.world import read_mails, send_all
from tests.web.api.world import find_organization_id, make_api_token

COLLEAGUE = "cal@river-walkers.example"
NAME = "River Walkers of the Lower Valley"


def invite_colleague(live: Live, owner: Page) -> str:
    """Invite an organizer by the page of members; return the link of the e-mail."""
    owner.goto(f"{live.url}{PORTAL}/members")
    owner.get_by_label("E-mail address").fill(COLLEAGUE)
    owner.get_by_label("Role", exact=True).select_option("organizer")
    press(owner, "Send the invitation")
    return live.url + read_link(send_mails(live.app)[-1])


def write(live: Live, page: Page, people: int) -> None:
    """Write to all people: preview, count, a test to oneself, send."""
    follow(page, "a message through this service")
    check_width(page)
    follow(page, "Write a message")
    page.get_by_label("Subject").fill("A walk on Sunday")
    page.get_by_label("Message").fill("Dear {first_name},\n\ncome along.")
    press(page, "Save and preview")
    check_width(page)
    expect(page.get_by_text("Dear Alex,")).to_be_visible()
    expect(page.get_by_role("heading", level=2)).to_have_text(f"{people} people would get it")
    press(page, "Send a test to me")
    expect(page.get_by_role("status")).to_contain_text(COLLEAGUE)
    with live.app.app_context():
        send_all()
        assert [str(mail["To"]) for mail in read_mails()] == [COLLEAGUE]
        db.session.remove()
    press(page, f"Send to {people} people")
    expect(page.get_by_role("status")).to_contain_text(f"being sent to {people} people")


def ask_for_list(live: Live, owner: Page) -> None:
    """Ask for the list of those who may be contacted, and wait until it is ready."""
    owner.goto(f"{live.url}{PORTAL}/exports")
    check_width(owner)
    owner.get_by_label("People whom you may contact here").check()
    press(owner, "Prepare the list")
    with live.app.app_context():
        while prepare_exports():
            pass
        db.session.remove()
    expect(owner.get_by_role("heading", level=1)).to_have_text("The list is ready")


def download(owner: Page) -> list[str]:
    """Return the first names in the file that the page gives out."""
    with owner.expect_download() as found:
        owner.get_by_role("button", name="Download (CSV)").click()
    with found.value.path().open(newline="", encoding="utf-8") as file:
        return [row["given_name"] for row in csv.DictReader(file)]


def test_a_colleague_writes_to_people_nearby_and_who_leaves_is_in_nothing_any_more(
    live: Live, visitor: Visitor
) -> None:
    campaign_id = lay_groups(live.app)
    owner = visitor.open(live.url + invite_owner(live.app), viewport=DESK)
    accept(owner)
    colleague = visitor.open(invite_colleague(live, owner), viewport=PHONE)
    accept(colleague)
    with live.app.app_context():
        group = find_organization_id(NAMED)
        signers = add_people(campaign_id, group)
        leaving = f"{live.url}/unsubscribe-group/{make_group_token(signers[3], group)}"
        db.session.remove()
    api = f"{live.url}/api/v1/people?purpose=contact&limit=100"
    token = {"Authorization": f"Bearer {make_api_token(live.app, NAMED)}"}

    follow(colleague, NAME)
    expect(colleague.get_by_role("link", name="Exports")).to_have_count(0)
    follow(colleague, "People")
    check_width(colleague)
    people = len(signers)
    expect(colleague.get_by_text(f"{people} people within")).to_be_visible()
    assert colleague.get_by_role("heading", name="Wolfeschlegelsteinhausen").count() == 4
    write(live, colleague, people)
    ask_for_list(live, owner)
    assert len(requests.get(api, headers=token, timeout=10).json()["items"]) == people

    # One click, as a mail program does it. No worker runs before what follows: it is the commit.
    click = requests.post(leaving, data={"List-Unsubscribe": "One-Click"}, timeout=10)
    assert click.status_code == 200 and "may not contact you" in click.text

    left = requests.get(api, headers=token, timeout=10)
    assert left.elapsed.total_seconds() < 1 and len(left.json()["items"]) == people - 1
    colleague.goto(f"{live.url}{PORTAL}/people")
    expect(colleague.get_by_text(f"{people - 1} people within")).to_be_visible()
    assert colleague.get_by_role("heading", name="Wolfeschlegelsteinhausen").count() == 3
    names = download(owner)
    assert len(names) == people - 1 and names.count("Wolfeschlegelsteinhausen") == 3
    with live.app.app_context():
        send_all()
        assert len(read_mails()) == people - 1 + 1
        db.session.remove()
    colleague.goto(f"{live.url}{PORTAL}/messages/1")
    expect(colleague.locator("[data-part=left]")).to_have_text("1")
    page = visitor.open(leaving, viewport=PHONE)
    expect(page.get_by_role("heading", level=1)).to_contain_text("may not contact you")
    for opened in (owner, colleague):
        opened.context.clear_cookies()
