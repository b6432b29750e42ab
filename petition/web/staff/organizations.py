"""Organizations: applications and changes that wait first, then those that are listed."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput, NotFound
from petition.error_messages.description import describe_error, describe_fields
from petition.models import StaffDecision
from petition.partners.applications.application_decisions import (
    approve,
    refuse,
    resume,
    suspend,
)
from petition.partners.applications.application_list import (
    list_applications,
    list_changes,
    list_organizations_for_staff,
)
from petition.partners.bases.base_changes import decide_base
from petition.partners.bases.base_list import list_waiting_bases
from petition.partners.partner_problems import PartnerProblem
from petition.partners.profile.organization_edits import decide_change
from petition.validation.whole_numbers import read_whole
from petition.web.portals.guards import get_actor, requires, requires_recent
from petition.web.staff.pages import blueprint

NAMES = {
    "name": "Name",
    "members": "Represents",
}


@blueprint.get("/organizations")
@requires(Permission.ORGANIZATIONS_APPROVE)
def list_groups() -> ResponseReturnValue:
    """Show what waits, and the organizations."""
    return _show()


@blueprint.post("/organizations")
@requires(Permission.ORGANIZATIONS_APPROVE)
@requires_recent
def decide_group() -> ResponseReturnValue:
    """Decide on an application, a change or a base, or suspend or resume an organization.

    - ``do``: ``approve`` or ``refuse`` (``application``, ``slug``, ``because``), ``take`` or
      ``leave`` (``change``), ``take-base`` or ``leave-base`` (``base``), ``suspend`` or ``resume``
      (``slug``).
    """
    try:
        flash(_decide())
    except InvalidInput as refused:
        return _show(" ".join(describe_fields(refused).values())), refused.status
    except NotFound as refused:
        return _show(describe_error(refused)), refused.status
    return redirect(url_for("staff.list_groups"), 303)


def _decide() -> str:
    form, actor = request.form, get_actor()
    what, because, slug = form.get("do"), form.get("because", ""), form.get("slug", "").strip()
    if what == "approve":
        chosen = approve(_read_id("application"), actor=actor, slug=slug, because=because)
        return f"Approved as {chosen}. The applicant is invited as its first owner."
    if what == "refuse":
        refuse(_read_id("application"), actor=actor, because=because)
        return "Refused."
    if what in ("take", "leave"):
        decision = StaffDecision.APPROVED if what == "take" else StaffDecision.REFUSED
        decide_change(_read_id("change"), decision, actor=actor, because=because)
        return f"The change is {decision}."
    if what in ("take-base", "leave-base"):
        decision = StaffDecision.APPROVED if what == "take-base" else StaffDecision.REFUSED
        decide_base(_read_id("base"), decision, actor=actor, because=because)
        return f"The base is {decision}."
    if what == "suspend":
        suspend(slug, actor=actor, because=because)
        return f"{slug} is suspended."
    if what == "resume":
        resume(slug, actor=actor, because=because)
        return f"{slug} is approved again."
    raise NotFound(PartnerProblem.NO_APPLICATION)


def _read_id(name: str) -> int:
    number = read_whole(request.form.get(name, ""), LARGEST_ID)
    if number is None:
        raise NotFound(PartnerProblem.NO_APPLICATION)
    return number


def _show(refused: str = "") -> str:
    return render_template(
        "staff/organizations.html",
        applications=list_applications(),
        refusals=list_applications(refused=True),
        changes=list_changes(),
        bases=list_waiting_bases(),
        organizations=list_organizations_for_staff(),
        names=NAMES,
        refused=refused,
        typed=request.form,
    )
