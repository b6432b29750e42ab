"""The form of a campaign's definition as a page: new, edited, refused, or changed meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from flask import render_template
from sqlalchemy import select

from petition.accounts.permissions import Permission
from petition.campaigns.definition import SIGNED
from petition.campaigns.lifecycle import has_signers
from petition.campaigns.successors import may_follow
from petition.campaigns.versions.comparison import EditOverlap, show_value
from petition.campaigns.versions.definition_text import describe_campaign
from petition.campaigns.versions.edits import Basis
from petition.campaigns.versions.version_list import find_draft
from petition.core.extensions import db
from petition.models import Campaign, CampaignState, Organization, OrganizationState
from petition.web.staff.actor_names import name_actors
from petition.web.staff.campaigns import form_layout
from petition.web.staff.campaigns.access import EditedCampaign
from petition.web.staff.campaigns.definition_words import find_input, name_field
from petition.web.staff.campaigns.form_values import ZONES, Values, list_bill_rows, read_zone
from petition.web.staff.scopes import find_scope

MOST_BILLS = 20


@dataclass(frozen=True, slots=True)
class FormPage:
    """What a form shows.

    - ``values``: by the names of its inputs. ``wrong``: what is wrong, by the names of problems.
    - ``is_stale``: something was stored meanwhile; ``overlaps``: the fields that differ.
    - ``blanks``: empty rows of bills. ``follows``: the campaign whose successor this becomes;
      ``copied``: of which it is a copy. ``filled_from``: the name of the file.
    """

    values: Values
    wrong: dict[str, str] = field(default_factory=dict)
    overlaps: Sequence[EditOverlap] = ()
    is_stale: bool = False
    basis: Basis = Basis(0)
    blanks: int = 1
    copied: str = ""
    follows: str = ""
    filled_from: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class FieldContext:
    """What the macros of templates/staff/campaigns/_fields.html need beside a field.

    - ``find``: what is wrong with a field and its parts. ``rows``: of bills, with empty ones.
      ``current``: the definition in force. ``locked``: the names of fields that do not change.
      ``logos`` and ``others``: slug and name of what can be chosen.
    """

    values: Values
    wrong: dict[str, str]
    find: Callable[[str], str]
    rows: list[dict[str, str]]
    current: dict[str, Any]
    locked: set[str]
    logos: list[tuple[str, str]]
    others: list[tuple[str, str]]
    layout: ModuleType = form_layout
    show: Callable[[Any], str] = show_value


def render_form(page: FormPage, edited: EditedCampaign | None = None) -> str:
    """Return the page of a form; ``edited`` is None for a new campaign."""
    current: dict[str, Any] = {}
    locked: set[str] = set()
    draft = None
    if edited is not None:
        current = describe_campaign(db.session.get_one(Campaign, edited.id))
        locked = {"slug"} | (_find_locked(edited) - {one.partition(".")[0] for one in page.wrong})
        draft = find_draft(db.session(), edited.id)
    return render_template(
        "staff/campaigns/form.html",
        page=page,
        values=page.values,
        wrong=page.wrong,
        edited=edited,
        locked=locked,
        signed=bool(locked - {"slug"}),
        draft=draft,
        actors=name_actors({draft.actor} if draft else set()),
        layout=form_layout,
        ui=_gather(page, edited, current, locked),
        zones=ZONES,
        zone=read_zone(page.values),
        name_field=name_field,
        find_input=find_input,
        show_value=show_value,
        states=CampaignState,
    )


def _gather(
    page: FormPage, edited: EditedCampaign | None, current: dict[str, Any], locked: set[str]
) -> FieldContext:
    """Return what the macros of the fields need."""
    rows = list_bill_rows(page.values)

    def find(name: str) -> str:
        # A list's problem may name one of its items.
        said = [
            words
            for field, words in page.wrong.items()
            if field == name or field.startswith(f"{name}.")
        ]
        return " ".join(dict.fromkeys(said))

    return FieldContext(
        values=page.values,
        wrong=page.wrong,
        find=find,
        rows=rows + [{}] * min(page.blanks, MOST_BILLS - len(rows)),
        current=current,
        locked=locked,
        logos=_list_logos(),
        others=_list_others(edited),
    )


def _find_locked(edited: EditedCampaign) -> set[str]:
    if edited.state == CampaignState.DRAFT or not has_signers(db.session(), edited.id):
        return set()
    return set(SIGNED)


def _list_logos() -> list[tuple[str, str]]:
    query = select(Organization.slug, Organization.name).where(
        Organization.logo_type.is_not(None), Organization.state == OrganizationState.APPROVED
    )
    return [(slug, name) for slug, name in db.session.execute(query.order_by(Organization.name))]


def _list_others(edited: EditedCampaign | None) -> list[tuple[str, str]]:
    offered = may_follow(find_scope(Permission.CAMPAIGNS_EDIT))
    query = select(Campaign.slug, Campaign.title).where(offered).order_by(Campaign.id.desc())
    if edited is not None:
        query = query.where(Campaign.id != edited.id)
    return [(slug, title) for slug, title in db.session.execute(query)]
