"""How many passwords may be tried: from one network, and at one account from one network.

- Nobody is locked out from afar: what others try elsewhere at an account never closes it to a
  network that has not tried. While many try at one account, each network has a few tries an hour.
"""

from flask import Flask, current_app, request

from petition.core.settings import Settings
from petition.web.errors import TooManyRequests
from petition.web.ratelimit.limits import HitLimit, find_networks

FROM_NETWORK = "10 per minute; 60 per hour"
AT_ACCOUNT = "20 per hour"  # of one network
# Tries at one account from everywhere, from which on each network has fewer.
MANY = "60 per hour"
AT_ACCOUNT_OF_MANY = "5 per hour"
LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3; what is longer is nobody's
EXTENSION = "hundredth-guess-limits"


def init_guesses(app: Flask, settings: Settings) -> None:
    """Give the app its limits on guesses."""
    queues, sealer = app.extensions["hundredth-queues"], app.extensions["hundredth-sealer"]
    app.extensions[EXTENSION] = tuple(
        HitLimit(limits, queues, sealer, purpose)
        for limits, purpose in (
            (FROM_NETWORK, "guess from network"),
            (AT_ACCOUNT, "guess at account from network"),
            (MANY, "guess"),
            (AT_ACCOUNT_OF_MANY, "guess of many"),
        )
    )


def limit_guesses() -> None:
    """Count one attempt to sign in; raises TooManyRequests."""
    from_network, at_account, many, of_many = current_app.extensions[EXTENSION]
    networks, email = find_networks(request.remote_addr), read_email()
    both = tuple(f"{email} {network}" for network in networks)
    wait = max(from_network.hit(networks), at_account.hit(both))
    if not wait and many.hit(email):
        wait = of_many.hit(both)
    if wait:
        raise TooManyRequests(wait)


def read_email() -> str:
    """Return the address that the form of the sign-in names, as accounts are kept."""
    return request.form.get("email", "").strip().lower()[:LONGEST_EMAIL]
