"""Sending an application, and proving its address: only then is there something for staff."""

from datetime import timedelta
from hmac import compare_digest

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from petition.accounts.account_links import AccountLink, read_account_token
from petition.accounts.account_mails import make_secret, plan_mail
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import db, transaction
from petition.models import (
    AccountMailKind,
    Campaign,
    CampaignState,
    Organization,
    OrganizationApplication,
    OrganizationState,
    PortalName,
)
from petition.partners.applications.application_form import ApplicationForm
from petition.partners.applications.domain_proof import find_shared_domain
from petition.partners.bases.base_changes import add_base
from petition.partners.partner_problems import PartnerProblem
from petition.partners.slugs import APPLYING
from petition.postal.zip_places import known_postal_code

# How long the link works; then the application is deleted.
LINK_LIFE = timedelta(days=7)
# So many applications of one address a day get an e-mail: nobody fills another's mailbox.
MOST_A_DAY = 3


def list_open_campaigns() -> list[tuple[str, str, str]]:
    """Return slug, title and language of the campaigns that are open."""
    query = select(Campaign.slug, Campaign.title, Campaign.language)
    rows = db.session.execute(
        query.where(Campaign.state == CampaignState.OPEN).order_by(Campaign.slug)
    )
    return [(row.slug, row.title, row.language) for row in rows]


def apply(form: ApplicationForm, language: str) -> bool:
    """Store an application and mail the link that proves its address; return whether it was.

    - False over MOST_A_DAY: nothing is stored, and the page says the same.
    """
    known = {slug for slug, _, _ in list_open_campaigns()}
    now = utcnow()
    with transaction() as session:
        sent = session.scalar(
            select(func.count())
            .select_from(OrganizationApplication)
            .where(
                OrganizationApplication.email == form.email,
                OrganizationApplication.created_at > now - timedelta(days=1),
            )
        )
        if sent and sent >= MOST_A_DAY:
            return False
        row = OrganizationApplication(
            name=form.name,
            url=form.url,
            contact_name=form.contact_name,
            email=form.email,
            why=form.why,
            locality=form.locality,
            postal_code=form.postal_code,
            campaigns=[slug for slug in form.campaigns if slug in known],
            language=language,
            secret=make_secret(),
            created_at=now,
        )
        session.add(row)
        session.flush()
        plan_mail(session, AccountMailKind.APPLICATION, PortalName.PARTNER, application_id=row.id)
        record(session, "application.sent", "application", row.id, actor="visitor")
    return True


def look_at_application(token: str) -> tuple[str, str, bool]:
    """Return the name, the address and whether it is proved, of a link; changes nothing.

    - Raises NotFound for a forged, damaged or old link: all alike.
    """
    row = _find(db.session(), token)
    return row.name, row.email, row.proved_at is not None


def prove_address(token: str) -> None:
    """Prove the address of an application: it is listed for staff from then on.

    - A second time changes nothing. Raises NotFound as ``look_at_application`` does.
    """
    with transaction() as session:
        row = _find(session, token, lock=True)
        if row.proved_at is not None:
            return
        place = known_postal_code(row.postal_code)
        organization = Organization(
            slug=f"{APPLYING}{row.id}",
            name=row.name,
            url=row.url,
            locality=row.locality,
            state=OrganizationState.APPLIED,
        )
        session.add(organization)
        session.flush()
        if place is not None and place.latitude is not None and place.longitude is not None:
            at = place.latitude, place.longitude
            add_base(session, organization.id, row.locality, *at, by="visitor")
        row.organization_id, row.proved_at = organization.id, utcnow()
        row.domain = find_shared_domain(row.email, row.url)
        record(session, "application.proved", "application", row.id, actor="visitor")


def _find(session: Session, token: str, *, lock: bool = False) -> OrganizationApplication:
    row_id, secret = read_account_token(AccountLink.APPLICATION, token)
    row = session.get(OrganizationApplication, row_id, with_for_update=lock or None)
    if row is None or not compare_digest(row.secret, secret):
        raise NotFound(PartnerProblem.LINK_SPENT)
    if row.proved_at is None and row.created_at <= utcnow() - LINK_LIFE:
        raise NotFound(PartnerProblem.LINK_SPENT)
    return row
