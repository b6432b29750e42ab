"""How often staff may search for signatures: a limit for each account and kind of search.

- A search for a name opens the rows of a campaign, so that a list of names could be tried with it.
"""

from flask import Flask, current_app
from flask_security import current_user

from petition.core.errors import UserError
from petition.signers.staff_requests.request_problems import RequestProblem
from petition.web.ratelimit.limits import HitLimit

SEARCHES = {"name": "30 per hour", "email": "120 per hour"}  # for an account
EXTENSION = "hundredth-search-limits"


class TooManySearches(UserError):
    """The account has searched too often; ``seconds``: until it may again."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(RequestProblem.SEARCHED_OFTEN, minutes=max(1, -(-seconds // 60)))
        self.seconds = seconds


def init_searches(app: Flask) -> None:
    """Create the app's limits."""
    queues, sealer = app.extensions["hundredth-queues"], app.extensions["hundredth-sealer"]
    app.extensions[EXTENSION] = {
        kind: HitLimit(limit, queues, sealer, f"search {kind}") for kind, limit in SEARCHES.items()
    }


def count_search(kind: str) -> None:
    """Count a search of the signed-in account, one of SEARCHES; raises TooManySearches."""
    wait = current_app.extensions[EXTENSION][kind].hit(f"account {current_user.id}")
    if wait:
        raise TooManySearches(wait)
