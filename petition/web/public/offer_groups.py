"""The groups that ask signers for a consent, each with its boxes; many of them as a list to search.

- Up to six groups are shown with all their boxes; from seven on each is a line that opens.
- The list is searched by name: by a GET of the same page, and while one types where scripts run
  (groups.js). What is typed is a group's name and nothing of the signer.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from flask import request

MANY = 7
SEARCH = "group"  # in the query of the page
LONGEST_SEARCH = 60


class OfGroup(Protocol):
    """A box of an organization."""

    @property
    def slug(self) -> str:
        """The organization's slug."""

    @property
    def organization(self) -> str:
        """Its name."""

    @property
    def about(self) -> str:
        """What it says of itself, such as the names of its members; may be empty."""


T = TypeVar("T", bound=OfGroup)


@dataclass(frozen=True, slots=True)
class OfferGroup(Generic[T]):
    """An organization and its boxes, at least one."""

    slug: str
    name: str
    about: str
    offers: list[T]


@dataclass(frozen=True, slots=True)
class GroupList(Generic[T]):
    """The groups of a page.

    - ``groups``: those that are shown, all of them unless they were searched. ``count``: of all.
      ``typed``: what was searched for. ``kept``: the rest of the page's query, for the form.
    """

    groups: list[OfferGroup[T]]
    count: int
    typed: str
    kept: list[tuple[str, str]]

    @property
    def is_long(self) -> bool:
        """Whether they are shown as a list to search."""
        return self.count >= MANY

    def __bool__(self) -> bool:
        return bool(self.count)


def list_groups(offers: Sequence[T], first: str = "") -> GroupList[T]:
    """Return the groups of these boxes, in their order; ``first``: the slug of the one before all.

    - Searched by the request's query where they are many.
    """
    found: dict[str, OfferGroup[T]] = {}
    for offer in offers:
        group: OfferGroup[T] = OfferGroup(offer.slug, offer.organization, offer.about, [])
        found.setdefault(offer.slug, group).offers.append(offer)
    groups = sorted(found.values(), key=lambda group: group.slug != first)
    typed = request.args.get(SEARCH, "").strip()[:LONGEST_SEARCH] if len(groups) >= MANY else ""
    return GroupList(
        [group for group in groups if _fold(typed) in _fold(group.name)],
        len(groups),
        typed,
        [(name, value) for name, value in request.args.items() if name not in (SEARCH, "saved")],
    )


def _fold(text: str) -> str:
    """Return the text without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))
