"""How many passwords may be tried: from one network, and at one account from everywhere."""

from flask import Flask, current_app, request

from petition.settings import Settings
from petition.web.errors import TooManyRequests
from petition.web.limits import KEY_BYTES, NetworkLimit, find_network

FROM_NETWORK = "10 per minute; 60 per hour"
AT_ACCOUNT = "20 per hour"
EXTENSION = "hundredth-guess-limits"


class GuessLimit(NetworkLimit):
    """Counts by any key; hashed apart from the signatures' own counts."""

    def _hash(self, address: str | None) -> str:
        return self._sealer.digest(address or "", "guess")[:KEY_BYTES].hex()


def init_guesses(app: Flask, settings: Settings) -> None:
    """Give the app its limits on guesses."""
    app.extensions[EXTENSION] = tuple(
        GuessLimit(
            limits,
            app.extensions["hundredth-queues"],
            settings.redis_url,
            app.extensions["hundredth-sealer"],
        )
        for limits in (FROM_NETWORK, AT_ACCOUNT)
    )


def limit_guesses() -> None:
    """Count one attempt to sign in; raises TooManyRequests."""
    from_network, at_account = current_app.extensions[EXTENSION]
    email = request.form.get("email", "").strip().lower()
    wait = max(
        from_network.hit(f"network:{find_network(request.remote_addr)}"),
        at_account.hit(f"account:{email}"),
    )
    if wait:
        raise TooManyRequests(wait)
