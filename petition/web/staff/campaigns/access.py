"""What the pages of one campaign require: a permission for it, also by a role for it alone."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort
from flask_security import auth_required
from sqlalchemy import select

from petition.accounts.permissions import Permission
from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.models import Campaign
from petition.models.slug_problems import SlugProblem
from petition.web.portals.guards import allows
from petition.web.staff.scopes import find_scope

View = TypeVar("View", bound=Callable[..., Any])


def requires_for_campaign(permission: Permission) -> Callable[[View], View]:
    """Require a permission for the campaign of the view's ``slug``.

    - Without it for any campaign: 403. For a campaign that the account has no part in: NotFound, as
      for one that does not exist.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            scope = find_scope(permission)
            if scope is not None and not scope:
                abort(403)
            slug = kwargs["slug"]
            campaign_id = db.session.scalar(select(Campaign.id).where(Campaign.slug == slug))
            if campaign_id is None or not allows(permission, campaign_id=campaign_id):
                raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=slug)
            return view(*args, **kwargs)

        return cast(View, auth_required("session")(guarded))

    return decorate


def get_campaign(slug: str) -> Campaign:
    """Return the campaign of a page, also a draft; raises NotFound."""
    campaign = db.session.scalars(select(Campaign).where(Campaign.slug == slug)).one_or_none()
    if campaign is None:
        raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=slug)
    return campaign
