"""The editor: what is typed is stored, refused beside its field, or merged, and never lost."""

import re
import tomllib
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from petition.campaigns.definition import FIELDS, read_definition
from petition.campaigns.lifecycle import create_campaign, set_state, update_campaign
from petition.campaigns.versions.definition_text import describe_campaign
from petition.campaigns.versions.version_list import find_draft, list_versions, read_draft
from petition.core.extensions import db, transaction
from petition.letters.merge import find_merge_problem
from petition.models import (
    Campaign,
    CampaignState,
    ConsentOffer,
    Event,
    Organization,
    RoleGrant,
    RoleName,
)
from petition.web.staff.campaigns.form_layout import BY_NAME
from petition.web.staff.campaigns.form_values import ZONES, fill_form, read_form
from tests.factories import make_campaign, make_signature
from tests.pictures import make_picture
from tests.web.staff_world import BASE, enter, get

SLUG = "library-hours"
TOLD: dict[str, Any] = {
    "slug": SLUG,
    "title": "Keep the library open",
    "letter": "Our libraries close early.\n\nPlease keep them open.\n",
    "ask": "Please keep the libraries open until nine.",
    "organization": "Friends of Reading",
    "layers": ["county", "sldu"],
    "step": 100,
    "confirm_email": True,
}
NEW = "/staff/campaigns/new"
EDIT = f"/staff/campaigns/{SLUG}/edit"
ALL = " ".join(BY_NAME)
TOKEN = re.compile(r"[\w.-]{60,}")  # of a form, which contains the time


def lay(app: Flask, **changes: Any) -> None:
    with app.app_context():
        create_campaign(TOLD | changes, find_merge_problem)


def read(app: Flask, slug: str = SLUG) -> dict[str, Any]:
    with app.app_context():
        return describe_campaign(
            db.session.scalars(select(Campaign).where(Campaign.slug == slug)).one()
        )


def fill(told: dict[str, Any], **typed: str) -> MultiDict[str, Any]:
    """Return the form of a definition as a browser sends it, with fields typed over."""
    form = fill_form(told)
    for name, value in typed.items():
        form[name] = value
    sent: MultiDict[str, Any] = MultiDict([("shown", ALL)])
    for name, values in form.lists():
        sent.setlist(name, [value.replace("\n", "\r\n") for value in values])
    return sent


def send(
    browser: FlaskClient, path: str, token: str, form: MultiDict[str, Any], **more: Any
) -> TestResponse:
    data = MultiDict(form)
    data["csrf_token"] = token
    for name, value in more.items():
        data[name] = value
    return browser.post(path, data=data, base_url=BASE, headers={"Origin": BASE})


@pytest.mark.both_databases  # the checklist starts a process
def test_a_campaign_is_written_from_nothing_to_open(app: Flask) -> None:
    browser, token = enter(app, RoleName.CAMPAIGNER)
    assert "Write a new campaign" in get(browser, "/staff/campaigns").text
    assert get(browser, NEW).status_code == 200

    made = send(browser, NEW, token, fill(TOLD), do="publish", note="First.")

    assert (made.status_code, made.location) == (303, EDIT)
    assert read(app).items() >= TOLD.items()
    assert "Keep the library open" in get(browser, "/staff/campaigns").text
    form = {"do": "open", "despite": "1", "why": "The roster comes on Monday"}
    opened = send(browser, f"/staff/campaigns/{SLUG}/checklist", token, MultiDict(form))
    assert opened.status_code == 303
    assert get(browser, f"/campaigns/{SLUG}").status_code == 200
    with app.app_context():
        actors = {one for one in db.session.scalars(select(Event.actor)) if one != "test"}
        versions = list_versions(db.session(), 1)
    assert len(actors - {"cli", "system"}) == 1
    assert [(one.number, one.note) for one in versions] == [(1, "First.")]


def test_each_problem_is_beside_its_field_and_what_was_typed_is_kept(app: Flask) -> None:
    browser, token = enter(app, RoleName.CAMPAIGNER)
    typed = {
        "title": "",
        "step": "three",
        "accent": "#ffff00",
        "ask": "One. Two.",
        "organization_email": "nobody",
        "closes_at": "2027-03-14T02:30",  # the hour that spring leaves out
        "bills.1.url": "nowhere",
        "guards.sign_limit": "often",
        "contact.telephone": "555",
        "recipients.cd": "rep",
        "letter": "Dear {{ nobody }},",
    }

    answer = send(browser, NEW, token, fill(TOLD, **typed), do="publish")

    assert answer.status_code == 400
    for name, value in typed.items():
        where = name.replace(".", "-").replace("recipients-cd", "recipients")
        assert f'id="wrong-{where}"' in answer.text, name
        if value and name != "recipients.cd":
            assert value in answer.text.replace("&#34;", '"'), name
    assert "13 things" in answer.text  # also a bill without a number, a contact without a name
    page = answer.text.lower().replace("from the file", "")
    assert "the file" not in page  # whose words are those of the command
    with app.app_context():
        assert db.session.scalars(select(Campaign)).all() == []


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "America/Phoenix"])
def test_an_untouched_form_changes_nothing(app: Flask, zone: str) -> None:
    told = TOLD | {
        "opening": "\n Two lines\r\n of it \n",
        "opens_at": read_time("2027-11-07T05:30:15.250Z"),
        "closes_at": read_time("2027-11-07T06:30:00Z"),  # the hour that autumn has twice
        "bills": [{"relation": "prior", "number": "S.2", "title": 'The "Act"'}],
        "recipients": {"sldu": ["upper"], "county": ["mayor"]},
        "guards": {"honeypot": False, "minimum_seconds": 0, "proof_of_work": "always"},
        "contact": {"person": "Jo"},
        "organization": ["Riders", "Walkers"],
        "organization_address": ["12 Elm Street", "Springfield"],
        "confirm_after_close": True,
        "embed_origins": ["https://group.example"],
    }
    form = fill(told, zone=zone)
    for name in ("opens_at", "closes_at"):
        form[name] = fill_form(told, zone)[name]

    assert read_form(form, told).told == told


def read_time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def test_a_closing_date_is_in_the_chosen_zone(app: Flask) -> None:
    lay(app)
    browser, token = enter(app, RoleName.CAMPAIGNER)
    form = fill(TOLD, closes_at="2027-06-30T23:59", zone="America/Los_Angeles")

    assert send(browser, EDIT, token, form, version="1").status_code == 303

    assert read(app)["closes_at"] == read_time("2027-07-01T06:59:00Z")
    assert "2027-07-01 06:59 UTC" in get(browser, EDIT).text


def test_the_second_of_two_who_edit_is_shown_both_and_loses_nothing(app: Flask) -> None:
    lay(app)
    browser, token = enter(app, RoleName.CAMPAIGNER)
    with app.app_context():
        update_campaign(TOLD | {"summary": "Theirs.", "topic": "Buses"}, find_merge_problem)

    mine = fill(TOLD, summary="Mine.", closing="Yours,")
    answer = send(browser, EDIT, token, mine, version="1", note="My note")

    assert answer.status_code == 409
    assert "Theirs." in answer.text and "Mine." in answer.text and "My note" in answer.text
    assert 'name="version" value="2"' in answer.text
    assert 'value="Buses"' in answer.text
    assert read(app)["summary"] == "Theirs."
    again = fill(read(app), summary="Mine.", closing="Yours,")
    assert send(browser, EDIT, token, again, version="2").status_code == 303
    assert {name: read(app)[name] for name in ("summary", "closing", "topic")} == {
        "summary": "Mine.",
        "closing": "Yours,",
        "topic": "Buses",
    }


@pytest.mark.parametrize("version", ["", "99", "-1", "x", "9" * 40])
def test_a_forged_version_stores_nothing_and_loses_nothing(app: Flask, version: str) -> None:
    lay(app)
    browser, token = enter(app, RoleName.CAMPAIGNER)

    answer = send(browser, EDIT, token, fill(TOLD, summary="Mine."), version=version)

    assert answer.status_code == 409
    assert "Mine." in answer.text
    assert "summary" not in read(app)


def test_a_draft_of_an_open_campaign_is_worked_on_and_published(app: Flask) -> None:
    lay(app)
    with app.app_context():
        set_state(SLUG, CampaignState.OPEN)
    browser, token = enter(app, RoleName.CAMPAIGNER)

    kept = send(browser, EDIT, token, fill(TOLD, summary="Next."), version="1", do="draft")

    assert kept.status_code == 303
    assert "summary" not in read(app)
    page = get(browser, EDIT).text
    assert "A draft of the next version" in page and "Next." in page
    assert 'name="draft" value="1"' in page
    with app.app_context():
        told = read_draft(db.session(), 1)
    compared = get(browser, f"/staff/campaigns/{SLUG}/versions/compare?before=1&after=draft")
    assert "Next." in compared.text
    # Whoever has not seen the draft publishes nothing past it.
    assert send(browser, EDIT, token, fill(TOLD, topic="Past"), version="1").status_code == 409
    done = send(browser, EDIT, token, fill(told), version="1", draft="1", do="publish")
    assert done.status_code == 303
    assert read(app)["summary"] == "Next."
    with app.app_context():
        assert find_draft(db.session(), 1) is None


def test_a_form_that_is_sent_twice_is_told_so(app: Flask) -> None:
    lay(app)
    browser, token = enter(app, RoleName.CAMPAIGNER)
    form = fill(TOLD, summary="Once.")

    first, second = (send(browser, EDIT, token, form, version="1") for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 409)
    assert "in another window" in second.text
    with app.app_context():
        assert len(list_versions(db.session(), 1)) == 2


def test_who_edits_one_campaign_is_shown_no_draft_of_others(app: Flask) -> None:
    lay(app)
    lay(app, slug="secret", title="A secret draft")
    lay(app, slug="public", title="A public one")
    browser, _ = enter(app, RoleName.CAMPAIGNER)
    with app.app_context():
        set_state("public", CampaignState.OPEN)
        with transaction() as session:
            session.execute(update(RoleGrant).values(campaign_id=1))

    page = get(browser, EDIT).text

    assert "A public one" in page and "A secret draft" not in page


@pytest.mark.parametrize("do", ["publish", "draft"])
def test_who_edits_one_campaign_names_no_draft_of_others_as_what_follows(
    app: Flask, do: str
) -> None:
    lay(app)
    lay(app, slug="secret", title="A secret draft")
    lay(app, slug="public", title="A public one")
    browser, token = enter(app, RoleName.CAMPAIGNER)
    with app.app_context():
        set_state("public", CampaignState.OPEN)
        with transaction() as session:
            session.execute(update(RoleGrant).values(campaign_id=1))

    answers = [
        send(browser, EDIT, token, fill(TOLD, successor=slug), do=do, version="1")
        for slug in ("secret", "absent")
    ]
    toml = b'slug = "library-hours"\nsuccessor = "%s"\n'
    files = [
        send(browser, EDIT, token, MultiDict(), do="file", file=(BytesIO(toml % slug), "c.toml"))
        for slug in (b"secret", b"absent")
    ]

    assert [one.status_code for one in (*answers, *files)] == [400, 400, 200, 200]
    for secret, absent in (answers, files):
        assert "no campaign secret" in secret.text
        shown = [TOKEN.sub("", page.text) for page in (secret, absent)]
        assert shown[0].replace("secret", "absent") == shown[1]
    assert read(app).get("successor") is None
    sent = send(browser, EDIT, token, fill(TOLD, successor="public"), do=do, version="1")
    assert sent.status_code == 303


def test_what_follows_stays_when_who_edits_one_campaign_may_not_see_it(app: Flask) -> None:
    lay(app, slug="secret", title="A secret draft")
    lay(app, successor="secret")
    browser, token = enter(app, RoleName.CAMPAIGNER)
    with app.app_context(), transaction() as session:
        session.execute(update(RoleGrant).values(campaign_id=2))

    told = TOLD | {"successor": "secret", "summary": "Mine."}
    assert send(browser, EDIT, token, fill(told), version="1").status_code == 303
    assert read(app)["successor"] == "secret"


def test_a_draft_is_discarded_once(app: Flask) -> None:
    lay(app)
    browser, token = enter(app, RoleName.CAMPAIGNER)
    send(browser, EDIT, token, fill(TOLD, summary="Next."), version="1", do="draft")
    discard = f"/staff/campaigns/{SLUG}/discard"

    assert send(browser, discard, token, MultiDict(), draft="7").status_code == 303
    with app.app_context():
        assert find_draft(db.session(), 1) is not None
    assert send(browser, discard, token, MultiDict(), draft="1").status_code == 303
    assert send(browser, discard, token, MultiDict(), draft="1").status_code == 303
    with app.app_context():
        assert find_draft(db.session(), 1) is None


def test_what_people_signed_has_no_field_and_the_rest_can_change(app: Flask) -> None:
    lay(app)
    with app.app_context():
        set_state(SLUG, CampaignState.OPEN)
        with transaction() as session:
            make_signature(session, session.scalars(select(Campaign)).one())
    browser, token = enter(app, RoleName.CAMPAIGNER)

    page = get(browser, EDIT).text

    assert 'name="letter"' not in page and 'name="title"' not in page
    assert "People have signed." in page and "follows=1" in page
    assert "Our libraries close early." in page
    shown = [name for name in BY_NAME if not FIELDS[name].signed and name != "slug"]
    rest = fill(TOLD, summary="Short.")
    rest["shown"] = " ".join(shown)
    assert send(browser, EDIT, token, rest, version="1").status_code == 303
    assert read(app) == read(app) | TOLD | {"summary": "Short."}
    # A file that says another text is told so, and fills in the rest.
    file = (BytesIO(b'title = "Other"\nsummary = "From a file"'), "a.toml")
    filled = send(browser, EDIT, token, rest, version="2", do="file", file=file)
    assert "Line 1: People have signed this" in filled.text and "From a file" in filled.text
    # Typed before the first signature, and sent after it: nothing of it is lost.
    late = send(browser, EDIT, token, fill(TOLD, letter="Another letter."), version="2")
    assert late.status_code == 400
    assert "Another letter." in late.text and 'id="wrong-letter"' in late.text
    copied = get(browser, f"{NEW}?from={SLUG}&follows=1")
    assert "Our libraries close early." in copied.text
    assert 'name="follows" value="library-hours"' in copied.text
    made = send(browser, NEW, token, fill(TOLD, slug="library-2"), follows=SLUG)
    assert made.status_code == 303
    assert read(app)["successor"] == "library-2"


def test_a_file_fills_the_form_with_problems_by_line_and_stores_nothing(app: Flask) -> None:
    lay(app)
    browser, token = enter(app, RoleName.CAMPAIGNER)
    file = b'slug = "library-hours"\ntitle = "From a file"\nstep = 3\n\n[guards]\nsign_limit = "x"'

    def upload(content: bytes) -> TestResponse:
        return send(
            browser,
            EDIT,
            token,
            fill(TOLD),
            version="1",
            do="file",
            file=(BytesIO(content), "a.toml"),
        )

    filled, broken, large = upload(file), upload(b"title = x\n"), upload(b"#" * 1_500_001)

    assert filled.status_code == 200
    assert 'value="From a file"' in filled.text
    assert "Line 3: " in filled.text and "Line 6: " in filled.text
    assert broken.status_code == large.status_code == 400
    assert "line 1" in broken.text and "1,500,000 bytes" in large.text
    for answer in (broken, large):
        assert "Keep the library open" in answer.text
    assert upload(b"x" * 4_000_000).status_code == 413
    for odd in (b"title = " + b"[" * 150 + b"]" * 150, b"step = 0x" + b"f" * 9_000, b"a = \xff"):
        answer = upload(odd)
        assert answer.status_code == 400 and 'id="wrong-file"' in answer.text
    strange = b"title = 1.5\nstep = 07:30:00\nbills = [1]\nrecipients = {'a b' = [1]}\nslug = [2]"
    assert upload(strange).status_code == 200
    assert read(app)["title"] == TOLD["title"]


def test_what_is_downloaded_is_the_same_definition(app: Flask) -> None:
    lay(app, bills=[{"number": "S.2"}], summary='A "quoted" \\ text', guards={"honeypot": False})
    browser, token = enter(app, RoleName.CAMPAIGNER)

    file = get(browser, f"/staff/campaigns/{SLUG}/campaign.toml")

    assert file.headers["Content-Disposition"] == 'attachment; filename="library-hours.toml"'
    told = tomllib.loads(file.text)
    assert told == read(app)
    assert read_definition(told, find_merge_problem).problems == ()
    missing = get(browser, f"/staff/campaigns/{SLUG}/campaign.toml?version=%0d%0ax")
    assert missing.status_code == 404


def test_versions_are_listed_compared_and_put_back(app: Flask) -> None:
    lay(app)
    browser, token = enter(app, RoleName.CAMPAIGNER)
    send(browser, EDIT, token, fill(TOLD, summary="Second."), version="1", note="a better summary")
    versions = f"/staff/campaigns/{SLUG}/versions"

    page, compared = get(browser, versions), get(browser, f"{versions}/compare?before=1&after=2")

    assert "a better summary" in page.text and "campaigner@staff.example" in page.text
    assert "the command line" in page.text
    assert "added: </span>Second.</ins>" in compared.text
    assert get(browser, f"{versions}/compare?before=1&after=77").status_code == 404
    stale = send(browser, f"{versions}/1/put-back", token, MultiDict(), version="1")
    assert stale.status_code == 409
    assert (
        send(browser, f"{versions}/1/put-back", token, MultiDict(), version="2").status_code == 303
    )
    assert "summary" not in read(app)
    assert "version 1 again" in get(browser, versions).text


def test_a_role_for_one_campaign_edits_that_campaign_only(app: Flask) -> None:
    lay(app)
    lay(app, slug="other")
    with app.app_context():
        mine = db.session.scalars(select(Campaign.id).where(Campaign.slug == SLUG)).one()
    browser, token = enter(app, RoleName.CAMPAIGNER)
    with app.app_context(), transaction() as session:
        session.execute(update(RoleGrant).values(campaign_id=mine))

    listed = get(browser, "/staff/campaigns")

    assert SLUG in listed.text and "other" not in listed.text.replace("another", "")
    assert get(browser, NEW).status_code == 403
    assert send(browser, NEW, token, fill(TOLD, slug="third")).status_code == 403
    for page in (
        "",
        "/edit",
        "/versions",
        "/versions/compare",
        "/campaign.toml",
        "/pictures",
        "/consents",
    ):
        assert get(browser, f"/staff/campaigns/{SLUG}{page}").status_code == 200, page
        assert get(browser, f"/staff/campaigns/other{page}").status_code == 404, page
        assert get(browser, f"/staff/campaigns/nothing{page}").status_code == 404, page
    for page in ("", "/edit", "/discard", "/versions/1/put-back", "/pictures", "/consents"):
        path = f"/staff/campaigns/other{page}"
        assert send(browser, path, token, MultiDict(), do="open").status_code == 404, page
    assert send(browser, EDIT, token, fill(TOLD, summary="Mine."), version="1").status_code == 303


def test_an_open_campaign_is_closed_and_its_page_leads_to_the_check_list(app: Flask) -> None:
    lay(app)
    with app.app_context():
        set_state(SLUG, CampaignState.OPEN)
    browser, token = enter(app, RoleName.CAMPAIGNER)
    page = f"/staff/campaigns/{SLUG}"

    assert "Close the campaign" in get(browser, page).text
    assert send(browser, page, token, MultiDict(), do="close").status_code == 303

    closed = get(browser, page).text
    assert f'href="{page}/checklist"' in closed and "Close the campaign" not in closed
    assert send(browser, page, token, MultiDict(), do="open").status_code == 400


def test_a_picture_is_uploaded_shown_to_staff_and_removed(app: Flask) -> None:
    lay(app)
    browser, token = enter(app, RoleName.CAMPAIGNER)
    path = f"/staff/campaigns/{SLUG}/pictures"

    def upload(content: bytes, **more: str) -> TestResponse:
        return send(browser, path, token, MultiDict(more), file=(BytesIO(content), "a.png"))

    assert upload(make_picture(), alt="A square").status_code == 303
    shown = get(browser, f"{path}/0")
    assert (shown.status_code, shown.content_type) == (200, "image/png")
    assert "A square" in get(browser, path).text
    refused = upload(b"<svg onload=alert(1)>", alt="Kept words", section="2")
    assert refused.status_code == 400 and "Kept words" in refused.text
    assert upload(make_picture(), alt="").status_code == 400
    assert upload(make_picture(), alt="A", section="-1").status_code == 400
    assert send(browser, path, token, MultiDict(), do="remove", section="0").status_code == 303
    assert get(browser, f"{path}/0").status_code == 404


def test_consents_are_asked_reworded_and_asked_no_more(app: Flask) -> None:
    lay(app)
    with app.app_context(), transaction() as session:
        session.add(Organization(slug="riders", name="Riders Together"))
    browser, token = enter(app, RoleName.CAMPAIGNER)
    path = f"/staff/campaigns/{SLUG}/consents"
    ask = MultiDict({"organization": "riders", "purpose": "updates", "do": "ask"})

    assert send(browser, path, token, ask).status_code == 303
    assert send(browser, path, token, ask, wording="Send me news.").status_code == 303

    assert "Send me news." in get(browser, path).text
    wrong = send(browser, path, token, ask, organization="nobody", wording="Kept words")
    assert wrong.status_code == 400 and "Kept words" in wrong.text
    assert send(browser, path, token, ask, wording="x" * 501).status_code == 400
    assert send(browser, path, token, ask, do="stop").status_code == 303
    with app.app_context():
        offers = db.session.scalars(select(ConsentOffer).order_by(ConsentOffer.id)).all()
        assert len(offers) == 2 and all(one.retired_at for one in offers)


def test_the_form_has_each_field_of_a_definition() -> None:
    assert BY_NAME.keys() == FIELDS.keys()
    assert "UTC" in ZONES


def test_a_campaign_from_before_versions_is_edited(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_campaign(session, slug=SLUG, state=CampaignState.DRAFT)
    browser, token = enter(app, RoleName.CAMPAIGNER)
    told = read(app)

    assert send(browser, EDIT, token, fill(told, summary="A."), version="0").status_code == 303
    second = send(browser, EDIT, token, fill(told, summary="B."), version="0")

    assert second.status_code == 409 and "A." in second.text and "B." in second.text
