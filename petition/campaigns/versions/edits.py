"""Stores an edit of a campaign that was made from a version: as the next one, or as its draft.

- Of two people who edit at once the second is refused with VersionChanged, and stores nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.campaigns.campaign_problems import CampaignProblem
from petition.campaigns.definition import CheckText, Definition, read_definition
from petition.campaigns.lifecycle import find_changes, store_changes
from petition.campaigns.problem_codes import DefinitionRefused
from petition.campaigns.versions.definition_text import tidy_definition, write_definition
from petition.campaigns.versions.version_list import find_draft, read_version
from petition.campaigns.versions.version_store import (
    VersionChanged,
    find_number,
    store_first_version,
)
from petition.core.clock import utcnow
from petition.core.errors import NotFound, Problem
from petition.core.extensions import transaction
from petition.models import Campaign, CampaignDraft
from petition.models.slug_problems import SlugProblem


@dataclass(frozen=True, slots=True)
class Basis:
    """What an edit was made from: the number of a version, and the draft's revision or 0."""

    number: int
    revision: int = 0


def publish_edit(
    slug: str,
    told: Mapping[str, Any],
    check_text: CheckText,
    basis: Basis,
    *,
    actor: str,
    note: str = "",
    scope: Collection[int] | None = None,
) -> list[str]:
    """Store an edit as the campaign's next version; return the fields that changed.

    - ``told``: a complete definition: what it leaves out gets its default. It ends the draft.
    - ``scope``: the campaigns that the actor may edit, None for all, as in ``find_changes``.
    - Raises DefinitionRefused, NotFound, or VersionChanged.
    """
    definition = read_definition(_name(told, slug), check_text)
    with transaction() as session:
        campaign = _lock(session, slug)
        changed = find_changes(session, campaign, definition, scope=scope)
        _check_basis(session, campaign.id, basis)
        store_changes(session, campaign, changed, actor=actor, note=note)
        _drop_draft(session, campaign.id)
    return list(changed)


def check_edit(
    slug: str,
    told: Mapping[str, Any],
    check_text: CheckText,
    *,
    scope: Collection[int] | None = None,
) -> tuple[Problem, ...]:
    """Return the problems for which an edit would be refused; raises NotFound."""
    definition = read_definition(_name(told, slug), check_text)
    with transaction() as session:
        try:
            find_changes(session, _lock(session, slug), definition, scope=scope)
        except DefinitionRefused as refused:
            return refused.problems
    return ()


def save_draft(
    slug: str,
    told: Mapping[str, Any],
    check_text: CheckText,
    basis: Basis,
    *,
    actor: str,
    scope: Collection[int] | None = None,
) -> int:
    """Store an edit as the draft of the campaign's next version; return the draft's revision.

    - Raises DefinitionRefused, as it could not be published, NotFound, or VersionChanged.
    """
    definition = read_definition(_name(told, slug), check_text)
    with transaction() as session:
        campaign = _lock(session, slug)
        find_changes(session, campaign, definition, scope=scope)
        _check_basis(session, campaign.id, basis)
        store_first_version(session, campaign)
        draft = CampaignDraft(
            campaign_id=campaign.id,
            revision=basis.revision + 1,
            base=find_number(session, campaign.id),
            definition=write_definition(complete_definition(campaign, definition)),
            actor=actor,
            saved_at=utcnow(),
        )
        session.add(draft)
        record(session, "campaign.drafted", "campaign", campaign.id, actor=actor)
        return draft.revision


def discard_draft(slug: str, revision: int, *, actor: str) -> None:
    """Delete the draft of a campaign's next version; raises NotFound, or VersionChanged."""
    with transaction() as session:
        campaign = _lock(session, slug)
        draft = find_draft(session, campaign.id)
        if draft is None:
            raise NotFound(CampaignProblem.NO_DRAFT)
        if draft.revision != revision:
            raise VersionChanged(find_number(session, campaign.id), draft.revision)
        _drop_draft(session, campaign.id)
        record(session, "campaign.draft_discarded", "campaign", campaign.id, actor=actor)


def put_back(slug: str, number: int, check_text: CheckText, basis: Basis, *, actor: str) -> int:
    """Store an earlier version's definition as the next version, and return that one's number.

    - Its successor stays that of now. Raises as ``publish_edit``.
    """
    with transaction() as session:
        campaign = _lock(session, slug)
        told = read_version(session, campaign.id, number)
        definition = read_definition(told, check_text)
        changed = find_changes(session, campaign, definition, kept={"successor"})
        changed.pop("successor", None)
        _check_basis(session, campaign.id, basis)
        note = f"version {number} again"
        store_changes(session, campaign, changed, actor=actor, note=note)
        return find_number(session, campaign.id)


def complete_definition(campaign: Campaign, definition: Definition) -> dict[str, Any]:
    """Return a definition that was read as it would be told again, under the campaign's slug."""
    return tidy_definition(definition.values | {"slug": campaign.slug})


def find_basis(session: Session, campaign_id: int) -> Basis:
    """Return what an edit that begins now is made from.

    - Its number is the draft's base while there is one: what changed since is shown when it is
      stored.
    """
    draft = find_draft(session, campaign_id)
    if draft is not None:
        return Basis(draft.base, draft.revision)
    return Basis(find_number(session, campaign_id))


def _check_basis(session: Session, campaign_id: int, basis: Basis) -> None:
    draft = find_draft(session, campaign_id)
    now = Basis(find_number(session, campaign_id), draft.revision if draft else 0)
    if now != basis:
        raise VersionChanged(now.number, now.revision)


def _lock(session: Session, slug: str) -> Campaign:
    # Whoever signs has locked the row's key; this waits for them.
    campaign = session.scalar(select(Campaign).where(Campaign.slug == slug).with_for_update())
    if campaign is None:
        raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=slug)
    return campaign


def _drop_draft(session: Session, campaign_id: int) -> None:
    session.execute(delete(CampaignDraft).where(CampaignDraft.campaign_id == campaign_id))


def _name(told: Mapping[str, Any], slug: str) -> dict[str, Any]:
    return dict(told) | {"slug": slug}
