"""The members of an organization: invite, give another role, remove. Each needs a recent proof."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts.invitation_list import list_invitations
from petition.accounts.invitations import invite
from petition.accounts.permissions import Permission
from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput, NotFound, UserError
from petition.error_messages.description import describe_error, describe_fields
from petition.models import GROUP_ROLES, RoleName
from petition.partners.partner_problems import PartnerProblem
from petition.partners.profile.group_members import (
    call_back_own,
    change_role,
    list_members,
    remove_member,
)
from petition.partners.profile.own_groups import OwnGroup
from petition.validation.whole_numbers import read_whole
from petition.web.partner.organization_guard import of_organization
from petition.web.partner.pages import blueprint
from petition.web.portals.guards import get_actor, requires_recent

ROLES = {
    RoleName.OWNER: "owner: runs the organization",
    RoleName.ORGANIZER: "organizer: finds and writes to people",
    RoleName.VIEWER: "viewer: reads the totals",
}


@blueprint.get("/<slug:slug>/members")
@of_organization(Permission.MEMBERS_MANAGE)
def list_group_members(group: OwnGroup) -> ResponseReturnValue:
    """Show the members and the invitations."""
    return _show(group)


@blueprint.post("/<slug:slug>/members")
@of_organization(Permission.MEMBERS_MANAGE)
@requires_recent
def change_group_members(group: OwnGroup) -> ResponseReturnValue:
    """Invite an address, change a role, remove a member, or call an invitation back.

    - ``do``: ``invite`` (``email``, ``role``), ``change`` (``member``, ``role``), ``remove``
      (``member``) or ``call-back`` (``invitation``).
    """
    try:
        flash(_act(group))
    except InvalidInput as refused:
        return _show(group, " ".join(describe_fields(refused).values())), refused.status
    except NotFound as refused:
        return _show(group, describe_error(refused)), refused.status
    return redirect(url_for("partner.list_group_members", slug=group.slug), 303)


def _act(group: OwnGroup) -> str:
    form, actor = request.form, get_actor()
    what = form.get("do", "")
    if what == "invite":
        email = form.get("email", "").strip()
        invite(email, _read_role(), actor=actor, organization_id=group.id)
        return "The invitation will be sent."
    if what == "change":
        change_role(group.id, _read_id("member"), _read_role(), actor=actor)
        return "The role is changed."
    if what == "remove":
        remove_member(group.id, _read_id("member"), actor=actor)
        return "The member is removed. What they have open shows nothing more."
    if what == "call-back":
        call_back_own(group.id, _read_id("invitation"), actor=actor)
        return "The invitation is called back. Its link no longer works."
    raise _refuse()


def _read_role() -> RoleName:
    said = request.form.get("role", "")
    if said not in [role.value for role in GROUP_ROLES]:
        raise _refuse()
    return RoleName(said)


def _read_id(name: str) -> int:
    number = read_whole(request.form.get(name, ""), LARGEST_ID)
    if number is None:
        raise _refuse()
    return number


def _refuse() -> UserError:
    return NotFound(PartnerProblem.NO_MEMBER)


def _show(group: OwnGroup, refused: str = "") -> str:
    return render_template(
        "partner/members.html",
        group=group,
        members=list_members(group.id),
        invitations=[one for one in list_invitations(group.id) if one.state in ("open", "expired")],
        roles=ROLES,
        refused=refused,
        typed=request.form,
    )
