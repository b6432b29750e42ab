"""List the recipients of a campaign's letter in a district: the posts and their holders today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.models import Correction, Official, Post, Term
from petition.models.campaigns.layers import writes_to

# The roles that receive, by layer; a layer without an entry: all of them.
Roles = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class LetterRecipient:
    """A post that a district's letters go to; ``is_body`` for a board or council.

    - ``name``: who holds it, None for a body and for a vacant seat.
    """

    title: str
    is_body: bool
    name: str | None = None

    @property
    def is_vacant(self) -> bool:
        """Whether nobody holds the seat now; its letters wait for a successor."""
        return not self.is_body and self.name is None


def list_recipients(division_id: str, layer: str, roles: Roles) -> list[LetterRecipient]:
    """Return the posts that the district's letters go to, with their holders of today."""
    query = (
        select(Post)
        .where(Post.division_id == division_id, Post.active)
        .options(
            selectinload(Post.terms).selectinload(Term.official),
            selectinload(Post.corrections).selectinload(Correction.official),
        )
        .order_by(Post.id)
    )
    today = utcnow().date()
    return [
        _describe(post, post.find_holder(today))
        for post in db.session.scalars(query)
        if writes_to(roles, layer, post.role)
    ]


def _describe(post: Post, holder: Official | None) -> LetterRecipient:
    return LetterRecipient(
        post.title, post.is_body, holder.name if holder and not post.is_body else None
    )
