"""The page on which owners choose the districts of their organization's reach by name."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.audit.trail import write_line
from petition.core.errors import InvalidInput
from petition.error_messages.description import describe_fields
from petition.models import Layer
from petition.partners.bases.district_search import (
    FEWEST_LETTERS,
    MOST_FOUND,
    list_layers,
    name_districts,
    search_districts,
)
from petition.partners.profile.organization_edits import choose_districts, read_organization
from petition.partners.profile.own_groups import OwnGroup
from petition.web.forms import allow_long_form
from petition.web.partner.organization_guard import of_organization
from petition.web.partner.pages import blueprint
from petition.web.portals.guards import get_actor, is_signed_in

LONGEST_WORDS = 100
# Bytes of a form with 200 districts of one's own and 50 that were found, each by its id.
LONGEST_FORM = 128 * 1024


def init_app(app: Flask) -> None:
    """Let members who are signed in send long forms to this page, before any form is read."""
    allow_long_form(
        app, "partner.choose_reach", is_signed_in, body=LONGEST_FORM, texts=LONGEST_FORM
    )


@blueprint.get("/<slug:slug>/reach")
@of_organization(Permission.ORGANIZATION_EDIT)
def show_reach(group: OwnGroup) -> ResponseReturnValue:
    """Show the districts that are chosen, and those whose name has ``words``, of a ``layer``."""
    return _show(group)


@blueprint.post("/<slug:slug>/reach")
@of_organization(Permission.ORGANIZATION_EDIT)
def choose_reach(group: OwnGroup) -> ResponseReturnValue:
    """Store what was ticked: ``division`` of those ``shown``; what was not shown stays."""
    try:
        number = choose_districts(
            group.id,
            shown=request.form.getlist("shown"),
            chosen=request.form.getlist("division"),
            actor=get_actor(),
        )
    except InvalidInput as refused:
        return _show(group, describe_fields(refused)), refused.status
    flash(f"Saved: {number} {'district' if number == 1 else 'districts'}." if number else "Saved.")
    words, layer = _read_search()
    address = url_for(
        "partner.show_reach", slug=group.slug, words=words or None, layer=layer or None
    )
    return redirect(address, 303)


def _show(group: OwnGroup, wrong: dict[str, str] | None = None) -> str:
    stored, _ = read_organization(group.id)
    words, layer = _read_search()
    matches, has_more = search_districts(words, layer)
    chosen = set(stored.reach_divisions)
    return render_template(
        "partner/reach.html",
        group=group,
        chosen=name_districts(stored.reach_divisions),
        found=[one for one in matches if one.division_id not in chosen],
        is_found=bool(matches),
        has_more=has_more,
        ticked=set(request.form.getlist("division")) if wrong else set(),
        kilometers=stored.reach_km,
        words=words,
        layer=layer,
        layers=list_layers(),
        most=MOST_FOUND,
        is_short=0 < len(words) < FEWEST_LETTERS,
        wrong=wrong or {},
    )


def _read_search() -> tuple[str, str]:
    words = write_line(request.values.get("words", "")[:LONGEST_WORDS])
    layer = request.values.get("layer", "")
    return words, layer if layer in set(Layer) else ""
