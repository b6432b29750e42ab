"""Campaigns: made from a file as drafts, opened and closed by staff."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from petition.clock import utcnow
from petition.errors import ImportRefused, NotFound
from petition.extensions import transaction
from petition.models import Campaign, CampaignState, Layer, PostRole
from petition.signing.guards import check_guards
from petition.signing.websites import check_origins
from petition.trail import record

CheckText = Callable[[str], None]

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
TEXTS = ("title", "letter", "organization")
OPTIONAL_TEXTS = (
    "summary",
    "opening",
    "closing",
    "topic",
    "language",
    "bill_number",
    "bill_title",
    "bill_url",
    "organization_email",
)
SMALLEST_STEP = 10
MERGED = ("opening", "letter", "closing", "topic")
MOMENTS = ("opens_at", "closes_at")


def create_campaign(values: Mapping[str, Any], check_text: CheckText, *, actor: str = "cli") -> int:
    """Store a draft and return its id; ``values`` are named as the columns of Campaign.

    - ``check_text`` raises a UserError where a text uses an unknown merge field.
    - Raises ImportRefused naming the key, what was expected and what to do.
    """
    row = _read_values(values)
    for name in MERGED:
        check_text(row.get(name) or "")
    try:
        with transaction() as session:
            campaign = Campaign(**row, state=CampaignState.DRAFT, created_at=utcnow())
            session.add(campaign)
            session.flush()
            record(session, "campaign.created", "campaign", campaign.id, actor=actor)
            return campaign.id
    except IntegrityError as error:
        raise ImportRefused(
            f"slug: there is a campaign {row['slug']!r} already; choose another slug"
        ) from error


def set_state(slug: str, state: CampaignState, *, actor: str = "cli") -> bool:
    """Open or close a campaign; return False where it was so already. Raises NotFound."""
    with transaction() as session:
        campaign_id = session.scalar(select(Campaign.id).where(Campaign.slug == slug))
        if campaign_id is None:
            raise NotFound(f"There is no campaign {slug!r}.")
        changed = session.scalar(
            update(Campaign)
            .where(Campaign.id == campaign_id, Campaign.state != state)
            .values(state=state)
            .returning(Campaign.id)
        )
        if changed is not None:
            record(session, f"campaign.{state}", "campaign", campaign_id, actor=actor)
        return changed is not None


def _read_values(values: Mapping[str, Any]) -> dict[str, Any]:
    known = {"slug", "step", "layers", "recipients", "organization_address", "confirm_email"}
    unknown = set(values) - known - {*TEXTS, *OPTIONAL_TEXTS, *MOMENTS, "guards", "embed_origins"}
    if unknown:
        raise ImportRefused(f"{sorted(unknown)[0]}: no such key of a campaign; check its spelling")
    row: dict[str, Any] = {}
    row["slug"] = _read(values, "slug", str)
    if not SLUG.fullmatch(row["slug"]):
        raise ImportRefused("slug: only small letters, digits and single hyphens; it is in the URL")
    for name in TEXTS:
        row[name] = _read(values, name, str)
    for name in OPTIONAL_TEXTS:
        if name in values:
            row[name] = _read(values, name, str)
    row["step"] = _read(values, "step", int) if "step" in values else 100
    if row["step"] < SMALLEST_STEP:
        raise ImportRefused(
            f"step: at least {SMALLEST_STEP}; no smaller count is shown to anyone but staff"
        )
    row["layers"] = _read(values, "layers", list) if "layers" in values else [Layer.COUNTY]
    wrong = [layer for layer in row["layers"] if layer not in set(Layer)]
    if wrong or not row["layers"] or len(set(row["layers"])) < len(row["layers"]):
        raise ImportRefused(f"layers: one or more of {', '.join(Layer)}, each once")
    row["recipients"] = _read_recipients(values, row["layers"])
    row["organization_address"] = (
        _read(values, "organization_address", list) if "organization_address" in values else []
    )
    row["confirm_email"] = (
        _read(values, "confirm_email", bool) if "confirm_email" in values else True
    )
    row["guards"] = check_guards(values.get("guards", {}))
    row["embed_origins"] = check_origins(values.get("embed_origins", []))
    for name in MOMENTS:
        if name in values:
            moment = _read(values, name, datetime)
            row[name] = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return row


def _read_recipients(values: Mapping[str, Any], layers: list[str]) -> dict[str, list[str]]:
    """Return the roles that each layer's letters go to; an empty list would reach nobody."""
    found = _read(values, "recipients", dict) if "recipients" in values else {}
    for layer, roles in found.items():
        if layer not in layers:
            raise ImportRefused(
                f"recipients.{layer}: the campaign does not count by it; layers: {layers}"
            )
        wrong = not isinstance(roles, list) or not roles or set(roles) - set(PostRole)
        if wrong:
            raise ImportRefused(
                f"recipients.{layer}: one or more of {', '.join(PostRole)}; the file has {roles!r}"
            )
    return found


def _read(values: Mapping[str, Any], name: str, kind: type) -> Any:
    value = values.get(name)
    if not isinstance(value, kind) or value == "" or (kind is int and isinstance(value, bool)):
        raise ImportRefused(f"{name}: a {kind.__name__} is expected; the file has {value!r}")
    return value
