"""Signatures in review: the list for all staff, and the decisions for reviewers.

- The list shows no names. An address is shown only to a reviewer, on the page of the decision, and
  viewing it is recorded as an audit event.
"""

from collections.abc import Mapping

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.core.columns import LARGEST_BIG_ID, LARGEST_ID
from petition.core.errors import InvalidInput, Problem
from petition.core.extensions import db
from petition.error_messages.description import describe_fields
from petition.error_messages.staff_messages import StaffProblem
from petition.locating.retry import look_again
from petition.locating.review_decisions import OUTSIDE, open_address, settle
from petition.locating.review_queue import (
    PAGE,
    NotInReview,
    Waiting,
    count_waiting,
    get_waiting,
    list_districts,
    list_namings,
    list_waiting,
)
from petition.models.campaigns.layers import PARTIAL
from petition.postal.zip_places import list_possible_states
from petition.validation.whole_numbers import read_whole
from petition.web.portals.guards import get_actor
from petition.web.staff.pages import blueprint
from petition.web.staff.review_maps import draw_candidates
from petition.web.staff.scopes import find_scope, requires_for_signature, requires_somewhere
from petition.web.wording.review_texts import explain_review

# The largest ids of the columns: a larger number exists in neither table.
ONE = f"/review/<int(max={LARGEST_BIG_ID}):signature_id>"
# The choice that refers to the list of all districts below.
ELSEWHERE = "elsewhere"
OUTSIDE_ALL = "outside"


@blueprint.get("/review")
@requires_somewhere(Permission.REVIEW_LIST)
def list_review() -> ResponseReturnValue:
    """Show the signatures in review, oldest first."""
    scope = find_scope(Permission.REVIEW_LIST)
    counts = count_waiting(within=scope)
    reason = request.args.get("reason", "")
    after = read_whole(request.args.get("after", ""), LARGEST_BIG_ID) or 0
    found = list_waiting(reason if reason in counts else None, after, PAGE + 1, within=scope)
    return render_template(
        "staff/review.html",
        waiting=found[:PAGE],
        following=found[PAGE - 1].signature_id if len(found) > PAGE else None,
        counts=counts,
        reason=reason if reason in counts else "",
        after=after,
        explain=explain_review,
    )


@blueprint.get(ONE)
@requires_for_signature(Permission.SIGNATURES_REVIEW)
def show_waiting(signature_id: int) -> ResponseReturnValue:
    """Show the signer's address, the reason for review, and the districts to choose from."""
    return _show(signature_id)


@blueprint.post(ONE)
@requires_for_signature(Permission.SIGNATURES_REVIEW)
def settle_one(signature_id: int) -> ResponseReturnValue:
    """Place the signature in the districts that the reviewer chose."""
    waiting = get_waiting(signature_id)
    try:
        choices = _read_choices(waiting, request.form)
        settle(signature_id, choices, request.form.get("why", ""), get_actor())
    except InvalidInput as refused:
        return _show(signature_id, refused)
    flash(f"Signature {signature_id} is settled and will be counted.")
    return redirect(url_for("staff.list_review"), 303)


@blueprint.post(f"{ONE}/again")
@requires_for_signature(Permission.SIGNATURES_REVIEW)
def look_up_again(signature_id: int) -> ResponseReturnValue:
    """Locate the address again."""
    look_again(signature_id, get_actor())
    flash(
        f"Signature {signature_id} is being looked up again. If nothing new is found, it "
        "stays in this list."
    )
    return redirect(url_for("staff.list_review"), 303)


@blueprint.errorhandler(NotInReview)
def show_settled(error: NotInReview) -> ResponseReturnValue:
    """Show that the signature is no longer in review; nothing is stored."""
    page = render_template(
        "account/error.html",
        title="This signature is settled",
        words=(
            "Its signer, another member of staff or a new boundary set settled it first. You "
            "changed nothing."
        ),
        back=("staff.list_review", "Go to the signatures in review"),
    )
    return make_response(page, error.status)


def _show(signature_id: int, refused: InvalidInput | None = None) -> Response:
    waiting = get_waiting(signature_id)
    address = open_address(signature_id, get_actor())
    states = list_possible_states(address.region, address.postal_code)
    page = render_template(
        "staff/waiting.html",
        waiting=waiting,
        address=address,
        reason=explain_review(waiting.reason),
        namings=list_namings(signature_id) if waiting.waits_until else [],
        states=" and ".join(states),
        districts={
            layer: [district for state in states for district in list_districts(layer, state)]
            for layer in waiting.open_layers
        },
        maps={
            layer: draw_candidates(db.session(), layer, choices)
            for layer, choices in waiting.open_layers.items()
        },
        ELSEWHERE=ELSEWHERE,
        OUTSIDE_ALL=OUTSIDE_ALL,
        partial=PARTIAL,
        typed=request.form,
        problems=describe_fields(refused) if refused else {},
    )
    return make_response(page, refused.status if refused else 200)


def _read_choices(waiting: Waiting, form: Mapping[str, str]) -> dict[str, int]:
    """Return the chosen district of each open layer; raises InvalidInput where two are chosen."""
    choices, problems = {}, {}
    for layer in waiting.open_layers:
        ticked, listed = form.get(layer, ""), form.get(f"{layer}-{ELSEWHERE}", "")
        if listed and ticked not in ("", ELSEWHERE, listed):
            problems[layer] = Problem(StaffProblem.TWO_DISTRICTS)
        if ticked == OUTSIDE_ALL and layer in PARTIAL and not listed:
            choices[layer] = OUTSIDE
            continue
        chosen = listed if ticked in ("", ELSEWHERE) else ticked
        choices[layer] = read_whole(chosen, LARGEST_ID) or 0
    if problems:
        raise InvalidInput(problems)
    return choices
