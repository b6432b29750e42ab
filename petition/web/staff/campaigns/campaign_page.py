"""The page of one campaign for staff: its state, and the pages about it."""

from flask import render_template
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.core.extensions import db
from petition.dispatch.pauses import is_paused
from petition.web.staff.campaigns.access import get_campaign, requires_for_campaign
from petition.web.staff.pages import blueprint


@blueprint.get("/campaigns/<slug:slug>")
@requires_for_campaign(Permission.CAMPAIGNS_EDIT)
def show_campaign(slug: str) -> ResponseReturnValue:
    """Show a campaign, also a draft."""
    campaign = get_campaign(slug)
    return render_template(
        "staff/campaigns/campaign.html",
        campaign=campaign,
        paused=is_paused(db.session(), campaign.id),
    )
