"""FAULT 17: no forged form, planted session, lent link or frame works, on any page there is."""

import re

import pytest
from flask import Flask

from petition.models import RoleName
from tests.security.visitor import EVENT, PORTALS, Visitor
from tests.web.staff_world import BASE, PASSWORD, enter, find_token, get, make_staff, open_browser
from tests.web.staff_world import post as post_form

ELSEWHERE = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": f"{BASE}.evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://www.petition.example", "Sec-Fetch-Site": "same-site"},
)
# Forms that change or look up something for whoever sends them. The other public ones have their
# right to act in their address, which no other site knows.
OPEN_FORMS = {"public.sign", "embed.sign", "public.near_street", "links.mail_lost"}
OPEN_FORMS |= {"public.show_zip", "public.answer_later", "embed.answer_later"}
# Its page is never named, so older browsers of our own visitors send no other origin.
NAMELESS = {"links.mail_lost"}
# So are those of account links, whose forms have the token of their session as well.
NAMELESS |= {"staff.open_invitation", "staff.choose_password"}
LURES = ("//evil.example", "/\\evil.example")
LURING = ("next", "lang", "url", "redirect", "return_to", "code", "postal_code", "campaign")
OURS = re.compile(r"(?:https://petition\.example)?/(?![/\\])")
COOKIE = "__Secure-hundredth"

PREVIEWS = frozenset(
    f"staff.show_{name}_preview" for name in ("page", "mail", "message", "letter", "pdf")
)


def test_no_form_is_taken_from_another_website(visitor: Visitor) -> None:
    rules = visitor.list_rules("POST")
    guarded = [rule for rule in rules if not rule.endpoint.startswith("link")]
    guarded += [rule for rule in rules if rule.endpoint == "links.mail_lost"]
    form = {"csrf_token": visitor.token, "email": "a@people.example", "why": "x", "sure": "1"}

    for rule in guarded:
        if rule.endpoint.startswith("embed_links."):
            continue
        for headers in ELSEWHERE:
            if rule.endpoint in NAMELESS and headers == {"Origin": "null"}:
                continue
            answer, wrote = visitor.ask("POST", visitor.fill(rule), data=form, headers=headers)
            # Of a portal's pages that it was refused is in the trail.
            wrote -= EVENT if rule.rule.split("/")[1] in PORTALS else set()
            # The token is that of the staff's session: the partners' forms refuse it first.
            expected = 400 if rule.rule.startswith("/partner") else 403
            # The API takes no form from anyone, and reads no cookie.
            expected = 415 if rule.endpoint.startswith("api.") else expected
            # Nor any body, where it takes none.
            expected = 400 if rule.endpoint == "api.take_export_file" else expected
            assert (answer.status_code, wrote) == (expected, set()), (rule.rule, headers)
    assert {rule.endpoint for rule in guarded} >= OPEN_FORMS


def test_no_form_of_the_staff_is_taken_without_the_token_of_its_session(visitor: Visitor) -> None:
    rules = [rule for rule in visitor.list_rules("POST") if rule.rule.startswith("/staff")]
    stranger = find_token(get(open_browser(visitor.app), "/staff/login"))

    refused = 0
    for rule in rules:
        for token in ("", "made up", stranger, visitor.token[:-1]):
            form = {"csrf_token": token, "why": "x", "sure": "1", "outcome": "sent"}
            answer, wrote = visitor.ask("POST", visitor.fill(rule), data=form)
            refused += wrote == EVENT
            assert answer.status_code == 400 and wrote <= EVENT, (rule.rule, token)
    assert len(rules) == 61
    assert refused == 60  # of one account within an hour: the rest is in the log alone


def test_a_session_that_was_planted_before_the_sign_in_never_becomes_one(app: Flask) -> None:
    email = make_staff(app, RoleName.READER)
    victim = open_browser(app)
    token = find_token(get(victim, "/staff/login"))
    planted = victim.get_cookie(COOKIE, domain="petition.example", path="/staff")
    assert planted is not None

    answer = post_form(victim, "/staff/login", token, email=email, password=PASSWORD)

    now = victim.get_cookie(COOKIE, domain="petition.example", path="/staff")
    assert answer.status_code == 302 and now is not None and now.value != planted.value
    thief = app.test_client(use_cookies=False)
    for path in ("/staff/deliveries", "/staff/review", "/staff/boundaries"):
        cookie = {"Cookie": f"{COOKIE}={planted.value}"}
        assert get(victim, path).status_code == 200
        assert get(thief, path, headers=cookie).location.startswith("/staff/login")


def test_no_address_leads_to_another_website(visitor: Visitor) -> None:
    stranger = open_browser(visitor.app)
    proxied = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    for lure in LURES:
        query = dict.fromkeys(LURING, lure)
        for rule in visitor.list_rules("GET"):
            browser = stranger if rule.rule.split("/")[1] in PORTALS else visitor.browser
            answer = get(browser, visitor.fill(rule), query_string=query, headers=proxied)

            assert OURS.match(answer.headers.get("Location", "/")), (rule.rule, lure)
            assert "Refresh" not in answer.headers, rule.rule
    for path in ("//evil.example", "/\\evil.example", "/staff//evil.example", "/staff/%2F%2Fevil"):
        assert OURS.match(get(stranger, path).headers.get("Location", "/")), path


@pytest.mark.parametrize("websites", [[], ["https://group.example"]], ids=["nobody", "a group"])
def test_only_the_embed_is_framed_and_sets_no_cookie(visitor: Visitor, websites: list[str]) -> None:
    visitor.set_websites(websites)
    framed, own = set(), set()
    for rule in visitor.list_rules("GET"):
        for path in (visitor.fill(rule), f"{visitor.fill(rule)}%00"):
            answer = visitor.browser.get(path, base_url=BASE)
            found = re.search(r"frame-ancestors ([^;]+)", answer.headers["Content-Security-Policy"])
            assert found, path
            if found[1] == "'none'":
                assert answer.headers["X-Frame-Options"] == "DENY", path
            elif found[1] == "'self'":  # by our own page, and it runs no script and sends no form
                assert answer.headers["X-Frame-Options"] == "SAMEORIGIN", path
                own.add(rule.endpoint)
            else:
                framed.add((rule.endpoint.partition(".")[0], found[1]))
            cookie = "Set-Cookie" in answer.headers or "Cookie" in answer.headers.get("Vary", "")
            assert not cookie or path.split("/")[1] in PORTALS, path

    assert own == {"staff.show_letter", "staff.show_source"} | PREVIEWS
    allowed = {(name, site) for name in ("embed", "embed_links") for site in websites}
    assert framed == allowed


def test_the_cookie_of_the_staff_goes_along_with_no_frame_and_no_form_from_elsewhere(
    app: Flask,
) -> None:
    browser, _ = enter(app)

    cookie = browser.get_cookie(COOKIE, domain="petition.example", path="/staff")

    assert cookie is not None and cookie.same_site == "Lax"
    assert cookie.http_only and cookie.secure and cookie.path == "/staff"
