"""The search for signatures by an exact e-mail address or name.

What is searched for is sent as a form, never in an address, and each search is an event.
"""

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.core.columns import LARGEST_BIG_ID
from petition.core.errors import InvalidInput, Problem
from petition.error_messages.description import describe_error, describe_fields
from petition.models import Campaign
from petition.signers.signature_lookup import FoundSignature
from petition.signers.staff_requests.request_problems import RequestProblem
from petition.signers.staff_requests.signature_search import (
    NameSearch,
    list_searchable,
    search_email,
    search_name,
)
from petition.validation.whole_numbers import read_whole
from petition.web.portals.guards import get_actor
from petition.web.staff.pages import blueprint
from petition.web.staff.scopes import find_scope, requires_somewhere
from petition.web.staff.signatures.search_limits import TooManySearches, count_search


@blueprint.get("/signatures")
@requires_somewhere(Permission.SIGNATURES_OPEN)
def ask_signature() -> ResponseReturnValue:
    """Show the two forms of the search."""
    return _show(_list_mine())


@blueprint.post("/signatures")
@requires_somewhere(Permission.SIGNATURES_OPEN)
def find_signatures() -> ResponseReturnValue:
    """Search, and show what was found without its people."""
    campaigns = _list_mine()
    try:
        if request.form.get("by") == "name":
            return _show(campaigns, by_name=_search_name(campaigns))
        return _show(campaigns, found=_search_email(campaigns))
    except InvalidInput as refused:
        return _show(campaigns, describe_fields(refused), refused.status)
    except TooManySearches as refused:
        page = _show(campaigns, {"": describe_error(refused)}, refused.status)
        page.headers["Retry-After"] = str(refused.seconds)
        return page


def _list_mine() -> list[Campaign]:
    return list_searchable(find_scope(Permission.SIGNATURES_OPEN))


def _search_email(campaigns: list[Campaign]) -> list[FoundSignature]:
    chosen = request.form.get("campaign", "")
    ids = [one.id for one in campaigns if not chosen or one.slug == chosen]
    if not ids:
        raise InvalidInput({"campaign": Problem(RequestProblem.CAMPAIGN_MISSING)})
    form = request.form
    count_search("email")
    return search_email(form.get("email", ""), ids, form.get("why", ""), get_actor())


def _search_name(campaigns: list[Campaign]) -> NameSearch:
    form = request.form
    ids = [one.id for one in campaigns if one.slug == form.get("campaign", "")]
    if not ids:
        raise InvalidInput({"campaign": Problem(RequestProblem.CAMPAIGN_MISSING)})
    count_search("name")
    after = read_whole(form.get("after", ""), LARGEST_BIG_ID) or 0
    return search_name(form.get("name", ""), ids[0], after, form.get("why", ""), get_actor())


def _show(
    campaigns: list[Campaign],
    problems: dict[str, str] | None = None,
    status: int = 200,
    *,
    found: list[FoundSignature] | None = None,
    by_name: NameSearch | None = None,
) -> Response:
    page = render_template(
        "staff/signatures.html",
        campaigns=campaigns,
        found=by_name.found if by_name else found,
        by_name=by_name,
        typed=request.form,
        problems=problems or {},
    )
    return make_response(page, status)
