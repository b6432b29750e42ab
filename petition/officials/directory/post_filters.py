"""What the list of posts is asked for, as conditions of a query."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from petition.core.extensions import db
from petition.models import (
    BoundarySet,
    BoundaryState,
    Campaign,
    Correction,
    CorrectionField,
    District,
    Layer,
    Office,
    Official,
    Post,
    PostRole,
    Term,
)
from petition.models.campaigns.layers import ONE_CHAMBER, list_counted_layers
from petition.officials.district_index import STATE_LAYER
from petition.postal.us_states import BY_CODE, BY_DIVISION

VACANT = "vacant"
UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class PostFilters:
    """The filters of the list of posts; empty means all, several must all be met.

    - ``state``: a postal abbreviation. ``layer``: one of the layers of districts, or ``state`` for
      officials whom a whole state elects.
    - ``place``: part of a district's name or of a post's title, or a division id or its last part.
    - ``holder``: part of the name of who holds it. ``campaign``: a slug; its recipients only.
    - ``need``: VACANT, or UNREACHABLE: held, and without what the channel needs; or empty.
    """

    state: str = ""
    layer: str = ""
    place: str = ""
    holder: str = ""
    need: str = ""
    campaign: str = ""


def list_conditions(
    filters: PostFilters, today: date, needs_email: bool
) -> list[ColumnElement[bool]]:
    """Return the conditions of a query for posts.

    - A holder and UNREACHABLE find a few posts too many: who reads the posts judges them again.
    """
    found: list[ColumnElement[bool]] = [Post.active.is_(True)]
    if filters.state:
        found.append(_is_in_state(filters.state))
    if filters.layer:
        found.append(_is_in_layer(filters.layer))
    if filters.place:
        found.append(_is_named(filters.place))
    if filters.campaign:
        found.append(_is_recipient(filters.campaign))
    if filters.holder:
        found.append(_may_be_held_by(filters.holder, today))
    if filters.need == VACANT:
        found += [Post.is_body.is_(False), _is_vacant(today)]
    elif filters.need == UNREACHABLE:
        found.append(_may_be_unreachable(today) if needs_email else false())
    return found


def _is_in_state(code: str) -> ColumnElement[bool]:
    root = BY_CODE[code].division_id
    return or_(Post.division_id == root, Post.division_id.startswith(f"{root}/", autoescape=True))


def _select_divisions() -> Select[Any]:
    """Return a query for the division ids of the sets that are in force or loaded."""
    return (
        select(District.division_id)
        .join(BoundarySet, BoundarySet.id == District.boundary_set_id)
        .where(BoundarySet.state.in_((BoundaryState.ACTIVE, BoundaryState.LOADED)))
    )


def _is_in_layer(layer: str) -> ColumnElement[bool]:
    if layer == STATE_LAYER:
        return Post.division_id.in_(list(BY_DIVISION))
    here = District.division_id == Post.division_id
    return _select_divisions().where(here, District.layer == layer).exists()


def _is_named(text: str) -> ColumnElement[bool]:
    named = _select_divisions().where(District.name.icontains(text, autoescape=True))
    return or_(
        Post.title.icontains(text, autoescape=True),
        Post.division_id == text,
        Post.division_id.endswith(f"/{text}", autoescape=True),
        Post.division_id.in_(named),
    )


def _is_recipient(slug: str) -> ColumnElement[bool]:
    """Return whether a campaign writes to a post: see campaigns.layers.writes_to."""
    campaign = db.session.execute(
        select(Campaign.layers, Campaign.recipients).where(Campaign.slug == slug)
    ).one_or_none()
    if campaign is None:
        return false()
    found = []
    for layer in list_counted_layers(campaign.layers):
        areas = select(District.id).where(
            District.division_id == Post.division_id, District.in_force, District.layer == layer
        )
        if layer == Layer.SLDL:
            areas = areas.where(District.state.not_in(ONE_CHAMBER))
        elif layer not in campaign.layers:
            areas = areas.where(District.state.in_(ONE_CHAMBER))
        roles = campaign.recipients.get(layer)
        named = [] if roles is None else [Post.role.in_(_add_only_chamber(roles))]
        found.append(and_(areas.exists(), *named))
    return or_(false(), *found)


def _add_only_chamber(roles: list[str]) -> list[str]:
    chambers = {PostRole.UPPER, PostRole.LOWER}
    return [*roles, PostRole.LEGISLATURE] if chambers.intersection(roles) else roles


def _runs(today: date) -> ColumnElement[bool]:
    return and_(
        or_(Term.starts_on.is_(None), Term.starts_on <= today),
        or_(Term.ends_on.is_(None), Term.ends_on >= today),
    )


def _counts(today: date) -> ColumnElement[bool]:
    return and_(
        Correction.withdrawn_at.is_(None),
        or_(Correction.until.is_(None), Correction.until >= today),
    )


def _select_corrected(today: date) -> Select[Any]:
    return select(Correction.post_id).where(
        _counts(today), Correction.field == CorrectionField.HOLDER.value
    )


def _is_vacant(today: date) -> ColumnElement[bool]:
    held = select(Term.id).where(Term.post_id == Post.id, _runs(today)).exists()
    corrected = _select_corrected(today)
    return or_(
        Post.id.in_(corrected.where(Correction.value.is_(None))),
        and_(Post.id.not_in(corrected), ~held),
    )


def _may_be_held_by(text: str, today: date) -> ColumnElement[bool]:
    holders = (
        select(Term.post_id)
        .join(Official, Official.id == Term.official_id)
        .where(Official.name.icontains(text, autoescape=True), _runs(today))
    )
    named = _select_corrected(today).where(Correction.value.icontains(text, autoescape=True))
    return or_(Post.id.in_(holders), Post.id.in_(named))


def _may_be_unreachable(today: date) -> ColumnElement[bool]:
    corrected = select(Correction.post_id).where(_counts(today))
    own = select(Office.id).where(Office.post_id == Post.id, Office.email.is_not(None))
    of_holder = (
        select(Term.id)
        .join(Office, Office.official_id == Term.official_id)
        .where(Term.post_id == Post.id, _runs(today), Office.email.is_not(None))
    )
    return and_(
        or_(Post.is_body, ~_is_vacant(today)),
        or_(Post.id.in_(corrected), and_(~own.exists(), ~of_holder.exists())),
    )
