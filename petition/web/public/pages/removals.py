"""Why a campaign's count went down: the public log of signatures that left it."""

from datetime import UTC, date, datetime, time

from flask import Response, make_response, render_template

from petition.counting.public_removals import list_removals
from petition.web.public.blueprint import public
from petition.web.public.pages.campaigns import find_campaign


@public.get("/campaigns/<slug:slug>/removals")
def show_removals(slug: str) -> Response:
    """Show the published periods, the latest first."""
    campaign = find_campaign(slug)
    removals = list_removals(campaign.id)
    return make_response(
        render_template(
            "public/removals.html", campaign=campaign, removals=removals, at_noon=_take_noon
        )
    )


def _take_noon(day: date) -> datetime:
    """Return a moment of a day in UTC that is on the same day in each zone of the country."""
    return datetime.combine(day, time(12), UTC)
