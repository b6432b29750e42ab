"""The canonical URL of a page, for search engines and link previews.

- Only for public pages without a look-up or a token in their URL: those that may be found and
  shared. All others have none.
"""

from urllib.parse import urlencode

from flask import has_request_context, request, url_for

from petition.core.extensions import get_settings
from petition.counting.progress import Progress
from petition.models import Campaign
from petition.web.languages import FIELD, find_choice

LASTING = frozenset(
    f"public.{view}"
    for view in (
        "home",
        "show",
        "show_district",
        "show_map",
        "show_state_map",
        "list_groups",
        "show_group",
        "show_application",
        "find_letter",
        "show_privacy",
        "show_accessibility",
    )
)


def find_lasting_address() -> str | None:
    """Return the whole URL of the page of this request; None for a page that is not to be found.

    - Nothing of the query is kept but a language that was chosen.
    """
    if not has_request_context() or request.endpoint not in LASTING:
        return None
    if request.method not in ("GET", "HEAD"):
        return None
    chosen = find_choice()
    query = f"?{urlencode({FIELD: chosen})}" if chosen else ""
    return f"{get_settings().public_url}{request.path}{query}"


def find_preview_address(campaign: Campaign, district: Progress | None = None) -> str:
    """Return the whole URL of the picture of a campaign, or of a district, for link previews."""
    if district is None:
        return f"{get_settings().public_url}{url_for('public.show_preview', slug=campaign.slug)}"
    return f"{find_district_address(campaign, district)}/preview.png"


def find_district_address(campaign: Campaign, district: Progress) -> str:
    """Return the whole URL of a district's page, to be shared."""
    host = get_settings().public_url
    return f"{host}/campaigns/{campaign.slug}/districts/{district.layer}/{district.geoid}"
