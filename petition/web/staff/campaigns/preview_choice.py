"""Reads what is to be previewed from the query of a page, each part with its own error."""

from dataclasses import dataclass, field
from enum import StrEnum

from flask import request
from sqlalchemy.orm import Session

from petition.accounts.permissions import Permission
from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput, Problem
from petition.models import Campaign
from petition.models.campaigns.layers import list_counted_layers
from petition.openings.letter_preview import MOST_NAMES, PreviewChoice, choose_district
from petition.openings.opening_problems import OpeningProblem
from petition.validation.whole_numbers import read_whole
from petition.web.portals.guards import allows

LONGEST = 300


class PreviewKind(StrEnum):
    """What is shown."""

    PAGE = "page"
    CONFIRMATION = "confirmation"
    MESSAGE = "message"
    LETTER = "letter"
    PDF = "pdf"


@dataclass(slots=True)
class AskedPreview:
    """The query: what is shown, and what of it is wrong, by field.

    - ``choice``: None where it is wrong, and for what is of no district.
    """

    kind: PreviewKind
    language: str
    problems: dict[str, Problem] = field(default_factory=dict)
    choice: PreviewChoice | None = None


def read_asked(session: Session, campaign: Campaign, kind: str | None = None) -> AskedPreview:
    """Return what the query asks for; ``kind``: of the document, whatever ``show`` says."""
    kind = kind or request.args.get("show", PreviewKind.PAGE)
    language = request.args.get("lang", "en")
    if kind not in list(PreviewKind):
        wrong = Problem(OpeningProblem.SHOW_UNKNOWN)
        return AskedPreview(PreviewKind.PAGE, "en", {"show": wrong})
    asked = AskedPreview(PreviewKind(kind), language if language in ("en", "es") else "en")
    if asked.kind in (PreviewKind.PAGE, PreviewKind.CONFIRMATION):
        return asked
    try:
        asked.choice = _read_choice(session, campaign)
    except InvalidInput as refused:
        asked.problems = refused.problems
    return asked


def _read_choice(session: Session, campaign: Campaign) -> PreviewChoice:
    layer = request.args.get("layer", "")
    if layer and layer not in list_counted_layers(campaign.layers):
        raise InvalidInput({"layer": Problem(OpeningProblem.LAYER_UNKNOWN)})
    names = _read_names(campaign)
    real = request.args.get("real") == "1"
    if real and not allows(Permission.LETTERS_OPEN, campaign_id=campaign.id):
        raise InvalidInput({"real": Problem(OpeningProblem.REAL_REFUSED)})
    text = request.args.get("district", "")[:LONGEST].encode(errors="replace").decode()
    district = choose_district(session, campaign, text, layer)
    return PreviewChoice(district, _read_post(), names, real)


def _read_names(campaign: Campaign) -> int:
    text = request.args.get("names", "").strip()
    if not text:
        return min(campaign.step, MOST_NAMES)
    number = read_whole(text, MOST_NAMES)
    if not number:
        raise InvalidInput({"names": Problem(OpeningProblem.NAMES_WRONG, {"most": MOST_NAMES})})
    return number


def _read_post() -> int | None:
    text = request.args.get("post", "").strip()
    if not text:
        return None
    number = read_whole(text, LARGEST_ID)
    if not number:
        raise InvalidInput({"post": Problem(OpeningProblem.POST_UNKNOWN)})
    return number
