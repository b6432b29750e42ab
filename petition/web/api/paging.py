"""Keyset pages: ``limit`` and ``after``, with the next page in ``Link`` and in the answer."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request
from marshmallow import fields, validate

from petition.web.api.bodies import StrictShape

T = TypeVar("T")
USUAL_LIMIT = 50
LARGEST_LIMIT = 100
LONGEST_CURSOR = 300
# Printable ASCII: a cursor is one that a page gave, whatever it holds.
CURSOR = r"^[!-~]+$"


class PageQuery(StrictShape):
    """Which page of a list."""

    limit = fields.Integer(
        load_default=USUAL_LIMIT,
        validate=validate.Range(1, LARGEST_LIMIT),
        metadata={"description": "How many items at most."},
    )
    after = fields.String(
        validate=[validate.Length(1, LONGEST_CURSOR), validate.Regexp(CURSOR)],
        metadata={"description": "The page after this one; take it from `next`."},
    )


class NoQuery(StrictShape):
    """No parameter is known."""


def write_page(
    found: Sequence[T], asked: dict[str, Any], name: Callable[[T], str], **more: Any
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Return a page from up to ``limit`` + 1 items that were read.

    - ``name``: the cursor after an item. ``more``: further values of the answer.
    """
    limit = asked["limit"]
    items = list(found[:limit])
    if len(found) <= limit:
        return {"items": items, "next": None, **more}, 200, {}
    address = name_next(name(items[-1]))
    return {"items": items, "next": address, **more}, 200, {"Link": f'<{address}>; rel="next"'}


def name_next(cursor: str) -> str:
    """Return the address of the page after a cursor."""
    others = {key: value for key, value in request.args.items() if key != "after"}
    query = urlencode(others | {"after": cursor})
    return f"{request.script_root}{request.path}?{query}"
