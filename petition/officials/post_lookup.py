"""Find a post by what an operator types."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from petition.core.errors import NotFound, UserError
from petition.core.extensions import db
from petition.models import Post
from petition.models.officials.post import fold_name
from petition.officials.post_problems import PostProblem

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Named:
    """A post by its identifying columns; ``key`` is its seat in the division."""

    id: int
    title: str
    division_id: str
    key: str

    @property
    def place(self) -> str:
        """The last part of its division id with its seat: ``place:boston/mayor-1``."""
        return f"{self.division_id.rpartition('/')[2]}/{self.key}"

    def describe(self) -> str:
        """Return it as a line."""
        return f"{self.id}  {self.title} ({self.division_id}/{self.key})"


def find_post(text: str) -> Named:
    """Return the post of a number, a title, a division (``place:boston``) or a division and seat.

    - A part of a title is enough, where it matches one post.
    - Raises NotFound, or UserError that lists all matches.
    """
    wanted = fold_name(text)
    rows = db.session.execute(
        select(Post.id, Post.title, Post.division_id, Post.key).where(Post.active).order_by(Post.id)
    )
    posts = [Named(*row) for row in rows]
    ways: tuple[Callable[[Named], bool], ...] = (
        lambda post: str(post.id) == wanted,
        lambda post: fold_name(post.title) == wanted,
        lambda post: wanted in (post.place, f"{post.division_id}/{post.key}"),
        lambda post: f"/{post.division_id}".endswith(f"/{wanted}"),
        lambda post: wanted in fold_name(post.title),
    )
    for is_meant in ways:
        found = [post for post in posts if is_meant(post)]
        if len(found) > 1:
            raise _refuse_several(text, found)
        if found:
            return found[0]
    raise NotFound(PostProblem.NOT_FOUND, text=text)


def _refuse_several(text: str, found: list[Named]) -> UserError:
    more = max(0, len(found) - SHOWN)
    return UserError(
        PostProblem.SEVERAL_MORE if more else PostProblem.SEVERAL,
        count=len(found),
        text=text,
        posts="\n".join(f"  {post.describe()}" for post in found[:SHOWN]),
        more=more,
    )
