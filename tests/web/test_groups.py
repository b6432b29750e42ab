"""The public pages of organizations: the list, one's own page, those near, and applying."""

import re

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from petition.core.extensions import db, transaction
from petition.models import Organization, OrganizationApplication, OrganizationState, RoleName
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization
from tests.factories import make_base
from tests.ground import SLUG
from tests.partners.applications.world import FORM, read_mailed_link, send_proved
from tests.pictures import make_picture
from tests.web.public_world import make_world, open_page
from tests.web.staff_world import BASE, enter, get

MARKUP = "<script>alert(1)</script>"


@pytest.fixture
def group(app: Flask) -> str:
    make_world(app)
    with app.app_context():
        save_organization(
            OrganizationForm(
                "open-streets",
                f"Open Streets {MARKUP}",
                url="https://open-streets.example",
                locality="Cambridge",
                about=f"Streets for everyone. {MARKUP}",
                at=(42.37, -71.11),
                logo_name="logo.png",
                logo=make_picture(),
            )
        )
        join_campaign("open-streets", SLUG, {})
        with transaction() as session:
            found = session.scalars(select(Organization)).one()
            found.offering, found.members = f"Walks.\n{MARKUP}", [f"Local {MARKUP}"]
            found.contact_email, found.reach_km = "hello@open-streets.example", 40
    return "open-streets"


def send(app: Flask, path: str, data: dict[str, str], **headers: str) -> TestResponse:
    return app.test_client(use_cookies=False).post(
        path, data=data, base_url=BASE, headers={"Origin": BASE} | headers
    )


def set_state(app: Flask, state: OrganizationState) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Organization)).one().state = state


def count(app: Flask) -> int:
    with app.app_context():
        query = select(func.count()).select_from(OrganizationApplication)
        return db.session.scalar(query) or 0


def test_the_list_and_the_page_show_a_group_and_none_of_its_markup(app: Flask, group: str) -> None:
    listed, page = open_page(app, "/groups"), open_page(app, f"/groups/{group}")
    of_campaign = open_page(app, f"/groups?campaign={SLUG}")

    for answer in (listed, page, of_campaign):
        assert answer.status_code == 200 and "Open Streets" in answer.text
        assert MARKUP not in answer.text and "Set-Cookie" not in answer.headers
    assert f'href="/groups/{group}"' in listed.text
    for shown in ("Walks.", "mailto:hello@open-streets.example", "about 25 miles", "Cambridge"):
        assert shown in page.text
    assert f'href="/campaigns/{SLUG}' in page.text
    assert f'<link rel="canonical" href="{BASE}/groups/{group}">' in page.text
    assert f"{BASE}/groups/{group}</loc>" in open_page(app, "/sitemap.xml").text
    assert "Grupos" in open_page(app, "/groups?lang=es").text


@pytest.mark.parametrize(
    "state", [state for state in OrganizationState if state is not OrganizationState.APPROVED]
)
def test_a_group_that_is_not_approved_is_on_no_page(
    app: Flask, group: str, state: OrganizationState
) -> None:
    with app.app_context(), transaction() as session:
        row = {"slug": "hidden", "name": "Hidden", "logo": b"x", "logo_type": "image/png"}
        hidden = Organization(state=state, **row)
        session.add(hidden)
        session.flush()
        make_base(session, hidden.id, (42.37, -71.11))
    with app.app_context():
        join_campaign("hidden", SLUG, {"updates": "May Hidden write?"})

    near = send(app, "/groups", {"postal_code": "02139"}).location
    for path in ("/groups", f"/groups?campaign={SLUG}", f"/campaigns/{SLUG}?source=hidden", near):
        assert "Hidden" not in open_page(app, path).text
    for path in ("/groups/hidden", "/partners/hidden/logo"):
        assert open_page(app, path).status_code == 404
    assert "/groups/hidden" not in open_page(app, "/sitemap.xml").text


def test_a_suspended_group_leaves_every_page_and_its_boxes_are_not_taken(
    app: Flask, group: str
) -> None:
    with app.app_context():
        join_campaign(group, SLUG, {"updates": "May we write?"})
    linked = f"/campaigns/{SLUG}?source={group}"
    assert "May we write?" in open_page(app, linked).text

    set_state(app, OrganizationState.SUSPENDED)

    for path in (linked, "/groups", f"/groups?campaign={SLUG}"):
        page = open_page(app, path)
        assert page.status_code == 200
        assert "May we write?" not in page.text and "Open Streets" not in page.text


def test_a_zip_code_finds_groups_and_is_in_no_address(app: Flask, group: str) -> None:
    answer = send(app, "/groups", {"postal_code": "02139"})

    assert answer.status_code == 303 and "02139" not in answer.location
    found = open_page(app, answer.location)
    assert "Closest to ZIP code 02139" in found.text and "noindex" in found.text
    assert found.headers["Cache-Control"] == "no-store"
    far = open_page(app, send(app, "/groups", {"postal_code": "90210"}).location)
    assert "No group in our list" in far.text
    assert send(app, "/groups", {"postal_code": "x"}).status_code == 422
    other = {"Origin": "https://evil.example"}
    assert send(app, "/groups", {"postal_code": "02139"}, **other).status_code == 403


def test_without_groups_the_pages_say_so(app: Flask) -> None:
    make_world(app)

    assert "No group is listed yet." in open_page(app, "/groups").text
    assert "No group supports this letter yet." in open_page(app, f"/groups?campaign={SLUG}").text
    assert open_page(app, "/groups?campaign=none-such").status_code == 404


def test_a_group_applies_and_proves_its_address_by_a_click_of_a_person(app: Flask) -> None:
    make_world(app)

    answer = send(app, "/groups/apply", FORM | {"campaign": SLUG})

    assert answer.status_code == 303 and answer.location.endswith("/groups/apply?sent=1")
    assert "Check your e-mail" in open_page(app, answer.location).text
    link = read_mailed_link(app)
    looked = open_page(app, link)
    assert FORM["name"] in looked.text and "Set-Cookie" not in looked.headers
    assert looked.headers["Referrer-Policy"] == "no-referrer"
    with app.app_context():  # a mail scanner has looked, and proved nothing
        assert db.session.scalars(select(Organization)).all() == []
    done = send(app, link, {}, Origin="null")
    assert done.status_code == 303
    assert "confirmed" in open_page(app, link).text
    with app.app_context():
        row = db.session.scalars(select(OrganizationApplication)).one()
        assert (row.domain, row.campaigns) == ("open-streets.example", [SLUG])
    assert open_page(app, "/groups").text.count(FORM["name"]) == 0


def test_robots_and_other_sites_apply_for_nobody(app: Flask) -> None:
    trapped = send(app, "/groups/apply", FORM | {"subject": "Buy now"})
    other = send(app, "/groups/apply", FORM, Origin="https://evil.example")
    drawn = re.search(r'name="drawn" value="([^"]+)"', open_page(app, "/groups/apply").text)
    assert drawn
    quick = send(app, "/groups/apply", FORM | {"drawn": drawn[1]})

    assert (trapped.status_code, other.status_code, quick.status_code) == (303, 403, 422)
    assert FORM["why"] in quick.text
    assert count(app) == 0


def test_what_was_typed_comes_back_with_what_is_wrong(app: Flask) -> None:
    answer = send(app, "/groups/apply", FORM | {"url": "javascript:alert(1)", "name": MARKUP})

    assert answer.status_code == 422 and MARKUP not in answer.text
    assert "Enter the address of a web page" in answer.text and FORM["why"] in answer.text


def test_an_application_with_markup_shows_none_to_staff(app: Flask) -> None:
    send_proved(app, name=f"Streets {MARKUP}", why=MARKUP)

    browser, _ = enter(app, RoleName.ADMIN)
    page = get(browser, "/staff/organizations")
    assert page.status_code == 200 and MARKUP not in page.text and "Streets" in page.text
