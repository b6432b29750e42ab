"""What pages require of a row: a permission for the campaign that it is of."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort
from flask_security import auth_required, current_user
from sqlalchemy import select

from petition.accounts.permissions import Permission, list_scope
from petition.core.errors import NotFound, ProblemCode
from petition.core.extensions import db
from petition.counting.counting_problems import CountingProblem
from petition.delivery.delivery_problems import DeliveryProblem
from petition.models import DeliveryIndex, Milestone
from petition.signers.staff_requests.request_problems import RequestProblem
from petition.signers.staff_requests.signature_view import find_campaign_of
from petition.web.portals.guards import allows

View = TypeVar("View", bound=Callable[..., Any])


def find_scope(permission: Permission) -> frozenset[int] | None:
    """Return the campaigns for which the signed-in account has a permission; None: all."""
    return list_scope(current_user.roles, permission)


def may_somewhere(permission: Permission) -> bool:
    """Return whether the signed-in account has a permission, for the service or any campaign."""
    return find_scope(permission) != frozenset()


def requires_somewhere(permission: Permission) -> Callable[[View], View]:
    """Require a permission for the service or for any campaign; the view shows only those.

    - Not signed in: redirects to the sign-in page. Signed in without the permission: 403.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            check_anywhere(permission)
            return view(*args, **kwargs)

        return cast(View, auth_required("session")(guarded))

    return decorate


def requires_for_delivery(permission: Permission) -> Callable[[View], View]:
    """Require a permission for the campaign of the view's ``delivery_id``.

    - Without it for any campaign: 403. Of a campaign that the account cannot read: NotFound, as for
      a delivery that does not exist. Of one that it can only read: 403.
    """

    def find(kwargs: Mapping[str, Any]) -> int | None:
        row = select(DeliveryIndex.campaign_id).where(DeliveryIndex.id == kwargs["delivery_id"])
        return db.session.scalar(row)

    return _require(permission, Permission.DELIVERIES_READ, find, DeliveryProblem.NOT_FOUND)


def requires_for_signature(permission: Permission) -> Callable[[View], View]:
    """Require a permission for the campaign of the view's ``signature_id``.

    - Without it for any campaign: 403. Of another campaign: NotFound, as for a signature that does
      not exist.
    """

    def find(kwargs: Mapping[str, Any]) -> int | None:
        return find_campaign_of(kwargs["signature_id"])

    return _require(permission, permission, find, RequestProblem.NOT_FOUND)


def requires_for_milestone(permission: Permission) -> Callable[[View], View]:
    """Require a permission for the campaign of the view's ``milestone_id``.

    - As ``requires_for_delivery``, with the permission to read milestones.
    """

    def find(kwargs: Mapping[str, Any]) -> int | None:
        row = select(Milestone.campaign_id).where(Milestone.id == kwargs["milestone_id"])
        return db.session.scalar(row)

    return _require(
        permission, Permission.MILESTONES_READ, find, CountingProblem.MILESTONE_NOT_FOUND
    )


def _require(
    permission: Permission,
    reading: Permission,
    find_campaign: Callable[[Mapping[str, Any]], int | None],
    missing: ProblemCode,
) -> Callable[[View], View]:
    """Require a permission for the campaign that the view's arguments are about.

    - Without it for any campaign: 403. Without ``reading`` for this one: NotFound with ``missing``,
      as where there is no campaign.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            check_anywhere(permission)
            campaign_id = find_campaign(kwargs)
            if campaign_id is None or not allows(reading, campaign_id=campaign_id):
                raise NotFound(missing)
            if not allows(permission, campaign_id=campaign_id):
                abort(403)
            return view(*args, **kwargs)

        return cast(View, auth_required("session")(guarded))

    return decorate


def check_anywhere(permission: Permission) -> None:
    """Answer 403 if the signed-in account has a permission for no campaign."""
    scope = find_scope(permission)
    if scope is not None and not scope:
        abort(403)
