"""Rate limits for sign-in attempts: from one network, and on one account from one network.

- Attempts from other networks never lock an account for a network that has made none. While there
  are many attempts on one account, each network is limited to a few an hour.
- A password, a code and a recovery code count alike, and so does asking for a link to another
  password.
"""

from flask import Flask, current_app, request

from petition.core.settings import Settings
from petition.web.errors import TooManyRequests
from petition.web.ratelimit.limits import HitLimit, find_networks

FROM_NETWORK = "10 per minute; 60 per hour"
AT_ACCOUNT = "20 per hour"  # from one network
# Attempts on one account from all networks, above which the lower limit applies to each.
MANY = "60 per hour"
AT_ACCOUNT_OF_MANY = "5 per hour"
LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3; no account has a longer one
EXTENSION = "hundredth-guess-limits"


def init_guesses(app: Flask, settings: Settings) -> None:
    """Create the app's limits on sign-in attempts."""
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


def limit_guesses(email: str = "") -> None:
    """Count one attempt on an account; raises TooManyRequests.

    - ``email``: the account's, after the right password; such an attempt does not count for its
      network, so that an office's sign-ins do not count twice. Empty for the address in the form.
    """
    from_network, at_account, many, of_many = current_app.extensions[EXTENSION]
    networks, known = find_networks(request.remote_addr), bool(email)
    email = email or read_email()
    both = tuple(f"{email} {network}" for network in networks)
    wait = max(0 if known else from_network.hit(networks), at_account.hit(both))
    if not wait and many.hit(email):
        wait = of_many.hit(both)
    if wait:
        raise TooManyRequests(wait)


def read_email() -> str:
    """Return the e-mail address in the sign-in form, normalized as in the accounts."""
    return request.form.get("email", "").strip().lower()[:LONGEST_EMAIL]
