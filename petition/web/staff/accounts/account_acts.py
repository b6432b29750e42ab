"""What admins change about accounts. Each form needs a recent proof, and leaves an event."""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from petition.accounts import account_changes
from petition.accounts.account_list import find_email
from petition.accounts.account_problems import AccountProblem
from petition.accounts.account_sessions import revoke_another
from petition.accounts.invitations import call_back, send_again
from petition.accounts.permissions import Permission
from petition.accounts.second_factors import reset_second_factor
from petition.accounts.staff_accounts import end_sessions
from petition.core.columns import LARGEST_BIG_ID, LARGEST_ID
from petition.core.errors import InvalidInput, NotFound, Problem, UserError
from petition.core.queues import Stage, wake
from petition.error_messages.description import describe_error, describe_fields
from petition.models import RoleName
from petition.validation.whole_numbers import read_whole
from petition.web.portals.guards import get_actor, requires, requires_recent
from petition.web.staff.accounts.account_pages import ONE, show_list, show_one
from petition.web.staff.pages import blueprint


@blueprint.post("/accounts")
@requires(Permission.ACCOUNTS_MANAGE)
@requires_recent
def change_invitations() -> ResponseReturnValue:
    """Invite somebody, or send an invitation again or call it back.

    - ``do``: ``invite`` (``email``, ``role``, ``scope``), ``again`` or ``call-back``
      (``invitation``).
    """
    try:
        flash(_change_invitation())
    except InvalidInput as refused:
        field, problem = next(iter(describe_fields(refused).items()))
        words = f"The {field} {problem}." if field in ("email", "role") else problem
        return show_list(refused=words, field=field), refused.status
    except UserError as refused:
        return show_list(refused=describe_error(refused)), refused.status
    wake(Stage.MAIL)
    return redirect(url_for("staff.list_people"), 303)


@blueprint.post(ONE)
@requires(Permission.ACCOUNTS_MANAGE)
@requires_recent
def change_person(account_id: int) -> ResponseReturnValue:
    """Change an account.

    - ``do``: ``grant`` (``role``, ``scope``), ``revoke`` (``grant``), ``end`` (``session``),
      ``end-all``, ``reset-factor`` (``sure``), ``close`` or ``open``.
    """
    find_email(account_id)  # one that does not exist has no page to say why
    act = ACTS.get(request.form.get("do", ""))
    try:
        account_changes.refuse_own(account_id, get_actor())
        if act is None:
            raise NotFound(AccountProblem.GRANT_ENDED)
        flash(act(account_id))
    except InvalidInput as refused:
        words = " ".join(describe_fields(refused).values())
        return show_one(account_id, words), refused.status
    except UserError as refused:
        return show_one(account_id, describe_error(refused)), refused.status
    wake(Stage.MAIL)
    return redirect(url_for("staff.show_person", account_id=account_id), 303)


def _change_invitation() -> str:
    form, actor = request.form, get_actor()
    what, number = form.get("do", ""), read_whole(form.get("invitation", ""), LARGEST_ID) or 0
    if what == "invite":
        campaign_id, organization_id = _read_scope()
        account_changes.invite_another(
            form.get("email", "").strip(),
            _read_role(),
            actor=actor,
            campaign_id=campaign_id,
            organization_id=organization_id,
        )
        return "The invitation will be sent."
    if what == "again":
        send_again(number, actor=actor)
        return "The invitation will be sent again, with a new link. The earlier one is void."
    if what == "call-back":
        call_back(number, actor=actor)
        return "The invitation is called back. Its link no longer works."
    raise NotFound(AccountProblem.NO_INVITATION)


def _grant(account_id: int) -> str:
    role, (campaign_id, organization_id) = _read_role(), _read_scope()
    is_new = account_changes.give_role(
        account_id,
        role,
        actor=get_actor(),
        campaign_id=campaign_id,
        organization_id=organization_id,
    )
    return (
        f"The account now has the role {role}."
        if is_new
        else f"The account already has the role {role}."
    )


def _revoke(account_id: int) -> str:
    number = read_whole(request.form.get("grant", ""), LARGEST_ID) or 0
    account_changes.revoke_grant(account_id, number, actor=get_actor())
    return "The role is removed. Pages that are open no longer show what it allowed."


def _end_one(account_id: int) -> str:
    number = read_whole(request.form.get("session", ""), LARGEST_BIG_ID) or 0
    if revoke_another(account_id, number, actor=get_actor()):
        return "The session has ended."
    return "This session has ended already."


def _end_all(account_id: int) -> str:
    end_sessions(account_id, actor=get_actor())
    return "All sessions of the account have ended."


def _reset_factor(account_id: int) -> str:
    if request.form.get("sure") != "1":
        raise InvalidInput({"sure": Problem(AccountProblem.OWNER_NOT_SURE)})
    reset_second_factor(find_email(account_id), actor=get_actor())
    return "The second factor is removed, and all sessions have ended. The owner gets an e-mail."


def _close(account_id: int) -> str:
    account_changes.allow_sign_in(find_email(account_id), False, actor=get_actor())
    return "The account is closed, and all of its sessions have ended. Its roles are kept."


def _open(account_id: int) -> str:
    account_changes.allow_sign_in(find_email(account_id), True, actor=get_actor())
    return "The account is open again and can sign in."


ACTS: dict[str, Callable[[int], str]] = {
    "grant": _grant,
    "revoke": _revoke,
    "end": _end_one,
    "end-all": _end_all,
    "reset-factor": _reset_factor,
    "close": _close,
    "open": _open,
}


def _read_role() -> RoleName:
    said = request.form.get("role", "")
    if said not in list(RoleName):
        raise InvalidInput({"role": Problem(AccountProblem.ROLE_UNSCOPED)})
    return RoleName(said)


def _read_scope() -> tuple[int | None, int | None]:
    """Return the campaign's and the organization's id; both None for the whole service."""
    scope = request.form.get("scope", "")
    if not scope:
        return None, None
    kind, _, said = scope.partition(":")
    number = read_whole(said, LARGEST_ID)
    if kind not in ("campaign", "organization") or number is None:
        raise InvalidInput({"scope": Problem(AccountProblem.SCOPE_UNKNOWN)})
    return (number, None) if kind == "campaign" else (None, number)
