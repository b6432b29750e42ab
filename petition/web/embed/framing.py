"""Who may frame a campaign's embedded pages: the websites that the campaign names, and no other.

- ``embed``: pages for everyone. ``embed_links``: those whose address carries a token.
- Every answer is held so, an error's as well: a signer in a frame must be able to read it.
"""

from flask import Blueprint, Response, current_app, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from petition.core.extensions import db
from petition.models import Campaign
from petition.web.headers import write_policy
from petition.web.public.signer.links import keep_private

embed = Blueprint("embed", __name__, url_prefix="/embed")
embed_links = Blueprint("embed_links", __name__, url_prefix="/embed")

NOBODY = "'none'"
EXTENSION = "hundredth-framing"


@embed.after_request
@embed_links.after_request
def allow_frames(response: Response) -> Response:
    """Name the websites in the policy."""
    origins = _list_origins((request.view_args or {}).get("slug", ""))
    policy = write_policy(frame_ancestors=" ".join(origins) or NOBODY)
    response.headers["Content-Security-Policy"] = policy
    return response


embed_links.after_request(keep_private)


def _list_origins(slug: str) -> list[str]:
    """Return the campaign's websites; those last known while the database is away."""
    known: dict[str, list[str]] = current_app.extensions.setdefault(EXTENSION, {})
    try:
        # By a connection of its own: the session's may be what has failed.
        with db.engine.connect() as connection:
            query = select(Campaign.embed_origins).where(Campaign.slug == slug)
            found = connection.scalar(query)
    except SQLAlchemyError:
        return known.get(slug, [])
    if found is None:
        return []
    known[slug] = list(found)
    return known[slug]
