"""How often an account or token, and an organization with all of its own, looks people up.

Counted in Redis, or in this process while Redis is unavailable (limits.py).
"""

from flask import Flask, current_app

from petition.web.ratelimit.limits import HitLimit

# A day of an organizer who reads 50 people a page, and no way to try every filter and day.
OF_ONE = "60 per hour; 200 per day"
OF_ORGANIZATION = "180 per hour; 600 per day"
PEOPLE_LIMITS = "hundredth-people-limits"


def init_look_up_limits(app: Flask) -> None:
    """Create the app's limits."""
    queues, sealer = app.extensions["hundredth-queues"], app.extensions["hundredth-sealer"]
    app.extensions[PEOPLE_LIMITS] = tuple(
        HitLimit(limits, queues, sealer, purpose)
        for limits, purpose in ((OF_ONE, "people"), (OF_ORGANIZATION, "people of all"))
    )


def count_look_up(organization_id: int, actor: str) -> int:
    """Count one look-up; return the seconds to wait, 0 when it is allowed.

    - ``actor``: ``partner:<user>`` or ``token:<id>``, counted over all its organizations.
    """
    of_one, of_organization = current_app.extensions[PEOPLE_LIMITS]
    return int(of_one.hit(actor) or of_organization.hit(str(organization_id)))
