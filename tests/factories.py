"""Factories: the smallest valid row of each kind, with whatever a test wants different."""

from datetime import datetime
from hashlib import sha256
from itertools import count
from typing import Any

from sqlalchemy import Update, select, text, update
from sqlalchemy.orm import Session

from petition.campaigns.bills import COLUMNS as BILL_COLUMNS
from petition.campaigns.bills import SUBJECT, store_bills
from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.core.sealing import get_sealer
from petition.counting import public_snapshot
from petition.counting.brake import look_at
from petition.letters.make import make_letters
from petition.models import (
    Bill,
    BoundarySet,
    BoundaryState,
    Campaign,
    CampaignOrganization,
    CampaignState,
    Consent,
    ConsentOffer,
    Delivery,
    District,
    Layer,
    Letter,
    Milestone,
    Office,
    Organization,
    OrganizationBase,
    OrganizationRole,
    Person,
    Placement,
    Post,
    PublicTotal,
    ReplyConsent,
    Signature,
    SignatureState,
    Tally,
)
from petition.signing.network_origins import NETWORK_BYTES
from tests.letter_store import LetterStore

IS_OWNER = CampaignOrganization.role == OrganizationRole.OWNER
IN_CAMPAIGN = CampaignOrganization.campaign_id
_numbers = count(1)
_networks = count(1)


def make_campaign(session: Session, **changes: Any) -> Campaign:
    """Add an open campaign that counts by county and asks for no confirmation."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "slug": f"campaign-{number}",
        "title": f"Campaign {number}",
        "state": CampaignState.OPEN,
        "layers": [Layer.COUNTY],
        "letter": "We ask you to act.",
        "organization": "Neighbours Together",
        "confirm_email": False,
        "created_at": utcnow(),
    }
    bill = {name: changes.pop(name) for name in SUBJECT if name in changes}
    campaign = Campaign(**(values | changes))
    store_bills(session, campaign, bill)
    session.add(campaign)
    session.flush()
    return campaign


SIGNED_RULES = {
    "campaigns_refuse_mending_signed": "campaigns",
    "campaign_organizations_text_update": "campaign_organizations",
    "bills_refuse_change": "bills",
    "consent_offers_refuse_rewrite": "consent_offers",
}


def edit_signed(session: Session, campaign_id: int | None = None, **values: Any) -> None:
    """Change what people sign, past the triggers that refuse it, in one campaign or in all."""
    owner = values.pop("organization", None)
    wording = values.pop("wording", None)  # of what organizations ask
    names = dict(zip(SUBJECT, BILL_COLUMNS, strict=True))
    bill = {names[name]: values.pop(name) for name in names if name in values}
    edits: list[Update] = []
    if values:
        edits.append(update(Campaign).values(values))
    if owner is not None:
        edits.append(update(CampaignOrganization).values(name=owner).where(IS_OWNER))
    if wording is not None:
        edits.append(update(ConsentOffer).values(wording=wording))
    if bill:
        edits.append(update(Bill).values(bill))
    if campaign_id is not None:
        columns = {"campaigns": Campaign.id, "campaign_organizations": IN_CAMPAIGN}
        columns["consent_offers"] = ConsentOffer.campaign_id
        edits = [edit.where(columns[edit.table.name] == campaign_id) for edit in edits]
    made = [_switch_off(session, name, table) for name, table in SIGNED_RULES.items()]
    for edit in edits:
        session.execute(edit)
    for words in made:
        session.connection().exec_driver_sql(words)


def _switch_off(session: Session, name: str, table: str) -> str:
    """Switch a trigger off; return what switches it on again."""
    if session.get_bind().dialect.name == "sqlite":
        query = text("SELECT sql FROM sqlite_master WHERE name = :name")
        made = session.execute(query, {"name": name}).scalar_one()
        session.execute(text(f"DROP TRIGGER {name}"))
        return str(made)
    session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {name}"))
    return f"ALTER TABLE {table} ENABLE TRIGGER {name}"


def make_district(session: Session, **changes: Any) -> District:
    """Add a county of the active boundary set."""
    boundary_set = session.scalar(select(BoundarySet).where(BoundarySet.state == "active"))
    if boundary_set is None:
        boundary_set = BoundarySet(
            layer=Layer.COUNTY,
            scope="us",
            source="test",
            digest="0" * 64,
            state=BoundaryState.ACTIVE,
            created_at=utcnow(),
        )
        session.add(boundary_set)
        session.flush()
    number = next(_numbers)
    values: dict[str, Any] = {
        "boundary_set_id": boundary_set.id,
        "layer": Layer.COUNTY,
        "division_id": f"ocd-division/country:us/state:ma/county:test_{number}",
        "geoid": f"{number:05}",
        "name": f"Test {number} County",
        "state": "MA",
        "in_force": True,
    }
    district = District(**(values | changes))
    session.add(district)
    session.flush()
    return district


def make_post(session: Session, district: District, **changes: Any) -> Post:
    """Add a board with an office in the district."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "division_id": district.division_id,
        "key": f"board-{number}",
        "title": f"Board of Commissioners, {district.name}",
        "salutation": "Dear Members of the Board",
        "is_body": True,
        "offices": [
            Office(email=f"board-{number}@county.example", address=["1 Court Square", "Testville"])
        ],
    }
    post = Post(**(values | changes))
    session.add(post)
    session.flush()
    return post


def make_district_post(session: Session, boundary_set_id: int) -> District:
    """Give the one district of a boundary set a board; return the district."""
    district = session.scalars(
        select(District).where(District.boundary_set_id == boundary_set_id)
    ).one()
    make_post(session, district)
    return district


def make_person(**changes: str) -> Person:
    """Return a synthetic person whom no other call returns."""
    number = next(_numbers)
    values = {
        "given_name": "Ada",
        "family_name": f"Example{number}",
        "email": f"person-{number}@people.example",
        "street_address": "",
        "locality": "Cambridge",
        "region": "MA",
        "postal_code": "02139",
        "comment": "",
    }
    return Person(**(values | changes))


def make_signature(session: Session, campaign: Campaign, **changes: Any) -> Signature:
    """Add a confirmed signature that is due to be located."""
    person = changes.pop("person", None) or make_person()
    now = utcnow()
    values: dict[str, Any] = {
        "campaign_id": campaign.id,
        "state": SignatureState.CONFIRMED,
        "email_digest": get_sealer().digest(person.email, "email"),
        "person": person,
        "created_at": now,
        "confirmed_at": now,
        "due_at": now,
    }
    values |= changes
    if values["state"] != SignatureState.PENDING:
        values = {"seat": 1, "proved_at": values["confirmed_at"]} | values
    signature = Signature(**values)
    session.add(signature)
    session.flush()
    return signature


def make_located(
    session: Session, campaign: Campaign, district: District, how_many: int = 1
) -> list[Signature]:
    """Add signatures that lie in the district and wait to be counted, each from a network alone."""
    signatures = [
        make_signature(
            session,
            campaign,
            state=SignatureState.LOCATED,
            due_at=None,
            networks=invent_network(),
        )
        for _ in range(how_many)
    ]
    session.add_all(
        Placement(
            signature_id=signature.id,
            layer=district.layer,
            district_id=district.id,
            found_by="polygon",
        )
        for signature in signatures
    )
    session.flush()
    return signatures


def allow_reply(session: Session, signature_id: int, **changes: Any) -> ReplyConsent:
    """Add that offices may write back to a signer."""
    values: dict[str, Any] = {"wording": "They may write to me.", "given_at": utcnow()}
    consent = ReplyConsent(signature_id=signature_id, **(values | changes))
    session.add(consent)
    session.flush()
    return consent


def make_offer(session: Session, campaign: Campaign, **changes: Any) -> ConsentOffer:
    """Add an offer of the organization ``slug``, which is made if there is none."""
    slug = changes.pop("slug", "riders")
    group = session.scalar(select(Organization).where(Organization.slug == slug))
    if group is None:
        group = Organization(slug=slug, name=slug.replace("-", " ").title())
        session.add(group)
        session.flush()
    values: dict[str, Any] = {
        "campaign_id": campaign.id,
        "organization_id": group.id,
        "purpose": "contact",
        "wording": "May write to me.",
        "created_at": utcnow(),
    }
    offer = ConsentOffer(**(values | changes))
    session.add(offer)
    session.flush()
    return offer


def make_base(
    session: Session, organization_id: int, at: tuple[float, float], **changes: Any
) -> OrganizationBase:
    """Add a base of an organization that staff approved."""
    values: dict[str, Any] = {
        "name": "Somewhere",
        "asked_by": "partner:1",
        "asked_at": utcnow(),
        "decision": "approved",
        "decided_at": utcnow(),
        "decided_by": "staff:1",
    }
    base = OrganizationBase(
        organization_id=organization_id, latitude=at[0], longitude=at[1], **(values | changes)
    )
    session.add(base)
    session.flush()
    return base


def make_consent(
    session: Session, signature_id: int, offer: ConsentOffer, **changes: Any
) -> Consent:
    """Add that a signer has given what is offered."""
    values: dict[str, Any] = {"given_at": utcnow(), "source": "form"}
    copied = {name: getattr(offer, name) for name in ("campaign_id", "organization_id", "purpose")}
    row = values | copied | changes
    consent = Consent(signature_id=signature_id, offer_id=offer.id, **row)
    session.add(consent)
    session.flush()
    return consent


def make_letter(delivery: Delivery, names: int, rendered_at: datetime) -> Letter:
    """A letter for the delivery's milestone and post, whose PDF nobody reads; not added yet."""
    return Letter(
        milestone_id=delivery.milestone_id,
        post_id=delivery.post_id,
        sha256="a" * 64,
        pages=4,
        size=1000,
        names=names,
        addressee=["Board"],
        rendered_at=rendered_at,
    )


def make_tally(
    session: Session,
    campaign: Campaign,
    district: District,
    live: int,
    reached: int = 0,
    *,
    several_networks: bool = True,
) -> None:
    """Set a district's count, with the milestones below it and without anybody who signed."""
    for number in range(1, reached + 1):
        milestone = Milestone(
            campaign_id=campaign.id,
            district_id=district.id,
            number=number,
            follows=number - 1 or None,
            threshold=number * campaign.step,
            code=f"T{district.id:03}{number:04}",
            reached_at=utcnow(),
            state="cleared",
        )
        session.add(milestone)
        session.flush()
    tally = Tally(
        campaign_id=campaign.id,
        district_id=district.id,
        step=campaign.step,
        live=live,
        joined=max(live, reached * campaign.step),
        reached=reached or None,
        updated_at=utcnow(),
        several_networks=several_networks,
    )
    session.merge(tally)


def invent_network() -> bytes:
    """Return the hash of a network that nobody else came from."""
    number = next(_networks)
    # Of one test's people no two in a bucket (petition/models/signatures/network_bucket.py).
    return bytes([number % 256]) + sha256(b"network %d" % number).digest()[: NETWORK_BYTES - 1]


def renew_counts() -> None:
    """Renew what the public is told of every campaign, as the reconciler does in time."""
    read = select(Campaign.id, PublicTotal.counted_at).outerjoin(PublicTotal).order_by(Campaign.id)
    for campaign_id, read_at in db.session.execute(read).all():
        db.session.rollback()
        public_snapshot.renew_counts(campaign_id, read_at, utcnow())


def render_milestone(milestone_id: int, store: LetterStore) -> list[int]:
    """Do what the render job does: look at the hundred, then make its letters."""
    look_at(milestone_id)
    return make_letters(milestone_id, store)
