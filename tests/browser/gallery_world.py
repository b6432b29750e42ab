"""What the gallery shows, laid piece by piece: a real campaign, its company, and others beside."""

from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files
from io import BytesIO
from typing import Any

from flask import Flask
from PIL import Image, ImageDraw

from petition.campaigns.campaign_pictures import save_picture
from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import Campaign, District, Milestone
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization
from petition.redistricting.activation import activate
from petition.signing.location_questions import make_question
from tests.factories import (
    make_campaign,
    make_district,
    make_located,
    make_person,
    make_signature,
)
from tests.ground import POSTAL_CODE, SLUG
from tests.web.public_world import World, make_world
from tests.web.street_world import AREAS, store_areas

FINER = "/campaigns/finer"
# A browser fills the form quicker than a person could.
QUICK = {"minimum_seconds": 0}

REAL: Mapping[str, Any] = {
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
    "logo": "open-streets",
    "guards": QUICK,
}


def lay_real(app: Flask) -> World:
    """Open a campaign that has all that one may have, with the letter of the demonstration."""
    letter = (files("petition.demo") / "letter.md").read_text("utf-8")
    return make_world(app, letter=letter, **REAL)


def draw_square() -> bytes:
    """Return a picture of a square: sky, houses and ground as areas of color."""
    picture = Image.new("RGB", (600, 400), "#bcd6e2")
    pen = ImageDraw.Draw(picture)
    for left, top, color in ((40, 150, "#a4583c"), (210, 90, "#d8b46a"), (400, 180, "#6d7f56")):
        pen.rectangle((left, top, left + 150, 320), fill=color)
    pen.rectangle((0, 320, 600, 400), fill="#8d8a80")
    written = BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def draw_logo() -> bytes:
    """Return a logo of nobody: bars of three greens."""
    picture = Image.new("RGB", (320, 128), "white")
    for number, colour in enumerate(("#0a7d5a", "#4ea98a", "#a9d6c5")):
        picture.paste(colour, (20, 16 + 36 * number, 300 - 60 * number, 40 + 36 * number))
    written = BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def lay_company(app: Flask, campaign_id: int) -> None:
    """Add groups that carry the campaign, and people who chose to be shown."""
    with app.app_context():
        for section, alt in enumerate(("The square of a small town", "A courthouse and its lawn")):
            save_picture(SLUG, section, "square.png", draw_square(), alt)
        for slug, name in (("open-streets", "Open Streets"), ("quiet-eyes", "Quiet Eyes League")):
            url = f"https://{slug}.example"
            about = "Streets and squares for everyone, since 1987."
            place = {"locality": "Cambridge", "at": (42.37, -71.11)}
            logo = {"logo_name": "logo.png", "logo": draw_logo()}
            save_organization(OrganizationForm(slug, name, url=url, about=about, **place, **logo))
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


def lay_seasons(app: Flask) -> None:
    """Add campaigns that are new, not open yet, closed, over, and asking for a proof."""
    with app.app_context(), transaction() as session:
        now = utcnow()
        early = {"slug": "early", "title": "Trees for Main Street"}
        make_campaign(session, **early, opens_at=now + timedelta(days=9))
        closed = {"slug": "closed", "title": "Sidewalks in winter", "state": "closed"}
        make_campaign(session, **closed, successor=SLUG)
        ended = {"slug": "ended", "title": "A bench at every stop"}
        make_campaign(session, **ended, closes_at=now - timedelta(days=1))
        make_campaign(session, slug="new", title="Books on Sundays", confirm_email=True)
        proof = {"slug": "proof", "title": "Quiet streets"}
        make_campaign(session, **proof, guards=QUICK | {"proof_of_work": "always"})


def lay_finer(app: Flask) -> str:
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


def lay_towns(app: Flask) -> tuple[str, str]:
    """Lay a campaign that counts by towns; return where it asks for the town, and for the home."""
    with app.app_context():
        activate(store_areas(AREAS, "test", "cousub"))
        towns = {"slug": "towns", "title": "Benches for Main Street", "layers": ["cousub"]}
        with transaction() as session:
            campaign_id = make_campaign(session, **towns, guards=QUICK).id
        tokens = [make_question(None, campaign_id, code) for code in (POSTAL_CODE, "09012")]
        which, home = (f"/campaigns/towns/address/{token}" for token in tokens)
        return which, home


def lay_abroad(world: World) -> None:
    """Add a county of another state, whose signatures make the map one of several states."""
    with world.app.app_context(), transaction() as session:
        elsewhere = make_district(session, state="RI", name="Bristol County")
        make_located(session, session.get_one(Campaign, world.campaign_id), elsewhere, 12)
    world.count(0)


def read_code(app: Flask, milestone_id: int) -> str:
    """Return the code of a milestone's letter."""
    with app.app_context(), transaction() as session:
        return session.get_one(Milestone, milestone_id).code
