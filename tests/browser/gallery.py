"""Every public page, with what a real one holds, for the tests of all and for the screenshots."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import Campaign, ConsentOffer, Signature
from petition.models.signatures.relocation import MOVE_WAIT
from petition.models.signatures.signature import MOVED_AFTER_LETTER
from petition.signers.preferences import give_consent
from petition.signers.withdraw import erase
from petition.signing.group_links import make_group_token
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.browser.gallery_world import (
    FINER,
    lay_abroad,
    lay_company,
    lay_finer,
    lay_real,
    lay_seasons,
    lay_towns,
    read_code,
)
from tests.factories import make_signature
from tests.ground import POSTAL_CODE, SLUG
from tests.web.public_world import CAMPAIGN, DISTRICT, find_near
from tests.web.street_world import AWAY, EAST, NOWHERE

CHALLENGE = "**/altcha/challenge*"
SIGNER = {"given_name": "Ada", "email": "ada@people.example", "postal_code": POSTAL_CODE}
# What browsers say of an answer that is an error or stays away; the page is what is looked at.
STATUSES = "Failed to load resource"


@dataclass(frozen=True)
class Shown:
    """A page: its address, or the answer to its form, which is filled and sent first.

    - ``typed``: what is typed, by the name of the field; None where no form is sent.
    - ``without``: what is asked for in vain meanwhile, as a pattern of addresses.
    - ``follow``: the words of the link behind which the page is, in any language.
    - ``stays``: whether the page is the answer by itself once its form was sent.
    """

    name: str
    path: str
    typed: Mapping[str, str] | None = None
    without: str = ""
    follow: str = ""
    stays: bool = False

    def open(self, page: Page, url: str) -> None:
        """Bring a browser there, whatever its language."""
        page.goto(url + self.path)
        if self.follow:
            with page.expect_navigation():
                page.get_by_role("link", name=re.compile(self.follow)).click()
        if self.typed is None:
            return
        form = page.locator("form[method=post]").first
        if self.stays and not form.count():
            return
        for name, words in self.typed.items():
            form.locator(f"[name={name}]").fill(words)
        if self.without:
            page.route(self.without, lambda route: route.abort())
        with page.expect_navigation():
            form.get_by_role("button").first.click()
        if self.without:
            page.unroute(self.without)


def lay_pages(app: Flask) -> Iterator[Shown]:
    """Lay a world with letters of which one went, and people in every state; yield its pages.

    - The world grows: each page is to be opened before the next is asked for.
    """
    yield Shown("home-empty", "/")
    world = lay_real(app)
    milestones = world.count(263)
    code, later = world.send(milestones[0]), read_code(app, milestones[1])
    lay_company(app, world.campaign_id)
    yield Shown("home-one", "/")
    lay_seasons(app)
    question = lay_finer(app)
    which, home = lay_towns(app)
    finer = find_near(app, FINER)
    yield from [
        Shown("home", "/"),
        Shown("campaign", CAMPAIGN),
        Shown("campaign-errors", CAMPAIGN, {"email": "ada at home"}),
        Shown("campaign-of-two", FINER),
        Shown("campaign-new", "/campaigns/new"),
        Shown("campaign-early", "/campaigns/early"),
        Shown("campaign-closed", "/campaigns/closed"),
        Shown("campaign-ended", "/campaigns/ended"),
        Shown("campaign-no-proof", "/campaigns/proof", {}, without=CHALLENGE),
        Shown("thanks", CAMPAIGN, SIGNER),
        Shown("thanks-mail", question, follow="Leave it for now|Dejarlo por ahora"),
        Shown("thanks-passed-on", f"{CAMPAIGN}/thanks"),
        Shown("address", question),
        Shown("address-errors", question, {}),
        Shown("which", which),
        Shown("home", home),
        Shown("home-errors", home, {"postal_code": "09012"}),
        Shown("privacy", "/privacy"),
        Shown("accessibility", "/accessibility"),
        Shown("near", f"{CAMPAIGN}/near", {"postal_code": POSTAL_CODE}),
        Shown("near-empty", f"{CAMPAIGN}/near"),
        Shown("near-over", f"{CAMPAIGN}/near?near=over"),
        Shown("near-unknown", f"{CAMPAIGN}/near", {"postal_code": "00000"}),
        Shown("near-elsewhere", f"{CAMPAIGN}/near", {"postal_code": "10001"}),
        Shown("near-open", finer),
        Shown("near-errors", finer, {}),
        Shown("near-no-street", finer, {"street_address": NOWHERE}),
        Shown("near-later", finer, {"street_address": AWAY}),
        Shown("near-found", finer, {"street_address": EAST}),
        Shown("district", DISTRICT),
        Shown("district-few", f"{FINER}/districts/sldu/25001"),
        Shown("letter", f"/letters/{code}"),
        Shown("letter-on-its-way", f"/letters/{later}"),
        Shown("groups", "/groups"),
        Shown("groups-near", "/groups", {"postal_code": POSTAL_CODE}),
        Shown("groups-errors", "/groups", {"postal_code": "00000"}),
        Shown("groups-apply", "/groups/apply"),
        Shown("groups-apply-errors", "/groups/apply", {}),
        Shown("groups-apply-done", "/groups/apply?sent=1"),
        Shown("group-unknown", "/groups/no-such-group"),
        Shown("letters", "/letters"),
        Shown("letters-unknown", "/letters?code=XXXXXXXX"),
    ]
    yield from _list_links(app, world.campaign_id)
    yield from [
        Shown("lost", "/signatures/lost"),
        Shown("lost-errors", "/signatures/lost", {}),
        Shown("lost-done", "/signatures/lost", {"email": "ada@people.example"}),
        Shown("map", f"{CAMPAIGN}/map/ma/county"),
        Shown("map-of-two", f"{FINER}/map/ma/sldl"),
        Shown("embed-help", f"{CAMPAIGN}/embed"),
        Shown("embed", f"/embed/{SLUG}"),
        Shown("embed-errors", f"/embed/{SLUG}", {}),
        Shown("embed-thanks", f"/embed/{SLUG}", SIGNER),
        Shown("embed-thanks-passed-on", f"/embed/{SLUG}/thanks"),
        Shown("embed-address", question.replace("/campaigns/", "/embed/")),
        Shown("embed-which", which.replace("/campaigns/", "/embed/")),
        Shown("embed-map", "/embed/finer/map/ma/sldl"),
        Shown("embed-early", "/embed/early"),
        Shown("embed-closed", "/embed/closed"),
        Shown("not-found", "/no-such-page"),
        Shown("link-forged", "/confirm/forged"),
    ]
    lay_abroad(world)
    yield Shown("map-states", f"{CAMPAIGN}/map")
    yield Shown("embed-map-states", f"/embed/{SLUG}/map")


def _list_links(app: Flask, campaign_id: int) -> Iterator[Shown]:
    """Yield the pages whose address carries a token, one for each state of a signature."""
    now = utcnow()
    states: dict[str, dict[str, object]] = {
        "pending": {"confirmed_at": None},
        "confirmed": {},
        "located": {},
        "review": {"review_reason": "needs-address"},
        "withdrawn": {"ended_at": now},
        "rejected": {"ended_at": now},
        "expired": {"ended_at": now, "confirmed_at": None},
    }
    with app.app_context():
        with transaction() as session:
            campaign = session.get_one(Campaign, campaign_id)
            found = {
                state: make_signature(session, campaign, state=state, due_at=None, **values).id
                for state, values in states.items()
            }
            found["consents"] = make_signature(session, campaign, due_at=None, notify=True).id
            gone = {"state": "pending", "confirmed_at": None, "unreachable_at": now}
            found["unreachable"] = make_signature(session, campaign, due_at=None, **gone).id
            counted = select(Signature.id).where(Signature.state == "counted")
            found["counted"], *_, found["waiting"] = session.scalars(counted.order_by(Signature.id))
            moved = {"review_reason": MOVED_AFTER_LETTER, "waits_until": now + MOVE_WAIT}
            found["moved"] = make_signature(
                session, campaign, state="review", due_at=None, **moved
            ).id
            signed = session.get_one(Signature, found["consents"])
            found["second"] = make_signature(
                session, campaign, state="pending", confirmed_at=None, person=signed.person
            ).id
            offer = session.scalars(select(ConsentOffer.id).order_by(ConsentOffer.id)).first()
        tokens = {state: make_token(id_, LinkPurpose.STATUS) for state, id_ in found.items()}
        give_consent(tokens["consents"], offer or 0)
        confirm = {
            state: make_token(found[state], LinkPurpose.CONFIRM)
            for state in ("pending", "counted", "second")
        }
        unsubscribe = make_token(found["unreachable"], LinkPurpose.UNSUBSCRIBE)
        group = make_group_token(found["consents"], 1)
    for state, token in tokens.items():
        yield Shown(f"status-{state}", f"/signatures/{token}")
    yield Shown("status-errors", f"/signatures/{tokens['review']}", {})
    yield Shown("confirm", f"/confirm/{confirm['pending']}")
    yield Shown("confirm-second", f"/confirm/{confirm['second']}")
    yield Shown("confirm-second-done", f"/confirm/{confirm['second']}", {})
    yield Shown("confirm-done", f"/confirm/{confirm['counted']}")
    yield Shown("unsubscribe", f"/unsubscribe/{unsubscribe}")
    yield Shown("unsubscribe-done", f"/unsubscribe/{unsubscribe}", {}, stays=True)
    yield Shown("unsubscribe-group", f"/unsubscribe-group/{group}")
    with app.app_context():
        erase(tokens["expired"])
    yield Shown("status-erased", f"/signatures/{tokens['expired']}")
