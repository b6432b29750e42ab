"""Groups that ask for a consent: few with all boxes, many as a list; stopped by one click."""

import re
from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from petition.campaigns.open_campaigns import EXTENSION as CAMPAIGNS
from petition.core.clock import utcnow
from petition.core.extensions import db, keep_for_app, transaction
from petition.models import (
    AccessKind,
    Campaign,
    Consent,
    ConsentChange,
    OfferSet,
    Organization,
    Signature,
)
from petition.partners.applications.application_decisions import resume, suspend
from petition.partners.consents.accesses import record_access
from petition.partners.consents.visible import select_visible
from petition.signers.offers_shown import list_shown
from petition.signing.group_links import make_group_token
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.factories import make_offer
from tests.ground import SLUG, fill_form
from tests.web.public_world import CAMPAIGN, make_world, open_page, read_words, sign
from tests.web.test_later_answers import answer, open_thanks

EMBED = f"/embed/{SLUG}"
MANY = 41
SUMMARY = re.compile(r"<summary><span>(.*?)</span>")


def add_groups(app: Flask, count: int, purposes: Sequence[str] = ("contact",)) -> dict[str, int]:
    """Add groups that ask; return the ids of their last offers by slug."""
    offers = {}
    with app.app_context(), transaction() as session:
        campaign = session.scalars(select(Campaign)).one()
        for number in range(1, count + 1):
            for purpose in purposes:
                slug = f"group-{number:02}"
                made = make_offer(session, campaign, slug=slug, purpose=purpose)
                offers[slug] = made.id
    return offers


def list_lines(page: TestResponse) -> list[str]:
    return SUMMARY.findall(page.text.partition("data-groups>")[2])


def open_private(app: Flask, query: str = "") -> TestResponse:
    with app.app_context():
        signature_id = db.session.scalars(select(Signature.id).order_by(Signature.id)).all()[-1]
        path = f"/signatures/{make_token(signature_id, LinkPurpose.STATUS)}"
    return open_page(app, path + query)


@pytest.mark.parametrize("way", [CAMPAIGN, EMBED])
def test_up_to_six_groups_are_shown_with_all_their_boxes(app: Flask, way: str) -> None:
    make_world(app)
    add_groups(app, 6, ("updates", "contact"))

    page = open_thanks(app, way=way)

    assert page.text.count('name="what" value="offer-') == 12
    assert list_lines(page) == [] and 'type="search"' not in page.text


@pytest.mark.parametrize("way", [CAMPAIGN, EMBED])
def test_from_seven_on_they_are_a_list_to_search(app: Flask, way: str) -> None:
    make_world(app)
    offers = add_groups(app, MANY)
    page = open_thanks(app, way=way)
    assert len(list_lines(page)) == MANY and f"{MANY} groups" in read_words(page)
    assert " open>" not in page.text

    page = answer(app, page, way, what=f"offer-{offers['group-30']}", do="give")

    assert "Saved: yes." in read_words(page)
    [opened] = re.findall(r'data-group="([^"]*)" open>', page.text)
    assert opened == "Group 30"
    assert page.text.count("Allowed</span>") == 1


def test_without_a_script_the_page_itself_searches(app: Flask) -> None:
    make_world(app)
    add_groups(app, MANY)
    with app.app_context(), transaction() as session:
        session.execute(
            update(Organization).where(Organization.slug == "group-07").values(name="Niños del Sur")
        )
    location = sign(app, fill_form(1)).headers["Location"]

    page = open_page(app, f"{location}&group=NINOS")

    assert list_lines(page) == ["Niños del Sur"]
    near = re.search(r'<input type="hidden" name="near" value="([^"]+)">', page.text)
    assert near and f"near={near[1]}" in location
    assert "Show all groups" in read_words(page)
    none = open_page(app, f"{location}&group=%3Cb%3Enobody")
    assert list_lines(none) == [] and "No group has this in its name." in read_words(none)
    assert "<b>nobody" not in none.text


@pytest.mark.parametrize("way", [CAMPAIGN, EMBED])
def test_the_group_whose_link_led_here_comes_first(app: Flask, way: str) -> None:
    make_world(app)
    add_groups(app, MANY)

    page = open_thanks(app, way=way, source="group-20")

    assert list_lines(page)[:2] == ["Group 20", "Group 01"]


@pytest.mark.parametrize("source", ["group-99", "../etc", "x" * 200, "a b\nc", "<script>"])
def test_an_odd_source_changes_nothing(app: Flask, source: str) -> None:
    make_world(app)
    add_groups(app, 8)

    page = open_thanks(app, source=source)

    assert list_lines(page)[0] == "Group 01" and source not in page.text


def test_a_group_names_its_members_in_its_box(app: Flask) -> None:
    make_world(app)
    offers = add_groups(app, 1)
    with app.app_context(), transaction() as session:
        session.execute(update(Organization).values(about="With Riders <b> and Walkers."))

    for page in (open_thanks(app), open_private(app)):
        assert "With Riders &lt;b&gt; and Walkers." in page.text
    assert offers


def test_the_private_page_has_the_same_list(app: Flask) -> None:
    make_world(app)
    offers = add_groups(app, MANY)
    sign(app, fill_form(1))
    page = open_private(app)
    assert len(list_lines(page)) == MANY
    assert list_lines(open_private(app, "?group=group 3")) == [f"Group 3{n}" for n in range(10)]

    with app.app_context():
        signature_id = db.session.scalars(select(Signature.id)).one()
        path = f"/signatures/{make_token(signature_id, LinkPurpose.STATUS)}"
    given = app.test_client().post(
        f"{path}/consents/{offers['group-12']}", data={"do": "give"}, follow_redirects=True
    )

    assert re.findall(r'data-group="([^"]*)" open>', given.text) == ["Group 12"]
    assert "No group has seen your data." in read_words(given)


def test_each_road_says_where_a_consent_came_from(app: Flask) -> None:
    make_world(app, confirm_email=True)
    offers = add_groups(app, 3)
    box = {slug: f"consent_contact_{slug}" for slug in offers}
    boxes = {box["group-01"]: "1", box["group-02"]: f"offer-{offers['group-02']}"}
    page = open_thanks(app, source="group-02", **boxes)
    answer(app, page, what=f"offer-{offers['group-03']}", do="give")

    with app.app_context():
        rows = db.session.execute(select(Consent.offer_id, Consent.source)).all()
        assert dict(map(tuple, rows)) == {
            offers["group-01"]: "form",
            offers["group-02"]: "link:group-02",
            offers["group-03"]: "after",
        }
        signature_id = db.session.scalars(select(Signature.id)).one()
        path = f"/signatures/{make_token(signature_id, LinkPurpose.STATUS)}/consents"
    for do in ("withdraw", "give"):
        app.test_client().post(f"{path}/{offers['group-01']}", data={"do": do})
    with app.app_context():
        first = Consent.offer_id == offers["group-01"]
        assert db.session.scalars(select(Consent.source).where(first)).one() == "private"


def test_what_was_shown_is_known_without_a_row_for_each(app: Flask) -> None:
    make_world(app)
    add_groups(app, 3)
    sign(app, fill_form(1) | {"consent_contact_group-01": "1"})
    sign(app, fill_form(2))
    add_groups(app, 1, ("updates",))
    with app.app_context():
        ids = list(db.session.scalars(select(Signature.id).order_by(Signature.id)))
        statuses = [[str(line["status"]) for line in list_shown(id)] for id in ids]
        assert len(db.session.scalars(select(OfferSet)).all()) == 1

    assert statuses[0][0] == "given" and statuses[1][0] == "shown"
    assert statuses[1].count("not shown") == 1


def test_a_suspended_group_is_not_shown_and_not_said_to_be(app: Flask) -> None:
    make_world(app)
    add_groups(app, 2)
    shown = [["group-01", "group-02"], ["group-02"], ["group-01", "group-02"]]
    for number, change in enumerate((None, suspend, resume), 1):
        with app.app_context():
            if change is not None:
                change("group-01", actor="staff:1", because="A test.")
            keep_for_app(CAMPAIGNS, dict).clear()  # the snapshot of a second
        sign(app, fill_form(number))

    with app.app_context():
        ids = list(db.session.scalars(select(Signature.id).order_by(Signature.id)))
        found = [
            [str(line["organization"]) for line in list_shown(id) if line["status"] == "shown"]
            for id in ids
        ]
        names = dict(map(tuple, db.session.execute(select(Organization.slug, Organization.name))))
    assert found == [[names[slug] for slug in slugs] for slugs in shown]


def test_the_private_page_says_when_a_group_saw_the_data(app: Flask) -> None:
    make_world(app, confirm_email=True)
    offers = add_groups(app, 2)
    sign(app, fill_form(1) | dict.fromkeys((f"consent_contact_{slug}" for slug in offers), "1"))
    with app.app_context(), transaction() as session:
        session.execute(update(Signature).values(proved_at=utcnow(), seat=1, state="confirmed"))
    with app.app_context(), transaction() as session:
        consent = session.scalars(select(Consent).order_by(Consent.id)).first()
        assert consent is not None
        for kind in AccessKind:
            record_access(
                session,
                organization_id=consent.organization_id,
                actor="partner:1",
                kind=kind,
                purpose="contact",
                filters={},
                consent_ids=[consent.id],
            )

    words = read_words(open_private(app))

    for said in ("found you in a search", "downloaded a list", "its own program", "wrote to you"):
        assert words.count(said) == 1 and "Group 02 " + said not in words
    assert "No group has seen your data" not in words


def leave(app: Flask, slug: str) -> str:
    with app.app_context():
        signature_id = db.session.scalars(select(Signature.id)).one()
        which = select(Organization.id).where(Organization.slug == slug)
        token = make_group_token(signature_id, db.session.scalars(which).one())
    return f"/unsubscribe-group/{token}"


def test_one_click_stops_one_group_without_signing_in(app: Flask) -> None:
    make_world(app, confirm_email=True)
    add_groups(app, 2, ("updates", "contact"))
    boxes = [f"consent_{p}_group-0{n}" for p in ("updates", "contact") for n in (1, 2)]
    sign(app, fill_form(1) | dict.fromkeys(boxes, "1"))
    with app.app_context():
        signature_id = db.session.scalars(select(Signature.id)).one()
        path = f"/signatures/{make_token(signature_id, LinkPurpose.STATUS)}"
    app.test_client().post(path, data={"do": "confirm"})
    link = leave(app, "group-01")
    browser = app.test_client(use_cookies=False)

    looked = browser.get(link)
    assert looked.status_code == 200 and "Stop Group 01" in read_words(looked)
    assert count_seen(app) == {"group-01": 2, "group-02": 2}
    answers = [
        browser.post(link, data="List-Unsubscribe=One-Click", content_type=kind)
        for kind in ("application/x-www-form-urlencoded", "text/plain")
    ]

    assert [(one.status_code, one.location) for one in answers] == [(200, None)] * 2
    assert all("Set-Cookie" not in one.headers for one in answers)
    assert "Group 01 may not contact you" in read_words(answers[1])
    assert count_seen(app) == {"group-01": 0, "group-02": 2}
    with app.app_context():
        kinds = db.session.scalars(select(ConsentChange.kind).order_by(ConsentChange.id)).all()
        assert sorted(kinds) == ["given"] * 4 + ["withdrawn"] * 2


def count_seen(app: Flask) -> dict[str, int]:
    with app.app_context():
        groups = db.session.execute(select(Organization.id, Organization.slug)).all()
        return {
            slug: sum(
                len(db.session.execute(select_visible(id, purpose)).all())
                for purpose in ("updates", "contact")
            )
            for id, slug in groups
        }


def test_a_groups_link_opens_nothing_else_and_ends_with_the_others(app: Flask) -> None:
    make_world(app)
    add_groups(app, 1)
    sign(app, fill_form(1))
    link = leave(app, "group-01")
    token = link.rpartition("/")[2]

    for path in (f"/signatures/{token}", f"/unsubscribe/{token}", f"/confirm/{token}"):
        assert open_page(app, path).status_code in (404, 410)
    assert open_page(app, link[:-2] + "xx").status_code in (404, 410)
    with app.app_context(), transaction() as session:
        session.execute(update(Signature).values(link_secret=b"x" * 16))
    assert open_page(app, link).status_code in (404, 410)
