"""The form pasted into another website's plain page, in a real browser."""

import re
from html import unescape

import pytest
from playwright.sync_api import FrameLocator, Page, expect
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Signature
from tests.browser.conftest import Live, Visitor
from tests.browser.gallery_world import QUICK
from tests.ground import POSTAL_CODE, SLUG
from tests.web.public_world import CAMPAIGN, count_signatures, make_world
from tests.web.public_world import open_page as fetch
from tests.web.street_world import EAST, lay_town


def paste(live: Live, kind: str = "form") -> str:
    """Publish a page with the lines that our help page shows; return its address."""
    page = fetch(live.app, f"{CAMPAIGN}/embed").text
    found = re.findall(r'<code class="share-link"[^>]*>(.+?)</code>', page, re.S)
    lines = {"form": found[0], "map": found[1], "frame": found[2]}[kind]
    return live.publish(
        f"{kind}.html", f"<h1>A group</h1>{unescape(lines)}<p id='after'>After the frame.</p>"
    )


def fill(frame: FrameLocator) -> None:
    """Type what one person answers."""
    frame.get_by_label("First name", exact=True).fill("Ada")
    frame.get_by_label("Last name").fill("Example")
    frame.get_by_label("E-mail address").fill("ada@people.example")
    frame.get_by_label("ZIP code").fill(POSTAL_CODE)


def is_sized(page: Page) -> bool:
    """Return whether the frame is as high as what is in it."""
    inside = page.frames[1].evaluate("document.documentElement.getBoundingClientRect().height")
    outside = page.locator("iframe").evaluate("frame => frame.clientHeight")
    return abs(inside - outside) <= 1


def wait_until_sized(page: Page) -> None:
    for _ in range(50):
        if is_sized(page):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the frame has another height than its content")


def test_a_paste_into_a_plain_page_on_another_origin_signs(live: Live, visitor: Visitor) -> None:
    guards = QUICK | {"proof_of_work": "always"}
    make_world(live.app, guards=guards, embed_origins=[live.website])

    page = visitor.open(paste(live))
    frame = page.frame_locator("iframe")
    fill(frame)
    frame.get_by_role("button", name="Sign the letter").click()

    expect(frame.get_by_role("heading", level=1)).to_have_text("Thank you, your signature is in")
    assert page.url.startswith(live.website)
    with live.app.app_context():
        assert db.session.scalars(select(Signature.state)).all() == ["confirmed"]


def test_the_frame_follows_the_height_of_its_content(live: Live, visitor: Visitor) -> None:
    make_world(live.app, guards=QUICK, embed_origins=[live.website])

    page = visitor.open(paste(live))
    frame = page.frame_locator("iframe")
    wait_until_sized(page)
    frame.get_by_role("button", name="Sign the letter").click()
    expect(frame.get_by_role("alert")).to_be_focused()
    wait_until_sized(page)
    fill(frame)
    frame.get_by_role("button", name="Sign the letter").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("Thank you, your signature is in")

    wait_until_sized(page)
    expect(page.locator("iframe")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    visitor.expect_complaint("status of 422")
    visitor.expect_complaint("Blocked autofocusing")


def test_a_frame_that_was_there_before_the_script_is_sized_too(
    live: Live, visitor: Visitor
) -> None:
    make_world(live.app, embed_origins=[live.website])

    page = visitor.open(paste(live, "frame"))
    expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_be_visible()
    assert page.locator("iframe").evaluate("frame => frame.clientHeight") == 1100
    page.add_script_tag(url=f"{live.url}/static/embed.js")

    wait_until_sized(page)


def test_a_frame_works_without_any_script(live: Live, visitor: Visitor) -> None:
    make_world(live.app, guards=QUICK | {"proof_of_work": "off"}, embed_origins=[live.website])

    page = visitor.open(paste(live, "frame"), java_script_enabled=False)
    frame = page.frame_locator("iframe")
    fill(frame)
    frame.get_by_role("button", name="Sign the letter").click()

    expect(frame.get_by_role("heading", level=1)).to_have_text("Thank you, your signature is in")
    assert count_signatures(live.app) == 1


def test_a_website_that_is_not_allowed_keeps_the_link(live: Live, visitor: Visitor) -> None:
    make_world(live.app, embed_origins=["https://group.example"])

    page = visitor.open(paste(live))
    page.wait_for_timeout(500)

    assert page.frames[1].get_by_role("textbox").count() == 0
    expect(page.get_by_role("link")).to_be_visible()
    assert page.locator("iframe").evaluate("frame => frame.clientHeight") == 0
    visitor.expect_complaint("frame-ancestors")


def test_the_link_gives_way_once_the_frame_has_answered(live: Live, visitor: Visitor) -> None:
    make_world(live.app, embed_origins=[live.website])

    page = visitor.open(paste(live))
    wait_until_sized(page)

    expect(page.locator("[data-hundredth] > a")).to_have_count(0)
    expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize(
    ("scheme", "ground"),
    [
        ("", "rgb(255, 254, 251)"),
        ("dark", "rgb(27, 33, 38)"),
        ("auto", "rgb(27, 33, 38)"),
    ],
)
def test_a_frame_is_light_unless_its_website_says_otherwise(
    live: Live, visitor: Visitor, scheme: str, ground: str
) -> None:
    make_world(live.app, guards=QUICK, embed_origins=[live.website], accent="#7a1f3d")
    place = f'<div data-hundredth="{SLUG}" data-scheme="{scheme}"><a href="/">Letter</a></div>'
    script = f'<script src="{live.url}/static/embed.js" async></script>'

    page = visitor.open(live.publish("scheme.html", place + script), color_scheme="dark")
    wait_until_sized(page)
    frame = page.frame_locator("iframe")
    fill(frame)
    frame.get_by_role("button", name="Sign the letter").click()

    expect(frame.get_by_role("heading", level=1)).to_have_text("Thank you, your signature is in")
    page.frames[1].wait_for_load_state("load")  # its style sheets too
    look = "getComputedStyle(document.body)"
    assert page.frames[1].evaluate(f"{look}.backgroundColor") == ground
    accent = page.frames[1].evaluate(f"{look}.getPropertyValue('--accent')").strip()
    assert (accent == "#7a1f3d") is (scheme == "")
    visitor.forgive("Blocked")


def test_a_form_on_the_websites_own_page_signs_nobody(live: Live, visitor: Visitor) -> None:
    make_world(live.app, guards=QUICK, embed_origins=[live.website])
    fields = "".join(
        f'<input name="{name}" value="{value}">'
        for name, value in {
            "given_name": "Ada",
            "family_name": "Example",
            "email": "ada@people.example",
            "postal_code": POSTAL_CODE,
        }.items()
    )

    for path in (f"/embed/{SLUG}/signatures", f"{CAMPAIGN}/signatures"):
        form = f'<form method="post" action="{live.url}{path}">{fields}<button>Go</button></form>'
        page = visitor.open(live.publish("forged.html", form))
        page.get_by_role("button", name="Go").click()
        expect(page.get_by_text("sent from another website")).to_be_visible()

    assert count_signatures(live.app) == 0
    visitor.expect_complaint("status of 403")


def test_the_script_heeds_no_message_but_its_frames_own(live: Live, visitor: Visitor) -> None:
    make_world(live.app, embed_origins=[live.website])
    page = visitor.open(paste(live))
    wait_until_sized(page)

    page.evaluate("window.postMessage({ hundredth: 'height', height: 3000 }, '*')")
    for message in ("{ hundredth: 'height', height: '9000' }", "{ height: 3000 }", "null", "7"):
        page.frames[1].evaluate(f"window.parent.postMessage({message}, '*')")
    page.frames[1].evaluate("window.parent.postMessage({ hundredth: 'height', height: 9e9 }, '*')")
    page.wait_for_timeout(200)

    assert is_sized(page)


def test_a_map_on_another_origin_leads_to_a_districts_page_beside_it(
    live: Live, visitor: Visitor
) -> None:
    make_world(live.app, embed_origins=[live.website]).count(40)

    page = visitor.open(paste(live, "map"))
    wait_until_sized(page)
    frame = page.frame_locator("iframe")
    with page.expect_popup() as opened:
        frame.get_by_role("link", name="Middlesex County: 40 signatures").click()

    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Middlesex County, MA")
    assert page.url.startswith(live.website)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_street_is_asked_for_and_answered_in_the_frame(live: Live, visitor: Visitor) -> None:
    town = lay_town(live.app, guards=QUICK, embed_origins=[live.website])

    page = visitor.open(paste(live))
    frame = page.frame_locator("iframe")
    fill(frame)
    frame.get_by_role("button", name="Sign the letter").click()
    frame.get_by_label("Street address").fill(EAST)
    wait_until_sized(page)
    frame.get_by_role("button", name="Find my state house district").click()

    expect(frame.get_by_role("heading", level=1)).to_have_text("Thank you, your signature is in")
    town.work()
    assert town.read().state == "counted"


def test_the_lines_for_a_website_are_copied_by_one_press(live: Live, visitor: Visitor) -> None:
    make_world(live.app, embed_origins=[live.website])
    allowed = ["clipboard-read", "clipboard-write"]

    page = visitor.open(f"{live.url}{CAMPAIGN}/embed", permissions=allowed)
    page.get_by_role("button", name="Copy").first.click()

    expect(page.get_by_role("status").first).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#lines-form").text_content()


def test_without_a_script_there_is_no_button_that_does_nothing(
    live: Live, visitor: Visitor
) -> None:
    make_world(live.app, embed_origins=[live.website])

    page = visitor.open(f"{live.url}{CAMPAIGN}/embed", java_script_enabled=False)

    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
