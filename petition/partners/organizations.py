"""Create partner organizations, and add them to campaigns with their consent offers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.campaigns.offer_sets import store_offer_set
from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.errors import ImportRefused, NotFound
from petition.core.extensions import transaction
from petition.models import (
    Campaign,
    CampaignOrganization,
    ConsentOffer,
    ConsentPurpose,
    Organization,
    OrganizationRole,
)
from petition.models.slug_problems import SlugProblem
from petition.partners.bases.base_changes import add_base
from petition.partners.bases.base_list import list_bases
from petition.partners.logos import tell_logo_type
from petition.partners.offer_wordings import make_offer, rename_in_offers
from petition.partners.slugs import is_slug_refused
from petition.validation.names import read_organization_name

# As in the name of the form field: consent_<purpose>_<organization>.
PURPOSE = re.compile(r"[a-z]{1,20}", re.ASCII)
PURPOSES = frozenset(ConsentPurpose)


@dataclass(frozen=True, slots=True)
class OrganizationForm:
    """The data of an organization; ``at``: a base of it, latitude and longitude in degrees."""

    slug: str
    name: str
    url: str | None = None
    locality: str = ""
    about: str = ""
    at: tuple[float, float] | None = None
    logo_name: str = ""
    logo: bytes | None = None


def save_organization(form: OrganizationForm, *, actor: str = "cli") -> bool:
    """Insert or update the organization of a slug; return whether it is new.

    - Values that the form leaves empty are not changed. A base is added to those that it has, as
      approved by ``actor``.
    - Raises ImportRefused with what was expected.
    """
    _check(form)
    name = read_organization_name(form.name, "name")
    logo_type = tell_logo_type(form.logo_name, form.logo) if form.logo is not None else None
    with transaction() as session:
        found = session.scalar(select(Organization).where(Organization.slug == form.slug))
        if found is not None:
            session.refresh(found, with_for_update=True)
            rename_in_offers(session, found, name=name)
        organization = found or Organization(slug=form.slug, name=name)
        organization.url = form.url or organization.url
        organization.locality = form.locality or organization.locality or ""
        organization.about = form.about or organization.about or ""
        if form.logo is not None:
            organization.logo, organization.logo_type = form.logo, logo_type
        session.add(organization)
        session.flush()
        if form.at is not None:
            _add_base(session, organization, form.at, actor)
        action = "organization.updated" if found else "organization.created"
        record(session, action, "organization", organization.id, actor=actor)
        return found is None


def join_campaign(
    slug: str, campaign_slug: str, offers: Mapping[str, str], *, actor: str = "cli"
) -> None:
    """Add an organization to a campaign, with the consents that it asks signers for.

    - ``offers``: the wording by purpose; in place of an empty one for ``updates`` or ``contact``
      there is ours, in the campaign's language; after either the members of an umbrella group are
      named (offer_wordings.py). A wording is never edited: a
      new one retires the previous, and consents given to that keep their wording.
    - Raises NotFound, or ImportRefused for a purpose that cannot be part of a field name.
    """
    for purpose, wording in offers.items():
        if not PURPOSE.fullmatch(purpose) or not (wording.strip() or purpose in PURPOSES):
            raise ImportRefused(
                f"{purpose}: a purpose is one word in lowercase letters, with its wording after "
                "the ="
            )
    with transaction() as session:
        organization_id = _find(session, Organization, slug)
        campaign_id = _find(session, Campaign, campaign_slug)
        last = session.scalar(
            select(func.max(CampaignOrganization.position)).where(
                CampaignOrganization.campaign_id == campaign_id,
                CampaignOrganization.role == OrganizationRole.PARTNER,
            )
        )
        session.execute(
            insert_into(session, CampaignOrganization)
            .values(
                campaign_id=campaign_id,
                organization_id=organization_id,
                role=OrganizationRole.PARTNER,
                position=(last or 0) + 1,
            )
            .on_conflict_do_nothing()
        )
        for purpose, wording in offers.items():
            _offer(session, campaign_id, organization_id, purpose, wording.strip())
        store_offer_set(session.connection(), campaign_id)
        record(session, "organization.joined", "campaign", campaign_id, actor=actor)


def withdraw_offer(slug: str, campaign_slug: str, purpose: str, *, actor: str) -> bool:
    """Ask signers of a campaign no more for one consent; return whether they were asked.

    - Consents that were given stay. Raises NotFound.
    """
    with transaction() as session:
        organization_id = _find(session, Organization, slug)
        campaign_id = _find(session, Campaign, campaign_slug)
        retired = session.scalar(
            update(ConsentOffer)
            .where(
                ConsentOffer.campaign_id == campaign_id,
                ConsentOffer.organization_id == organization_id,
                ConsentOffer.purpose == purpose,
                ConsentOffer.retired_at.is_(None),
            )
            .values(retired_at=utcnow())
            .returning(ConsentOffer.id)
        )
        if retired is not None:
            store_offer_set(session.connection(), campaign_id)
            record(session, "organization.offer_withdrawn", "campaign", campaign_id, actor=actor)
    return retired is not None


def _add_base(
    session: Session, organization: Organization, at: tuple[float, float], actor: str
) -> None:
    session.get_one(Organization, organization.id, with_for_update=True)
    known = any((base.latitude, base.longitude) == at for base in list_bases(organization.id))
    if not known:
        add_base(session, organization.id, organization.locality, *at, by=actor, approved=True)


def _offer(
    session: Session, campaign_id: int, organization_id: int, purpose: str, wording: str
) -> None:
    shown = (
        ConsentOffer.campaign_id == campaign_id,
        ConsentOffer.organization_id == organization_id,
        ConsentOffer.purpose == purpose,
        ConsentOffer.retired_at.is_(None),
    )
    organization = session.get_one(Organization, organization_id, with_for_update=True)
    offer = make_offer(organization, session.get_one(Campaign, campaign_id), purpose, wording)
    if session.scalar(select(ConsentOffer.wording).where(*shown)) == offer.wording:
        return
    session.execute(update(ConsentOffer).where(*shown).values(retired_at=offer.created_at))
    session.add(offer)
    session.flush()


def _find(session: Session, kind: type[Organization] | type[Campaign], slug: str) -> int:
    found = session.scalar(select(kind.id).where(kind.slug == slug))
    if found is None:
        code = (
            SlugProblem.CAMPAIGN_UNKNOWN if kind is Campaign else SlugProblem.ORGANIZATION_UNKNOWN
        )
        raise NotFound(code, slug=slug)
    return found


def _check(form: OrganizationForm) -> None:
    if is_slug_refused(form.slug):
        raise ImportRefused(
            f"{form.slug}: use only lowercase letters, digits and single hyphens, at most 60 "
            "characters, and no word that the pages use themselves"
        )
    if form.url and urlsplit(form.url).scheme not in ("https", "http"):
        raise ImportRefused(f"{form.url}: a website's address must begin with https://")
    if form.at is not None:
        latitude, longitude = form.at
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise ImportRefused(
                "at: give latitude, then longitude, in degrees, such as 42.36,-71.06"
            )
