"""``/staff/accounts``: the accounts with their roles and sign-ins, and one account's page."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select

from petition.accounts.account_list import AccountFilter, list_accounts, read_account
from petition.accounts.invitation_list import list_invitations
from petition.accounts.permissions import Permission
from petition.core.columns import LARGEST_ID
from petition.core.extensions import db
from petition.models import GROUP_ROLES, STAFF_ROLES, Campaign, Organization
from petition.validation.whole_numbers import read_whole
from petition.web.portals.guards import requires
from petition.web.staff.accounts.account_words import tell_events
from petition.web.staff.pages import blueprint

ONE = f"/accounts/<int(max={LARGEST_ID}):account_id>"
LONGEST_WORDS = 254
FILTERS = {
    AccountFilter.STAFF: "staff",
    AccountFilter.PARTNERS: "members of organizations",
    AccountFilter.WITHOUT_FACTOR: "those who lack a second factor",
    AccountFilter.WITHOUT_ROLE: "those without a role",
    AccountFilter.CLOSED: "closed accounts",
}


@blueprint.get("/accounts")
@requires(Permission.ACCOUNTS_MANAGE)
def list_people() -> ResponseReturnValue:
    """Show a page of the accounts, and the invitations that wait."""
    return show_list()


@blueprint.post("/accounts/find")
@requires(Permission.ACCOUNTS_MANAGE)
def find_people() -> ResponseReturnValue:
    """Show the accounts whose address contains what was typed: by POST, so that no URL has it."""
    return show_list(words=request.form.get("words", ""))


@blueprint.get(ONE)
@requires(Permission.ACCOUNTS_MANAGE)
def show_person(account_id: int) -> ResponseReturnValue:
    """Show one account."""
    return show_one(account_id)


def show_list(words: str = "", refused: str = "", field: str = "") -> str:
    """Return the page of the list; ``refused``: why an invitation to ``field`` was not made."""
    said = "".join(character for character in words if character.isprintable())
    said = said[:LONGEST_WORDS].strip()
    which = request.args.get("show", "")
    page = list_accounts(
        AccountFilter(which) if which in list(AccountFilter) else None,
        read_whole(request.args.get("after", ""), LARGEST_ID),
        said,
    )
    return render_template(
        "staff/accounts.html",
        page=page,
        invitations=[one for one in list_invitations() if one.state in ("open", "expired")],
        filters=FILTERS,
        which=which,
        words=said,
        refused=refused,
        wrong_field=field,
        typed=request.form,
        **list_scopes(),
    )


def show_one(account_id: int, refused: str = "") -> str:
    """Return the page of an account; raises NotFound."""
    found = read_account(account_id)
    return render_template(
        "staff/account.html",
        account=found.line,
        sessions=found.sessions,
        entries=tell_events(found.events, account_id),
        is_own=account_id == current_user.id,
        refused=refused,
        typed=request.form,
        **list_scopes(),
    )


def list_scopes() -> dict[str, Any]:
    """Return the roles, and what they may be granted for, as the forms list them."""
    return {
        "staff_roles": STAFF_ROLES,
        "group_roles": GROUP_ROLES,
        "campaigns": db.session.execute(
            select(Campaign.id, Campaign.slug).order_by(Campaign.slug)
        ).all(),
        "organizations": db.session.execute(
            select(Organization.id, Organization.name).order_by(Organization.name)
        ).all(),
    }
