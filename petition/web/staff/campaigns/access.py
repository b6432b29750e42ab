"""What the pages of campaigns require: the permission to edit campaigns, or one campaign."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from flask_security import auth_required
from sqlalchemy import select

from petition.accounts.permissions import PERMISSIONS, Permission
from petition.campaigns.campaign_problems import CampaignProblem
from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.models import Campaign, RoleGrant, User
from petition.models.campaigns.campaign import SLUG
from petition.web.portals.guards import allows
from petition.web.staff.scopes import check_anywhere

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class EditedCampaign:
    """The campaign of a page, as it was when the request began."""

    id: int
    slug: str
    title: str
    state: str
    ask: str


def requires_editing(view: View) -> View:
    """Require that the signed-in account may edit the campaign of the view's ``slug``.

    - The view gets an EditedCampaign in place of the slug. Without the permission for any campaign:
      403. For others than this one: NotFound, as for a campaign that does not exist.
    """

    @wraps(view)
    def guarded(*, slug: str, **kwargs: Any) -> Any:
        check_anywhere(Permission.CAMPAIGNS_EDIT)
        return view(find_edited(slug), **kwargs)

    return cast(View, auth_required("session")(guarded))


def find_edited(slug: str) -> EditedCampaign:
    """Return a campaign that the account may edit; raises NotFound."""
    if not SLUG.fullmatch(slug):
        raise NotFound(CampaignProblem.NOT_FOUND)
    row = db.session.execute(
        select(Campaign.id, Campaign.slug, Campaign.title, Campaign.state, Campaign.ask).where(
            Campaign.slug == slug
        )
    ).one_or_none()
    if row is None or not allows(Permission.CAMPAIGNS_EDIT, campaign_id=row.id):
        raise NotFound(CampaignProblem.NOT_FOUND)
    return EditedCampaign(*row)


def list_editors() -> dict[int | None, list[str]]:
    """Return the addresses of who may edit, by campaign; None: all campaigns."""
    roles = [role for role, allowed in PERMISSIONS.items() if Permission.CAMPAIGNS_EDIT in allowed]
    rows = db.session.execute(
        select(RoleGrant.campaign_id, User.email)
        .join(User, User.id == RoleGrant.user_id)
        .where(RoleGrant.role.in_(roles), RoleGrant.organization_id.is_(None), User.active)
        .distinct()
        .order_by(User.email)
    )
    found: dict[int | None, list[str]] = {}
    for campaign_id, email in rows:
        found.setdefault(campaign_id, []).append(email)
    return found


def load_campaign(edited: EditedCampaign) -> Campaign:
    """Return the row of the campaign of a page."""
    return db.session.get_one(Campaign, edited.id)
