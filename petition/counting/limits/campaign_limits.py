"""The limits of the brake that hold for a campaign: its own, and the service's for the rest."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from petition.audit.reasons import read_reason
from petition.audit.trail import record
from petition.core.brake_limits import BrakeLimits
from petition.core.errors import InvalidInput, Problem, UserError
from petition.core.extensions import db, get_settings, transaction
from petition.counting.counting_problems import CountingProblem
from petition.models import BrakeLimit, Campaign

NAMES = tuple(field.name for field in fields(BrakeLimits))
# The largest value of each that is not a share in percent; 1 is the least of all.
MOST = {"quick_minutes": 1_440, "letters_a_day": 10_000}
SHARE_MOST = 100
OFF = "off"
Own = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class CampaignLimits:
    """The limits of a campaign.

    - ``own``: those that it has itself, by name; None: off. ``service``: those of the settings.
    - ``version``: differs once ``own`` has changed.
    """

    own: dict[str, float | None]
    service: BrakeLimits

    @property
    def in_force(self) -> BrakeLimits:
        """The limits that hundreds of the campaign are judged by."""
        return apply_own(self.service, self.own)

    @property
    def version(self) -> str:
        """A short text that is another one for other limits."""
        return hashlib.sha256(repr(sorted(self.own.items())).encode()).hexdigest()[:12]


def read_limits(session: Session, campaign_id: int) -> CampaignLimits:
    """Return the limits of a campaign; one that does not exist has those of the service."""
    rows = session.execute(
        select(BrakeLimit.name, BrakeLimit.value).where(BrakeLimit.campaign_id == campaign_id)
    )
    # A later release may have stored a name that this one does not know.
    own = {row.name: row.value for row in rows if row.name in NAMES}
    return CampaignLimits(own, get_settings().brake)


def apply_own(service: BrakeLimits, own: Own) -> BrakeLimits:
    """Return the limits of the service, with a campaign's own in their place."""
    changes: dict[str, float] = dict(own)  # type: ignore[arg-type]
    return replace(service, **changes)


def read_typed(typed: Mapping[str, str]) -> dict[str, float | None]:
    """Return the limits that were typed, by name; one left empty is the service's.

    - ``off`` switches a check off, all but the minutes. Raises InvalidInput with each problem.
    """
    own: dict[str, float | None] = {}
    problems: dict[str, Problem] = {}
    for name in NAMES:
        text = typed.get(name, "").strip().lower().removesuffix("%").strip()
        if not text:
            continue
        if text == OFF and name != "quick_minutes":
            own[name] = None
            continue
        most = MOST.get(name, SHARE_MOST)
        value = _read_number(text)
        if value is None or not 1 <= value <= most:
            code = (
                CountingProblem.MINUTES_WRONG
                if name == "quick_minutes"
                else CountingProblem.LIMIT_WRONG
            )
            problems[name] = Problem(code, {"most": most})
        else:
            own[name] = value
    if problems:
        raise InvalidInput(problems)
    return own


def set_limits(campaign_id: int, own: Own, seen: str, why: str, actor: str) -> None:
    """Replace a campaign's own limits; hundreds are judged by them from now on.

    - A hundred that was judged keeps its verdict while its list is the same: what is held stays
      held until it is decided.
    - ``seen``: the version that was shown. Raises InvalidInput without a reason, UserError where
      somebody has changed them since.
    """
    reason = read_reason(why, CountingProblem.LIMITS_WHY_MISSING, None)
    with transaction() as session:
        session.execute(select(Campaign.id).where(Campaign.id == campaign_id).with_for_update())
        before = read_limits(session, campaign_id)
        if before.version != seen:
            raise UserError(CountingProblem.LIMITS_CHANGED)
        if before.own == dict(own):
            return
        session.execute(delete(BrakeLimit).where(BrakeLimit.campaign_id == campaign_id))
        if own:
            rows = [
                {"campaign_id": campaign_id, "name": name, "value": value}
                for name, value in own.items()
            ]
            session.execute(insert(BrakeLimit), rows)
        detail = {"why": reason, "before": describe(before.own), "after": describe(own)}
        record(session, "brake.limits_changed", "campaign", campaign_id, actor=actor, detail=detail)


def describe(own: Own) -> str:
    """Return limits as one line: ``network_share=50, alike_share=off``; empty for none."""
    return ", ".join(f"{name}={write_limit(value)}" for name, value in sorted(own.items()))


def write_limit(value: float | None) -> str:
    """Return a limit as it is typed."""
    return OFF if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def find_campaigns(within: Collection[int] | None = None) -> list[tuple[int, str, str]]:
    """Return (id, slug, title) of campaigns, the newest first; ``within``: their ids, None: all."""
    query = select(Campaign.id, Campaign.slug, Campaign.title).order_by(Campaign.id.desc())
    if within is not None:
        query = query.where(Campaign.id.in_(within))
    return [(row.id, row.slug, row.title) for row in db.session.execute(query)]


def _read_number(text: str) -> float | None:
    if not text.isascii() or len(text) > 8 or not text.replace(".", "", 1).isdigit():
        return None
    return round(float(text), 2)
