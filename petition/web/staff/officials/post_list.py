"""The list of posts: who holds each, and whether letters reach it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from petition.accounts.permissions import Permission
from petition.core.columns import LARGEST_ID
from petition.core.extensions import db, get_settings
from petition.delivery.channels import get_channel
from petition.models import Campaign
from petition.officials.checks.placed_posts import LAYERS
from petition.officials.directory.post_filters import UNREACHABLE, VACANT, PostFilters
from petition.officials.directory.post_list import list_posts
from petition.officials.rosters.mailing_address import tidy
from petition.postal.us_states import BY_CODE
from petition.validation.whole_numbers import read_whole
from petition.web.portals.guards import requires
from petition.web.staff.pages import blueprint

LONGEST_TEXT = 100
NEEDS = (VACANT, UNREACHABLE)


@dataclass(frozen=True, slots=True)
class PostQuery:
    """The filters of an address; ``unread`` names its parameters with invalid values."""

    filters: PostFilters
    after: int | None
    unread: tuple[str, ...]

    def as_query(self, **changes: str) -> dict[str, str]:
        """Return the filters as parameters, with changes; the place in the list is not one."""
        return {name: text for name, text in (asdict(self.filters) | changes).items() if text}


@blueprint.get("/officials")
@requires(Permission.OFFICIALS_READ)
def list_officials() -> ResponseReturnValue:
    """Show the posts that match the filters."""
    asked = read_query(request.args)
    channel = get_settings().channel
    campaigns = db.session.execute(select(Campaign.slug, Campaign.title).order_by(Campaign.id))
    return render_template(
        "staff/officials/list.html",
        asked=asked,
        filters=asked.filters,
        page=list_posts(asked.filters, asked.after, needs_email()),
        channel=channel,
        campaigns=campaigns.all(),
        LAYERS=LAYERS,
        states=BY_CODE.values(),
    )


def needs_email() -> bool:
    """Return whether the channel of the letters needs an e-mail address."""
    settings = get_settings()
    return get_channel(settings.channel, settings).needs_email


def read_query(given: Mapping[str, str]) -> PostQuery:
    """Return the filters of a query; invalid values are listed in ``unread`` and ignored."""
    known = {"state": BY_CODE, "layer": LAYERS, "need": NEEDS}
    values, unread = {}, []
    for name in PostFilters.__dataclass_fields__:
        text = tidy(given.get(name, ""))[:LONGEST_TEXT].strip()
        if text and (name not in known or text in known[name]):
            values[name] = text
        elif given.get(name):
            unread.append(name)
    after = given.get("after", "")
    place = read_whole(after, LARGEST_ID)
    if after and place is None:
        unread.append("after")
    return PostQuery(PostFilters(**values), place, tuple(unread))
