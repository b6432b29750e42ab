"""What organizations ask the signers of a campaign to allow, each with its wording."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Campaign, ConsentOffer, ConsentPurpose, Organization, OrganizationState
from petition.models.campaigns.campaign import SLUG
from petition.partners.default_wordings import find_wording
from petition.partners.organizations import PURPOSE, join_campaign, withdraw_offer
from petition.partners.partner_list import list_partners
from petition.validation.printable import make_printable
from petition.web.portals.guards import get_actor
from petition.web.staff.campaigns.access import EditedCampaign, requires_editing
from petition.web.staff.campaigns.editor import ONE
from petition.web.staff.pages import blueprint

LONGEST_WORDING = 500  # characters
PURPOSES = {
    ConsentPurpose.UPDATES.value: "Updates: its news and events, by e-mail",
    ConsentPurpose.CONTACT.value: "Contact: its members may look signers up and write to them",
}


@blueprint.get(f"{ONE}/consents")
@requires_editing
def list_campaign_consents(edited: EditedCampaign) -> ResponseReturnValue:
    """Show the organizations of a campaign and what each asks, and the form for another."""
    return _show(edited)


@blueprint.post(f"{ONE}/consents")
@requires_editing
def change_consents(edited: EditedCampaign) -> ResponseReturnValue:
    """Add or reword what is asked, or ask it no more.

    - ``do``: ``ask`` (``wording``; ours if it is empty), ``list`` (supports it and asks nothing) or
      ``stop``; of ``organization`` and ``purpose``.
    """
    form, what = request.form, request.form.get("do", "")
    slug, purpose = form.get("organization", ""), form.get("purpose", "")
    wording = make_printable(form.get("wording", ""))
    if what == "stop" and SLUG.fullmatch(slug) and PURPOSE.fullmatch(purpose):
        found = withdraw_offer(slug, edited.slug, purpose, actor=get_actor())
        flash(
            "Signers are no longer asked. Consents already given are kept."
            if found
            else "Signers were not asked for it."
        )
        return _go_back(edited)
    wrong = {}
    if slug not in {known for known, _ in _list_organizations()}:
        wrong["organization"] = "Choose an organization."
    if what != "list" and purpose not in PURPOSES:
        wrong["purpose"] = "Choose what it asks for."
    if len(wording) > LONGEST_WORDING:
        wrong["wording"] = f"Use at most {LONGEST_WORDING} characters; these are {len(wording)}."
    if wrong:
        return _show(edited, wrong), 400
    offers = {} if what == "list" else {purpose: wording}
    join_campaign(slug, edited.slug, offers, actor=get_actor())
    flash(
        "The organization is listed as a supporter."
        if what == "list"
        else "Signers are asked from now on."
    )
    return _go_back(edited)


def _list_organizations() -> list[tuple[str, str]]:
    query = select(Organization.slug, Organization.name).where(
        Organization.state == OrganizationState.APPROVED
    )
    return [(slug, name) for slug, name in db.session.execute(query.order_by(Organization.name))]


def _list_offers(edited: EditedCampaign) -> dict[str, list[tuple[str, str]]]:
    """Return purpose and wording of what is asked now, by the organization's slug."""
    rows = db.session.execute(
        select(Organization.slug, ConsentOffer.purpose, ConsentOffer.wording)
        .join(Organization, Organization.id == ConsentOffer.organization_id)
        .where(ConsentOffer.campaign_id == edited.id, ConsentOffer.retired_at.is_(None))
        .order_by(ConsentOffer.id)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for slug, purpose, wording in rows:
        found.setdefault(slug, []).append((purpose, wording))
    return found


def _show(edited: EditedCampaign, wrong: dict[str, str] | None = None) -> Response:
    language = db.session.get_one(Campaign, edited.id).language
    page = render_template(
        "staff/campaigns/consents.html",
        edited=edited,
        partners=list_partners(edited.id),
        offers=_list_offers(edited),
        organizations=_list_organizations(),
        purposes=PURPOSES,
        ours={purpose: find_wording(purpose, "(its name)", language) for purpose in PURPOSES},
        longest=LONGEST_WORDING,
        wrong=wrong or {},
        typed=request.form if wrong else {},
    )
    return make_response(page)


def _go_back(edited: EditedCampaign) -> ResponseReturnValue:
    return redirect(url_for("staff.list_campaign_consents", slug=edited.slug), 303)
