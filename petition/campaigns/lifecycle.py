"""Creates campaigns from a definition as drafts, updates them by it, opens and closes them."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record
from petition.campaigns.bills import OTHERS, SUBJECT, store_bills
from petition.campaigns.campaign_problems import CampaignProblem
from petition.campaigns.definition import (
    ATTRIBUTES,
    FIELDS,
    SIGNED,
    CheckText,
    Definition,
    read_definition,
)
from petition.campaigns.problem_codes import DefinitionProblem, DefinitionRefused
from petition.campaigns.successors import may_follow
from petition.campaigns.versions.version_store import store_first_version, store_version
from petition.core.clock import utcnow
from petition.core.errors import NotFound, Problem, UserError
from petition.core.extensions import transaction
from petition.models import (
    Campaign,
    CampaignState,
    Delivery,
    DeliveryState,
    Milestone,
    Organization,
    Signature,
)
from petition.models.slug_problems import SlugProblem

BILL_FIELDS = frozenset({*SUBJECT, OTHERS})
# The fields that decide how long a letter waits for its words to be read.
WAITING = frozenset({"comments", "comment_wait"})


def create_campaign(
    told: Mapping[str, Any], check_text: CheckText, *, actor: str = "cli", note: str = ""
) -> int:
    """Store a draft and return its id; ``told`` has the fields of a definition.

    - ``check_text`` returns the problem of a text's merge fields. ``note``: of its first version.
    - Raises DefinitionRefused with every problem, and then stores nothing.
    """
    definition = read_definition(told, check_text)
    with transaction() as session:
        problems = [*definition.problems, *_find_unknown(session, definition.values)]
        problems += _find_taken(session, definition.values.get("slug"))
        if problems:
            raise DefinitionRefused(problems)
        row = {
            ATTRIBUTES[name]: value
            for name, value in definition.values.items()
            if name not in BILL_FIELDS
        }
        campaign = Campaign(**row, state=CampaignState.DRAFT, created_at=utcnow())
        _link_owners(session, campaign)
        store_bills(session, campaign, definition.values)
        if not _add(session, campaign):
            # It was created by another process after the query.
            raise DefinitionRefused(_find_taken(session, campaign.slug))
        store_version(session, campaign, actor=actor, note=note)
        record(session, "campaign.created", "campaign", campaign.id, actor=actor)
        return campaign.id


def update_campaign(
    told: Mapping[str, Any],
    check_text: CheckText,
    *,
    dry_run: bool = False,
    actor: str = "cli",
    note: str = "",
) -> list[str]:
    """Change a campaign to match its definition; return the names of the fields that change.

    - The definition is complete: a field that it leaves out is reset to its default, except the
      successor, which has its own command.
    - The fields that people sign can be changed in a draft, and later until the first signature:
      then the text gets another version, and a form that shows the old text is refused. Once anyone
      has signed, each such field that would change is a problem.
    - All other fields take effect at once on pages and in mails, and from the next letter that is
      made; finished letters do not change.
    - Each change is another version of the definition (petition/campaigns/versions).
    - ``dry_run`` stores nothing.
    - Raises DefinitionRefused as ``create_campaign`` does, or NotFound.
    """
    definition = read_definition(told, check_text)
    with transaction() as session:
        campaign = lock_campaign(session, definition.values.get("slug"))
        found = find_changes(session, campaign, definition, kept={"successor"})
        if not dry_run and campaign is not None:
            store_changes(session, campaign, found, actor=actor, note=note)
    return list(found)


def find_changes(
    session: Session,
    campaign: Campaign | None,
    definition: Definition,
    *,
    kept: Collection[str] = (),
    scope: Collection[int] | None = None,
) -> dict[str, Any]:
    """Return the fields that a definition changes, with their values.

    - ``kept``: fields that keep their value where the definition leaves them out.
    - ``scope``: the campaigns that the editor may edit, None for all: another's draft is refused as
      a new successor, in the same way as one that does not exist.
    - Raises DefinitionRefused with every problem, also without a campaign.
    """
    problems = [*definition.problems, *_find_unknown(session, definition.values, campaign, scope)]
    if campaign is None:
        raise DefinitionRefused(problems)  # without a slug nothing else can be checked
    row = {
        name: _find_default(name)
        for name, field in FIELDS.items()
        if not field.required and name not in kept
    }
    row |= definition.values
    wrong = {problem.field.partition(".")[0] for problem in definition.problems}
    changed = {
        name: value
        for name, value in row.items()
        if name not in wrong and getattr(campaign, ATTRIBUTES[name]) != value
    }
    mended = [name for name in SIGNED if name in changed]
    if mended and campaign.state != CampaignState.DRAFT and has_signers(session, campaign.id):
        problems += [Problem(DefinitionProblem.SIGNED, field=name) for name in mended]
    if problems:
        raise DefinitionRefused(problems)
    return changed


def store_changes(
    session: Session,
    campaign: Campaign,
    changed: Mapping[str, Any],
    *,
    actor: str,
    note: str = "",
) -> None:
    """Store what ``find_changes`` found as the next version; the caller has locked the campaign."""
    if not changed:
        return
    store_first_version(session, campaign)
    for name in {*changed} - BILL_FIELDS:
        setattr(campaign, ATTRIBUTES[name], changed[name])
    # If the owners or the bill change, a trigger increases it as well.
    signed = [name for name in SIGNED if name in changed and name != "organization"]
    if campaign.state != CampaignState.DRAFT and signed:
        campaign.text_version += 1
    _link_owners(session, campaign)
    if BILL_FIELDS.intersection(changed):
        bills = {name: getattr(campaign, ATTRIBUTES[name]) for name in BILL_FIELDS}
        store_bills(session, campaign, bills | dict(changed))
    if WAITING.intersection(changed):
        _look_again(session, campaign.id)
    store_version(session, campaign, actor=actor, note=note)
    detail = {"changed": ", ".join(changed)}
    record(session, "campaign.updated", "campaign", campaign.id, actor=actor, detail=detail)


def lock_campaign(session: Session, slug: str | None) -> Campaign | None:
    """Return the campaign, locked against concurrent signing; None without a slug."""
    if slug is None:
        return None
    # A transaction that stores a signature has locked the row's key; this waits for it.
    campaign = session.scalar(select(Campaign).where(Campaign.slug == slug).with_for_update())
    if campaign is None:
        raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=slug)
    return campaign


def _add(session: Session, campaign: Campaign) -> bool:
    """Store a campaign and return True; return False if another has its slug."""
    try:
        with session.begin_nested():
            session.add(campaign)
    except IntegrityError:
        if not _find_taken(session, campaign.slug):
            raise
        return False
    return True


def _link_owners(session: Session, campaign: Campaign) -> None:
    """Link each owner to the organization of the same name, or to none if there is none."""
    for owner in campaign.owners:
        named = select(func.min(Organization.id)).where(Organization.name == owner.name)
        owner.organization_id = session.scalar(named)


def _find_taken(session: Session, slug: str | None) -> list[Problem]:
    query = select(Campaign.id).where(Campaign.slug == slug)
    if slug is None or session.scalar(query) is None:
        return []
    return [Problem(DefinitionProblem.TAKEN, {"found": slug}, "slug")]


def _find_unknown(
    session: Session,
    values: Mapping[str, Any],
    campaign: Campaign | None = None,
    scope: Collection[int] | None = None,
) -> list[Problem]:
    """Return the problems of names in a definition that are not in the database, or not offered."""
    logo: Any = values.get("logo")
    successor: Any = values.get("successor")
    logos = select(Organization.id).where(Organization.slug == logo)
    is_kept = campaign is not None and campaign.successor == successor
    offered = may_follow(None if is_kept else scope)
    successors = select(Campaign.id).where(Campaign.slug == successor, offered)
    problems = []
    if "logo" in values and session.scalar(logos) is None:
        problems.append(Problem(DefinitionProblem.UNKNOWN_ORGANIZATION, {"found": logo}, "logo"))
    if "successor" in values and session.scalar(successors) is None:
        problems.append(
            Problem(DefinitionProblem.UNKNOWN_CAMPAIGN, {"found": successor}, "successor")
        )
    return problems


def has_signers(session: Session, campaign_id: int) -> bool:
    """Return whether anybody has ever signed, in whatever state the signature is."""
    # Live and ended signatures are in one index each.
    return any(
        session.scalar(
            select(Signature.id).where(Signature.campaign_id == campaign_id, which).limit(1)
        )
        is not None
        for which in (Signature.ended_at.is_(None), Signature.ended_at.is_not(None))
    )


def set_state(
    slug: str, state: CampaignState, *, actor: str = "cli", detail: Detail | None = None
) -> bool:
    """Open or close a campaign; return False if it was in that state already.

    - ``detail``: of the event.
    - Raises NotFound, and UserError for opening a campaign whose people were erased, or a draft
      without an ask. One that was open before may lack it, and its letters do without.
    """
    with transaction() as session:
        campaign = session.execute(
            select(Campaign.id, Campaign.people_erased_at, Campaign.state, Campaign.ask).where(
                Campaign.slug == slug
            )
        ).one_or_none()
        if campaign is None:
            raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=slug)
        if campaign.people_erased_at is not None and state != CampaignState.CLOSED:
            raise UserError(CampaignProblem.PEOPLE_ERASED, slug=slug)
        opens = state == CampaignState.OPEN and campaign.state == CampaignState.DRAFT
        if opens and not campaign.ask:
            raise UserError(CampaignProblem.NO_ASK, slug=slug)
        campaign_id = campaign.id
        closed_at = utcnow() if state == CampaignState.CLOSED else None
        changed = session.scalar(
            update(Campaign)
            .where(Campaign.id == campaign_id, Campaign.state != state)
            .values(state=state, closed_at=closed_at)
            .returning(Campaign.id)
        )
        if changed is not None:
            record(
                session, f"campaign.{state}", "campaign", campaign_id, actor=actor, detail=detail
            )
        return changed is not None


def _look_again(session: Session, campaign_id: int) -> None:
    """Make queued deliveries due, so that their wait for words is judged by the new settings."""
    milestones = select(Milestone.id).where(Milestone.campaign_id == campaign_id)
    session.execute(
        update(Delivery)
        .where(Delivery.state == DeliveryState.QUEUED, Delivery.milestone_id.in_(milestones))
        .values(due_at=utcnow())
    )


def _find_default(name: str) -> Any:
    if name == OTHERS:
        return []
    column = Campaign.__table__.c.get(name)
    default: Any = None if column is None else column.default
    if default is None:
        return None
    return default.arg(None) if default.is_callable else default.arg
