"""Read the file that a campaign is made from: each key by a reader of its own."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from petition.campaigns.contrast import check_accent
from petition.campaigns.embed_origins import check_origins
from petition.campaigns.screening_settings import check_guards
from petition.core.errors import ImportRefused
from petition.models import Layer, PostRole
from petition.models.campaign import LONGEST_WAIT, SLUG, CommentMode
from petition.validation.names import read_organization_name
from petition.validation.printable import make_printable

FIELD = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
# What can be said before there is a letter; the others stand for words that no signer would write.
MESSAGE_FIELDS = ("campaign.title", "campaign.bill", "organization.name", "district.name")
SMALLEST_STEP = 10
MOST_SHOWN = 50
REQUIRED = ("slug", "title", "letter", "organization")
# What people have signed, and what their signatures are counted by.
SIGNED = (
    "title",
    "letter",
    "opening",
    "closing",
    "topic",
    "language",
    "organization",
    "message",
    "bill_number",
    "bill_title",
    "layers",
    "recipients",
    "step",
    "confirm_email",
    "confirm_after_close",
)
KINDS = {
    str: "a string",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
    datetime: "a date and time",
}

Reader = Callable[[str, Any], Any]


def read_campaign(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a campaign; what the file leaves out is left out.

    - Raises ImportRefused naming the key, what was expected and what to do.
    """
    unknown = sorted(set(values) - set(READERS))
    if unknown:
        raise ImportRefused(f"{unknown[0]}: no such key of a campaign; check its spelling")
    for name in REQUIRED:
        _read_text(name, values.get(name))
    row = {name: READERS[name](name, value) for name, value in values.items()}
    row.setdefault("layers", [Layer.COUNTY])
    for layer in row.get("recipients", {}):
        if layer not in row["layers"]:
            raise ImportRefused(
                f"recipients.{layer}: the campaign does not count by it; layers: {row['layers']}"
            )
    return row


def _read(kind: type) -> Reader:
    def read(name: str, value: Any) -> Any:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ImportRefused(f"{name}: {KINDS[kind]} is expected; the file has {value!r}")
        return value

    return read


def _read_text(name: str, value: Any) -> str:
    text: str = _read(str)(name, value)
    if not make_printable(text):
        raise ImportRefused(f"{name}: it is empty; leave the key out, or fill it")
    return text


def _read_organization(name: str, value: Any) -> str:
    return read_organization_name(_read_text(name, value), name)


def _read_unmerged(name: str, value: Any) -> str:
    """Return a text that stands on a page for everybody, where nothing fills a merge field."""
    text = _read_text(name, value)
    if "{{" in text or "}}" in text:
        raise ImportRefused(f"{name}: nothing is put in here; take the double braces out")
    return text


def _read_message(name: str, value: Any) -> str:
    text = _read_text(name, value)
    for field in FIELD.findall(text):
        if field not in MESSAGE_FIELDS:
            raise ImportRefused(
                f"{name}: {field} is known in a letter only; here may stand "
                f"{', '.join(MESSAGE_FIELDS)}"
            )
    return text


def _read_slug(name: str, value: Any) -> str:
    slug = _read_text(name, value)
    if not SLUG.fullmatch(slug):
        raise ImportRefused("slug: only small letters, digits and single hyphens; it is in the URL")
    return slug


def _read_step(name: str, value: Any) -> int:
    step: int = _read(int)(name, value)
    if step < SMALLEST_STEP:
        raise ImportRefused(
            f"step: at least {SMALLEST_STEP}; no smaller count is shown to anyone but staff"
        )
    return step


def _read_shown(name: str, value: Any) -> int:
    shown: int = _read(int)(name, value)
    if not 0 <= shown <= MOST_SHOWN:
        raise ImportRefused(f"{name}: a number from 0 (nobody) to {MOST_SHOWN}")
    return shown


def _read_comments(name: str, value: Any) -> str:
    mode = _read_text(name, value)
    if mode not in list(CommentMode):
        raise ImportRefused(f"{name}: one of {', '.join(CommentMode)}; the file has {mode!r}")
    return mode


def _read_wait(name: str, value: Any) -> int:
    hours: int = _read(int)(name, value)
    if not 0 <= hours <= LONGEST_WAIT:
        raise ImportRefused(f"{name}: hours from 0 (no letter waits) to {LONGEST_WAIT}")
    return hours


def _read_website(name: str, value: Any) -> str:
    url = _read_text(name, value)
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ImportRefused(f"{name}: the address of a page, as in https://example.org/bill")
    return url


def _read_layers(name: str, value: Any) -> list[str]:
    layers: list[str] = _read(list)(name, value)
    wrong = [layer for layer in layers if layer not in set(Layer)]
    if wrong or not layers or len(set(layers)) < len(layers):
        raise ImportRefused(f"layers: one or more of {', '.join(Layer)}, each once")
    return layers


def _read_recipients(name: str, value: Any) -> dict[str, list[str]]:
    """Return the roles that each layer's letters go to; an empty list would reach nobody."""
    found: dict[str, list[str]] = _read(dict)(name, value)
    for layer, roles in found.items():
        if not isinstance(roles, list) or not roles or set(roles) - set(PostRole):
            raise ImportRefused(
                f"recipients.{layer}: one or more of {', '.join(PostRole)}; the file has {roles!r}"
            )
    return found


def _read_moment(name: str, value: Any) -> datetime:
    moment: datetime = _read(datetime)(name, value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


READERS: Mapping[str, Reader] = {
    "slug": _read_slug,
    "title": _read_text,
    "letter": _read_text,
    "organization": _read_organization,
    "summary": _read_text,
    "opening": _read_text,
    "closing": _read_text,
    "topic": _read_text,
    "language": _read_text,
    "message": _read_message,
    "issues": _read_unmerged,
    "bill_number": _read_text,
    "bill_title": _read_text,
    "bill_url": _read_website,
    "video_url": _read_website,
    "video_title": _read_text,
    "organization_email": _read_text,
    "organization_address": _read(list),
    "successor": _read_slug,
    "logo": _read_slug,
    "accent": lambda name, value: check_accent(_read_text(name, value)),
    "step": _read_step,
    "recent_shown": _read_shown,
    "comments": _read_comments,
    "comment_wait": _read_wait,
    "layers": _read_layers,
    "recipients": _read_recipients,
    "confirm_email": _read(bool),
    "confirm_after_close": _read(bool),
    "guards": lambda name, value: check_guards(value),
    "embed_origins": lambda name, value: check_origins(value),
    "opens_at": _read_moment,
    "closes_at": _read_moment,
}
