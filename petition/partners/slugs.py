"""Short names of organizations: in the addresses of their pages and in the fields of forms."""

import re
import unicodedata

from petition.models.campaigns.campaign import SLUG

LONGEST_SLUG = 60
# Words of the pages themselves: below /groups, /partner and /partners.
RESERVED = frozenset(
    "account apply code groups home invitation login logo logout me new partner partners prove"
    " recovery register reset second-factor set-up sign-in sign-out staff".split()
)
# What an application is listed as until it is approved; nobody else's short name begins so.
APPLYING = "application-"


def is_slug_refused(slug: str) -> bool:
    """Return whether a text cannot be an organization's short name."""
    return (
        SLUG.fullmatch(slug) is None
        or len(slug) > LONGEST_SLUG
        or slug in RESERVED
        or slug.startswith(APPLYING)
    )


def suggest_slug(name: str) -> str:
    """Return a short name for a group: its letters and digits, with hyphens; it may be empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_SLUG].strip("-")
