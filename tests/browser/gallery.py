"""Every public page, with what a real one holds, for the tests of all and for the screenshots."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.resources import files

from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from petition.clock import utcnow
from petition.extensions import transaction
from petition.models import Campaign, District, Signature
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization
from petition.redistricting.activate import activate
from petition.signing.address import make_question
from petition.signing.tokens import Purpose, make_token
from tests.factories import make_campaign, make_located, make_person, make_signature
from tests.ground import POSTAL_CODE, SLUG
from tests.web.public_world import CAMPAIGN, DISTRICT, World, make_world
from tests.web.street_world import AREAS, store_areas

FINER = "/campaigns/finer"
# A browser fills the form quicker than a person could.
QUICK = {"minimum_seconds": 0}
# What browsers say of an answer that is an error; the page itself is what is looked at.
STATUSES = "Failed to load resource: the server responded with a status of"

REAL = {
    "title": "Keep face surveillance out of our county",
    "summary": "Ask the people who run your county to decide, in the open, that its cameras will "
    "not know our faces.",
    "bill_number": "H. 1234",
    "bill_title": "An Act to keep public places free of face surveillance",
    "bill_url": "https://legislature.example/h1234",
    "issues": "## What is at stake\n\nA camera on a courthouse sees a crowd; software behind it "
    "turns that crowd into a list of names.",
    "video_url": "https://video.example/1",
    "video_title": "Two minutes on face surveillance",
    "organization": "Neighbors for Open Government",
    "organization_email": "hello@open-government.example",
    "guards": QUICK,
}


@dataclass(frozen=True)
class Shown:
    """A page: its address, and the button to press there with what to type first."""

    name: str
    path: str
    press: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)

    def open(self, page: Page, url: str) -> None:
        """Bring a browser there."""
        page.goto(url + self.path)
        for label, words in self.typed.items():
            page.get_by_label(label).fill(words)
        if self.press:
            with page.expect_navigation():
                page.get_by_role("button", name=self.press).first.click()


def list_pages(app: Flask) -> list[Shown]:
    """Lay a world with a letter that went and people in every state; return its pages."""
    letter = (files("petition.demo") / "letter.md").read_text("utf-8")
    world = make_world(app, letter=letter, **REAL)
    code = world.send(world.count(163)[0])
    _lay_company(app, world.campaign_id)
    _lay_seasons(app)
    question = _lay_finer(app)
    return [
        Shown("home", "/"),
        Shown("campaign", CAMPAIGN),
        Shown("campaign-errors", CAMPAIGN, "Sign the letter", {"E-mail address": "ada at home"}),
        Shown("campaign-of-two", FINER),
        Shown("campaign-early", "/campaigns/early"),
        Shown("campaign-closed", "/campaigns/closed"),
        Shown("thanks", f"{CAMPAIGN}/thanks"),
        Shown("thanks-mail", f"{FINER}/thanks"),
        Shown("address", question),
        Shown("address-errors", question, "Find my"),
        Shown("near", f"{CAMPAIGN}/near?postal_code={POSTAL_CODE}"),
        Shown("near-empty", f"{CAMPAIGN}/near"),
        Shown("near-unknown", f"{CAMPAIGN}/near?postal_code=00000"),
        Shown("near-open", f"{FINER}/near?postal_code={POSTAL_CODE}"),
        Shown("near-errors", f"{FINER}/near?postal_code={POSTAL_CODE}", "Find my districts"),
        Shown("district", DISTRICT),
        Shown("letter", f"/letters/{code}"),
        Shown("letters", "/letters"),
        Shown("letters-unknown", "/letters?code=XXXXXXXX"),
        *_list_links(app, world.campaign_id),
        Shown("lost", "/signatures/lost"),
        Shown("lost-errors", "/signatures/lost", "Mail me my link"),
        Shown(
            "lost-done",
            "/signatures/lost",
            "Mail me my link",
            {"E-mail address": "ada@people.example"},
        ),
        Shown("map", f"{CAMPAIGN}/map/ma/county"),
        Shown("map-of-two", f"{FINER}/map/ma/sldl"),
        Shown("map-states", f"{FINER}/map"),
        Shown("embed-help", f"{CAMPAIGN}/embed"),
        Shown("embed", f"/embed/{SLUG}"),
        Shown("embed-errors", f"/embed/{SLUG}", "Sign the letter"),
        Shown("embed-thanks", "/embed/finer/thanks"),
        Shown("embed-map", "/embed/finer/map/ma/sldl"),
        Shown("not-found", "/no-such-page"),
        Shown("link-forged", "/confirm/forged"),
    ]


def _list_links(app: Flask, campaign_id: int) -> Iterator[Shown]:
    """Yield the pages whose address carries a token, one for each state of a signature."""
    states = {
        "pending": {"confirmed_at": None},
        "review": {"review_reason": "needs-address"},
        "withdrawn": {"ended_at": utcnow()},
    }
    with app.app_context(), transaction() as session:
        campaign = session.get_one(Campaign, campaign_id)
        found = {
            state: make_signature(session, campaign, state=state, due_at=None, **values).id
            for state, values in states.items()
        }
        carried = select(Signature.id).where(Signature.state == "counted").order_by(Signature.id)
        found["counted"] = session.scalars(carried).first()
        status = {
            state: f"/signatures/{make_token(signature_id, Purpose.STATUS)}"
            for state, signature_id in found.items()
        }
        confirm = [make_token(found[state], Purpose.CONFIRM) for state in ("pending", "counted")]
        unsubscribe = make_token(found["pending"], Purpose.UNSUBSCRIBE)
    for state, path in status.items():
        yield Shown(f"status-{state}", path)
    yield Shown("status-errors", status["review"], "Find my district")
    yield Shown("confirm", f"/confirm/{confirm[0]}")
    yield Shown("confirm-done", f"/confirm/{confirm[1]}")
    yield Shown("unsubscribe", f"/unsubscribe/{unsubscribe}")


def _lay_company(app: Flask, campaign_id: int) -> None:
    """Add groups that carry the campaign, and people who chose to be shown."""
    with app.app_context():
        for slug, name in (("open-streets", "Open Streets"), ("quiet-eyes", "Quiet Eyes League")):
            url = f"https://{slug}.example"
            about = "Streets and squares for everyone, since 1987."
            place = {"locality": "Cambridge", "at": (42.37, -71.11)}
            save_organization(OrganizationForm(slug, name, url=url, about=about, **place))
            join_campaign(slug, SLUG, {"updates": f"{name} may write to me about this letter."})
        with transaction() as session:
            campaign = session.get_one(Campaign, campaign_id)
            for given, family, town in (
                ("Ada", "Mariner", "Cambridge"),
                ("Nils", "Ekholm", "Somerville"),
                ("Guadalupe", "Ferreira", "Framingham"),
            ):
                who = make_person(given_name=given, family_name=family, locality=town)
                make_signature(
                    session, campaign, state="located", due_at=None, show_name=True, person=who
                )


def _lay_seasons(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        early = {"slug": "early", "title": "Trees for Main Street"}
        make_campaign(session, **early, opens_at=utcnow() + timedelta(days=9))
        make_campaign(session, slug="closed", title="Sidewalks in winter", state="closed")


def _lay_finer(app: Flask) -> str:
    """Lay a campaign whose districts a ZIP code leaves open; return the question's address."""
    with app.app_context():
        for layer in ("sldu", "sldl"):
            activate(store_areas(AREAS, "test", layer))
        with transaction() as session:
            campaign = make_campaign(
                session,
                slug="finer",
                title="A bus every ten minutes",
                layers=["sldu", "sldl"],
                confirm_email=True,
                guards=QUICK,
            )
            east = session.query(District).filter_by(name="East District", layer="sldl").one()
            make_located(session, campaign, east, 20)
        World(app, campaign.id, east.id).count(0)
        return f"{FINER}/address/{make_question(None, campaign.id, POSTAL_CODE)}"
