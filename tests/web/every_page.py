"""Every public page there is, good and bad, in whichever language: opened in a world of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.dispatch.pauses import pause
from petition.locating.outcomes import ReviewReason
from petition.models import (
    Campaign,
    CommentState,
    ConsentOffer,
    Delivery,
    DeliveryState,
    District,
    Milestone,
    Organization,
    Signature,
    SignatureState,
)
from petition.models.states import ENDED
from petition.partners.offer_wordings import rename_in_offers
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization
from petition.redistricting.activation import activate
from petition.signers.preferences import give_consent, withdraw_consent
from petition.signing.group_links import make_group_token
from petition.signing.link_tokens import LinkPurpose, make_token
from petition.signing.location_questions import make_question
from tests.factories import (
    allow_reply,
    make_campaign,
    make_district,
    make_located,
    make_person,
    make_signature,
)
from tests.ground import GEOID, POSTAL_CODE, SLUG
from tests.web.public_world import (
    CAMPAIGN,
    DISTRICT,
    SIGN,
    World,
    find_near,
    find_thanks,
    make_world,
)
from tests.web.street_world import AREAS, store_areas

FINER = "/campaigns/finer"
FRAMED = "/campaigns/framed"
EMBED = CAMPAIGN.replace("campaigns", "embed")
EMBED_FINER = FINER.replace("campaigns", "embed")
# What a campaign may have; its own words are its language's, and the service adds none.
RICH: Mapping[str, Any] = {
    "summary": "Ask them.",
    "bill_number": "H. 1",
    "bill_url": "https://legislature.example/h1",
    "video_url": "https://video.example/1",
    "organization_email": "hello@neighbours.example",
}
TOWN_POSTS = {"place": ["mayor", "council", "board"]}
# Once another state has a county without a shape, whose boundaries cannot be asked from then on.
AFTERWARDS = {
    "map of states": f"{CAMPAIGN}/map",
    "map without a drawing": f"{CAMPAIGN}/map/ri/county",
    "embedded, map of states": f"{EMBED}/map",
}
FAILING = (DeliveryState.RENDERED, DeliveryState.SENDING, DeliveryState.FAILED)


@dataclass(frozen=True)
class Opener:
    """Somebody who asks for each page in a language; None: as a browser that prefers none."""

    app: Flask
    language: str | None

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.app.test_client().get(self._address(path))

    def post(
        self, path: str, form: Mapping[str, str] | None = None, **headers: str
    ) -> TestResponse:
        """Send a form."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.app.test_client().post(self._address(path), data=form or {}, headers=names)

    def _address(self, path: str) -> str:
        if self.language is None:
            return path
        return f"{path}{'&' if '?' in path else '?'}lang={self.language}"


def open_every_page(app: Flask, language: str | None = None) -> dict[str, TestResponse]:
    """Return every public page, by what it is."""
    opener = Opener(app, language)
    found = {"home, empty": opener.get("/")}
    world = make_world(app, step=12, **RICH)
    codes = _send_letters(world)
    found["home, one campaign"] = opener.get("/")
    found |= {name: opener.get(path) for name, path in _list_own(world, codes)}
    with app.app_context():
        ask = _lay_finer(app)
        _lay_seasons()
    found |= {name: opener.get(path) for name, path in _list_others(app, ask)}
    found |= _send_forms(opener, world, ask)
    found |= _add_answers(opener) | _show_saved(opener, world)
    _add_county(world)
    return found | {name: opener.get(path) for name, path in AFTERWARDS.items()}


def _send_letters(world: World) -> dict[str, str]:
    """Raise a milestone for each fate of a letter; return their codes by it."""
    codes = {"delivered": world.send(world.count(12)[0])}
    for fate in (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.CANCELLED):
        codes[fate] = _settle(world, world.count(12)[0], [fate])
    # The letter of a milestone is made before it fails to arrive: one that went has one to lend.
    codes["failed"] = _settle(world, world.count(12)[0], FAILING)
    world.count(10)
    return codes


def _settle(world: World, milestone_id: int, states: Any) -> str:
    with world.app.app_context(), transaction() as session:
        letter = session.scalars(select(Delivery.letter_id).where(Delivery.letter_id > 0)).first()
        delivery = update(Delivery).where(Delivery.milestone_id == milestone_id)
        for state in states:
            if state == DeliveryState.RENDERED:
                session.execute(delivery.values(letter_id=letter))
            if state != DeliveryState.QUEUED:
                session.execute(delivery.values(state=state, due_at=None))
        return session.scalars(select(Milestone.code).where(Milestone.id == milestone_id)).one()


def _list_own(world: World, codes: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the pages of the world's own campaign, its letters and its signers."""
    with world.app.app_context():
        _lay_company(world)
        links = dict(_list_links(world))
    yield "campaign", CAMPAIGN
    yield "thanks", find_thanks(world.app)
    yield "thanks, passed on", f"{CAMPAIGN}/thanks"
    yield "near, empty", f"{CAMPAIGN}/near"
    yield "near", find_near(world.app)
    yield "near, filled", f"{CAMPAIGN}/near?postal_code={POSTAL_CODE}"
    yield "near, over", f"{CAMPAIGN}/near?near=over"
    yield "campaign, looked up", find_near(world.app).replace("/near", "")
    yield "district", DISTRICT
    yield "district, unknown", f"{CAMPAIGN}/districts/county/99999"
    yield "district of no such layer", f"{CAMPAIGN}/districts/sldu/{GEOID}"
    yield "map", f"{CAMPAIGN}/map/ma/county"
    yield "map, unknown", f"{CAMPAIGN}/map/nh"
    yield "map of no such layer", f"{CAMPAIGN}/map/ma/cd"
    yield "why a count goes down", f"{CAMPAIGN}/removals"
    yield "how to embed", f"{CAMPAIGN}/embed"
    yield "embedded", EMBED
    yield "embedded, thanks", find_thanks(world.app, EMBED)
    yield "embedded, thanks, passed on", f"{EMBED}/thanks"
    yield "your data", "/privacy"
    yield "your data, of a campaign", f"/privacy?campaign={SLUG}"
    yield "accessibility", "/accessibility"
    yield "groups", "/groups"
    yield "groups of a campaign", f"/groups?campaign={SLUG}"
    yield "group", "/groups/open-streets"
    yield "group of districts", "/groups/quiet-eyes"
    yield "group, unknown", "/groups/no-such-group"
    yield "group applies", "/groups/apply"
    yield "group applied", "/groups/apply?sent=1"
    yield "group, link forged", "/groups/apply/forged"
    yield "letters", "/letters"
    yield "letters, unknown", "/letters?code=nothing!"
    yield "letter, unknown", "/letters/XXXXXXXX"
    for fate, code in codes.items():
        yield f"letter, {fate}", f"/letters/{code}"
    yield from links.items()
    yield "lost link", "/signatures/lost"
    yield "link, forged", "/confirm/forged"
    yield "not found", "/no-such-page"
    yield "no such campaign", "/campaigns/no-such"
    yield "wrong method", SIGN


def _list_links(world: World) -> Iterator[tuple[str, str]]:
    """Yield the pages whose address carries a token: each state of a signature."""
    with transaction() as session:
        campaign = session.get_one(Campaign, world.campaign_id)
        states = [state for state in SignatureState if state != SignatureState.ERASED]
        ids = {state: _make_signer(session, campaign, state) for state in states}
        counted = select(Signature.id).where(Signature.state == SignatureState.COUNTED)
        carried = session.scalars(counted.order_by(Signature.id)).first()
        gone = {"state": SignatureState.PENDING, "unreachable_at": utcnow()}
        unreachable = make_signature(session, campaign, **gone).id
        reviews = {
            reason: make_signature(session, campaign, state="review", review_reason=reason).id
            for reason in ReviewReason
        }
        stopped = make_signature(session, campaign, unsubscribed_at=utcnow()).id
        allow_reply(session, stopped, wording="1.", shared_at=utcnow())
        waiting = {"state": SignatureState.PENDING, "confirmed_at": None, "due_at": None}
        person = session.get_one(Signature, ids[SignatureState.CONFIRMED]).person
        second = make_signature(session, campaign, person=person, **waiting).id
        said = replace(make_person(comment="Please."), locality="Cambridge")
        boxes = dict.fromkeys(("publish_comment", "show_name", "notify", "tell_successor"), True)
        boxes |= {"comment_state": CommentState.WAITING}
        ticked = make_signature(session, campaign, person=said, **waiting, **boxes).id
    shown = select(ConsentOffer.id).where(ConsentOffer.retired_at.is_(None))
    offers = db.session.scalars(shown.order_by(ConsentOffer.organization_id, ConsentOffer.id)).all()
    token = make_token(stopped, LinkPurpose.STATUS)
    for offer in offers[:2]:
        give_consent(token, offer)
    withdraw_consent(token, offers[0])
    private = {f"status, {state}": signature_id for state, signature_id in ids.items()}
    private |= {"status, in letters": carried or 0, "status, unreachable": unreachable}
    private |= {"status, with consents": stopped}
    private |= {f"status, in review: {reason}": found for reason, found in reviews.items()}
    for name, signature_id in private.items():
        yield name, f"/signatures/{make_token(signature_id, LinkPurpose.STATUS)}"
    pending, confirmed = ids[SignatureState.PENDING], ids[SignatureState.CONFIRMED]
    yield "confirm", f"/confirm/{make_token(pending, LinkPurpose.CONFIRM)}"
    yield "confirm, shared mailbox", f"/confirm/{make_token(second, LinkPurpose.CONFIRM)}"
    yield "confirm, with words", f"/confirm/{make_token(ticked, LinkPurpose.CONFIRM)}"
    yield "confirmed", f"/confirm/{make_token(confirmed, LinkPurpose.CONFIRM)}"
    yield (
        "confirm, ended",
        f"/confirm/{make_token(ids[SignatureState.EXPIRED], LinkPurpose.CONFIRM)}",
    )
    yield "unsubscribe", f"/unsubscribe/{make_token(pending, LinkPurpose.UNSUBSCRIBE)}"
    yield "unsubscribe from a group", f"/unsubscribe-group/{make_group_token(stopped, 1)}"
    yield "unsubscribed from a group", f"/unsubscribe-group/{make_group_token(pending, 1)}"


def _make_signer(session: Session, campaign: Campaign, state: SignatureState) -> int:
    reason = "needs-address" if state == SignatureState.REVIEW else None
    ended_at = utcnow() if state in ENDED else None
    values = {"state": state, "ended_at": ended_at, "review_reason": reason, "due_at": None}
    return make_signature(session, campaign, **values).id


def _lay_company(world: World) -> None:
    """Add groups that carry the campaign and ask for consents, and one who chose to be shown."""
    for slug, name in (("open-streets", "Open Streets"), ("quiet-eyes", "Quiet Eyes")):
        place = {"locality": "Cambridge", "at": (42.37, -71.11)}
        save_organization(OrganizationForm(slug, name, url=f"https://{slug}.example", **place))
        join_campaign(slug, SLUG, {"updates": f"{name}: 1.", "news": f"{name}: 2."})
    with transaction() as session:
        campaign = session.get_one(Campaign, world.campaign_id)
        make_signature(session, campaign, state="located", due_at=None, show_name=True)
        group = session.scalars(select(Organization).where(Organization.slug == "open-streets"))
        shown = group.one()
        shown.offering, shown.reach_km = "Walks.", 25
        rename_in_offers(session, shown, members=["Walkers"])
        other = session.scalars(select(Organization).where(Organization.slug == "quiet-eyes")).one()
        other.reach_divisions = ["ocd-division/country:us/state:ma/county:middlesex"]
        shown.contact_name, shown.contact_email = "Bea", "bea@open-streets.example"


def _lay_finer(app: Flask) -> str:
    """Lay a campaign whose districts a ZIP code leaves open; return the question's address."""
    for layer in ("sldu", "sldl"):
        activate(store_areas(AREAS, "test", layer))
    with transaction() as session:
        values = {"slug": "finer", "layers": ["sldu", "sldl"], "message": "1.", "step": 1_000}
        campaign = make_campaign(session, confirm_email=True, **values)
        east = session.query(District).filter_by(name="East District", layer="sldl").one()
        make_located(session, campaign, east, 20)
        signature_id = make_signature(session, campaign).id
    World(app, campaign.id, east.id).count(0)
    token = make_token(signature_id, LinkPurpose.CONFIRM)
    question = f"{FINER}/address/{make_question(None, campaign.id, POSTAL_CODE)}"
    return f"{question} /confirm/{token} {_lay_towns()}"


def _lay_towns() -> str:
    """Lay a campaign whose towns a ZIP code leaves open; return where it asks for town and home."""
    activate(store_areas(AREAS, "test", "cousub"))
    with transaction() as session:
        campaign_id = make_campaign(session, slug="towns", layers=["cousub"]).id
    tokens = [make_question(None, campaign_id, code) for code in (POSTAL_CODE, "09012")]
    return " ".join(f"/campaigns/towns/address/{token}" for token in tokens)


def _lay_seasons() -> None:
    with transaction() as session:
        now = utcnow()
        make_campaign(session, slug="early", opens_at=now + timedelta(days=9))
        make_campaign(session, slug="closed", state="closed", successor=SLUG)
        make_campaign(session, slug="ended", closes_at=now - timedelta(days=1))
        make_campaign(session, slug="framed", embed_origins=["https://friends.example"])
        make_campaign(session, slug="town", layers=["place"], recipients=TOWN_POSTS)
    for slug in ("ended", "town"):
        pause(slug, "1.", actor="test")


def _list_others(app: Flask, ask: str) -> Iterator[tuple[str, str]]:
    """Yield the pages of the other campaigns, and the front page that lists them."""
    question, confirm, which, home = ask.split()
    yield "home", "/"
    yield "campaign of several layers", FINER
    yield "thanks for several layers", find_thanks(app, FINER)
    yield "confirmed for several layers", confirm
    yield "near, several layers", f"{FINER}/near"
    yield "near, open", find_near(app, FINER)
    yield "street", question
    yield "which town", which
    yield "home", home
    yield "thanks while it waits", find_thanks(app, "/campaigns/towns", POSTAL_CODE)
    yield "map of several layers", f"{FINER}/map/ma"
    yield "district of a finer layer", f"{FINER}/districts/sldl/25002"
    yield "district of fewer than ten", f"{FINER}/districts/sldu/25001"
    yield "embedded, several layers", EMBED_FINER
    yield "embedded, thanks for several layers", find_thanks(app, EMBED_FINER)
    yield "embedded, map", f"{EMBED_FINER}/map/ma/sldl"
    yield "embedded, street", question.replace("campaigns", "embed")
    yield "how to embed, with websites", f"{FRAMED}/embed"
    for slug in ("early", "closed", "ended", "town"):
        yield f"campaign, {slug}", f"/campaigns/{slug}"
        yield f"embedded, {slug}", f"/embed/{slug}"
    yield "map of a campaign without districts", "/campaigns/town/map"
    yield "embedded map without districts", "/embed/town/map"
    yield "thanks in a town", find_thanks(app, "/campaigns/town")
    yield "near in a town", find_near(app, "/campaigns/town")
    yield "map of no town", "/campaigns/town/map/ma"


def _add_answers(opener: Opener) -> dict[str, TestResponse]:
    """Sign, and give answers on the page after: each leads to a page that says so."""
    person = {"given_name": "Vera", "email": "vera@people.example", "postal_code": POSTAL_CODE}
    pages = {"thanks, asked": opener.get(opener.post(SIGN, person).headers["Location"])}
    forms = {
        "words": {"what": "words", "comment": "1."},
        "no words": {"what": "words", "comment": ""},
        "printed words": {"what": "words", "comment": "1.", "publish_comment": "1"},
        "yes": {"what": "notify", "do": "give"},
        "no": {"what": "notify", "do": "take"},
    }
    for name, form in forms.items():
        token = pages["thanks, asked"].text.partition('name="token" value="')[2].partition('"')[0]
        sent = opener.post(f"{CAMPAIGN}/answers", form | {"token": token})
        pages[f"thanks, saved {name}"] = opener.get(sent.headers["Location"])
    pages["thanks, refused"] = opener.post(
        f"{CAMPAIGN}/answers", {"what": "words", "comment": "A\x01", "token": token}
    )
    return pages


def _show_saved(opener: Opener, world: World) -> dict[str, TestResponse]:
    """Return the private page as it says what was saved."""
    with world.app.app_context():
        with transaction() as session:
            campaign = session.get_one(Campaign, world.campaign_id)
            person = make_person(comment="1.")
            signature_id = make_signature(session, campaign, person=person).id
        shown = select(ConsentOffer.id).where(ConsentOffer.retired_at.is_(None))
        offer = db.session.scalars(shown.order_by(ConsentOffer.id)).first()
        page = f"/signatures/{make_token(signature_id, LinkPurpose.STATUS)}"
    saved = ("address", "home", "reachable", "choices", "amend", "reply", f"offer-{offer}")
    return {f"status, saved {what}": opener.get(f"{page}?saved={what}") for what in saved}


def _send_forms(opener: Opener, world: World, ask: str) -> dict[str, TestResponse]:
    """Send each form as it should not be, and some as they should."""
    question, _, which, home = ask.split()
    with world.app.app_context(), transaction() as session:
        campaign = session.get_one(Campaign, world.campaign_id)
        waiting = _make_signer(session, campaign, SignatureState.REVIEW)
        leaving = make_signature(session, campaign).id
        review, own = (
            f"/signatures/{make_token(i, LinkPurpose.STATUS)}" for i in (waiting, leaving)
        )
        unsubscribe = f"/unsubscribe/{make_token(leaving, LinkPurpose.UNSUBSCRIBE)}"
    person = {"given_name": "Ada", "family_name": "Example", "email": "ada@people.example"}
    street = {"street_address": "1 West Street", "postal_code": POSTAL_CODE}
    odd = {"given_name": "A\x01", "family_name": "a" * 500, "email": "ada", "region": "Nowhere"}
    elsewhere = person | {"postal_code": POSTAL_CODE, "region": "CA"}
    abroad = {"Sec_Fetch_Site": "cross-site"}
    lost = "/signatures/lost"
    return {
        "near, street": opener.post(f"{FINER}/near", street),
        "near, errors": opener.post(f"{FINER}/near"),
        "near, street in one layer": opener.post(f"{CAMPAIGN}/near", street),
        "near, unknown": opener.post(f"{CAMPAIGN}/near", {"postal_code": "00000"}),
        "near, in no district": opener.post(f"{CAMPAIGN}/near", {"postal_code": "10001"}),
        "near, looked up": opener.post(f"{CAMPAIGN}/near", {"postal_code": POSTAL_CODE}),
        "street, errors": opener.post(question),
        "which town, errors": opener.post(which, {"home": "cousub:0"}),
        "home, errors": opener.post(home, {"postal_code": "96960"}),
        "towns, errors": opener.post("/campaigns/towns/signatures", {"postal_code": POSTAL_CODE}),
        "status, errors": opener.post(review, {"do": "address"}),
        "status, bad request": opener.post(review, {"do": "nothing"}),
        "signed": opener.post(SIGN, person | {"postal_code": POSTAL_CODE}),
        "errors": opener.post(SIGN),
        "errors, odd": opener.post(SIGN, odd | {"postal_code": "123"}),
        "errors, unknown ZIP": opener.post(SIGN, person | {"postal_code": "00000"}),
        "errors, another state": opener.post(SIGN, elsewhere),
        "errors, several layers": opener.post(f"{FINER}/signatures"),
        "embedded, errors": opener.post(f"{EMBED}/signatures"),
        "sign, too early": opener.post("/campaigns/early/signatures", person),
        "sign, too late": opener.post("/campaigns/closed/signatures", person),
        "cross-site": opener.post(SIGN, person, **abroad),
        "lost link, errors": opener.post(lost),
        "lost link, sent": opener.post(lost, {"email": person["email"]}),
        "unsubscribed": opener.post(unsubscribe),
        "erased": opener.post(own, {"do": "erase"}),
        "status, erased": opener.get(own),
        "not a form": opener.post(SIGN, Content_Type="text/plain"),
    }


def _add_county(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        elsewhere = make_district(session, state="RI", name="Bristol County")
        make_located(session, session.get_one(Campaign, world.campaign_id), elsewhere, 12)
    world.count(0)
