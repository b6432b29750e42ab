"""The two portals: each with a path, a sign-in, a cookie and a look of its own."""

import re
from dataclasses import dataclass, field

from flask import request

from petition.models import PortalName


@dataclass(frozen=True, slots=True)
class Portal:
    """A portal: its ``name`` is also that of its blueprint, and of its actors in events.

    - ``home``: the endpoint of the page after the sign-in. ``base``: the template of its pages.
    """

    name: PortalName
    title: str
    home: str
    local_page: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        # Paths of the portal without escapes.
        pages = rf"{self.path}(/[A-Za-z0-9_./-]*)?(\?[A-Za-z0-9_.~%&=+:,-]*)?"
        object.__setattr__(self, "local_page", re.compile(pages))

    @property
    def path(self) -> str:
        """The path below which all of its pages are."""
        return f"/{self.name.value}"

    @property
    def base(self) -> str:
        """The template that its pages extend."""
        return f"{self.name.value}/base.html"

    def is_local(self, location: str) -> bool:
        """Return whether an address is a page of this portal."""
        found = self.local_page.fullmatch(location)
        return found is not None and "//" not in location and ".." not in location


STAFF = Portal(PortalName.STAFF, "staff pages", "staff.list_all")
PARTNER = Portal(PortalName.PARTNER, "partner pages", "partner.show_home")
PORTALS = (STAFF, PARTNER)


def find_portal(path: str) -> Portal | None:
    """Return the portal that a path is in; None outside of all."""
    for portal in PORTALS:
        if path == portal.path or path.startswith(f"{portal.path}/"):
            return portal
    return None


def get_portal() -> Portal:
    """Return the portal of the current request; raises LookupError outside of all."""
    portal = find_portal(request.path)
    if portal is None:
        raise LookupError("this request is for no portal")
    return portal
