"""The tokens of an organization: made, replaced and revoked by its owners."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput
from petition.error_messages.description import describe_fields
from petition.partners.profile.own_groups import OwnGroup
from petition.partners.tokens import token_store
from petition.partners.tokens.scopes import TokenScope
from petition.partners.tokens.token_store import NewToken
from petition.validation.whole_numbers import read_whole
from petition.web.partner.organization_guard import of_organization
from petition.web.partner.pages import blueprint
from petition.web.portals.guards import get_actor, requires_recent

SCOPE_WORDS = {
    TokenScope.CAMPAIGNS_READ: "read your campaigns and what you ask signers for",
    TokenScope.PEOPLE_READ: "read the people who consented to your group",
    TokenScope.PEOPLE_WRITE: "send in signatures, which their signers confirm by e-mail",
    TokenScope.CONSENTS_READ: "follow which consents are given and withdrawn",
    TokenScope.EXPORT: "make exports of the people who consented",
    TokenScope.ERASE: "ask for people's data to be erased",
    TokenScope.WEBHOOKS: "set up webhooks",
}
LARGEST_NUMBER = 9999


@blueprint.get("/<slug:slug>/api")
@of_organization(Permission.TOKENS_MANAGE)
def show_tokens(organization: OwnGroup) -> ResponseReturnValue:
    """Show the tokens, and the form for a new one."""
    return _show(organization)


@blueprint.post("/<slug:slug>/api")
@of_organization(Permission.TOKENS_MANAGE)
@requires_recent
def make_token(organization: OwnGroup) -> ResponseReturnValue:
    """Make a token and show it once."""
    try:
        made = token_store.create_token(
            organization.id,
            request.form.get("name", ""),
            request.form.getlist("scopes"),
            actor=get_actor(),
            days=_read_number("days"),
        )
    except InvalidInput as refused:
        return _show(organization, describe_fields(refused)), 422
    return _show(organization, made=made)


@blueprint.post("/<slug:slug>/api/<int:token_id>")
@of_organization(Permission.TOKENS_MANAGE)
@requires_recent
def change_token(organization: OwnGroup, token_id: int) -> ResponseReturnValue:
    """Revoke a token, or make another in its place and show that once."""
    token_id = min(token_id, LARGEST_ID)
    try:
        if request.form.get("do") == "rotate":
            made = token_store.rotate_token(organization.id, token_id, actor=get_actor())
            return _show(organization, made=made)
        token_store.revoke_token(organization.id, token_id, actor=get_actor())
    except InvalidInput as refused:
        return _show(organization, describe_fields(refused)), 422
    flash("The token is revoked.")
    return redirect(url_for("partner.show_tokens", slug=organization.slug), 303)


def _show(
    organization: OwnGroup, wrong: Mapping[str, str] | None = None, made: NewToken | None = None
) -> str:
    return render_template(
        "partner/tokens.html",
        organization=organization,
        tokens=token_store.list_tokens(organization.id),
        scopes=SCOPE_WORDS,
        typed=request.form,
        wrong=wrong or {},
        made=made,
        usual_days=token_store.USUAL_DAYS,
        overlap=token_store.USUAL_OVERLAP,
    )


def _read_number(name: str) -> int:
    """Return a small number of the form; 0, which none is, for anything else."""
    return read_whole(request.form.get(name, ""), LARGEST_NUMBER) or 0
