"""How many passwords may be tried: from one network, and at one account from everywhere."""

from flask import Flask, current_app, request

from petition.settings import Settings
from petition.web.errors import TooManyRequests
from petition.web.limits import HitLimit, find_networks

FROM_NETWORK = "10 per minute; 60 per hour"
AT_ACCOUNT = "20 per hour"
LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3; what is longer is nobody's
EXTENSION = "hundredth-guess-limits"


def init_guesses(app: Flask, settings: Settings) -> None:
    """Give the app its limits on guesses."""
    queues, sealer = app.extensions["hundredth-queues"], app.extensions["hundredth-sealer"]
    app.extensions[EXTENSION] = tuple(
        HitLimit(limits, queues, sealer, purpose)
        for limits, purpose in ((FROM_NETWORK, "guess from network"), (AT_ACCOUNT, "guess"))
    )


def limit_guesses() -> None:
    """Count one attempt to sign in; raises TooManyRequests."""
    from_network, at_account = current_app.extensions[EXTENSION]
    email = request.form.get("email", "").strip().lower()[:LONGEST_EMAIL]
    wait = max(from_network.hit(find_networks(request.remote_addr)), at_account.hit(email))
    if wait:
        raise TooManyRequests(wait)
