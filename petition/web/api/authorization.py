"""Who asks: a token's holder, or a network; what each may still ask, and whether it may ask this.

- A token is taken from the header alone. A public read needs none; with one in force it counts
  against the token's quota instead of the network's.
"""

from typing import cast

from flask import Response, g, request

from petition.partners.tokens.scopes import TokenScope
from petition.partners.tokens.token_check import TokenHolder, TokenState, check_token
from petition.web.api.problems import ApiRefusal
from petition.web.ratelimit.limits import find_network
from petition.web.ratelimit.quotas import QuotaUse, get_quota

REALM = 'Bearer realm="Hundredth API"'
SCHEME = "bearer"


def identify() -> None:
    """Find out whose request it is and count it; raises ApiRefusal 429."""
    g.api_state, g.api_holder = _read_token()
    holder: TokenHolder | None = g.api_holder
    quota = get_quota()
    if holder is not None:
        use = quota.use("token", str(holder.token_id))
    else:
        use = quota.use("network", find_network(request.remote_addr))
    g.api_quota = use
    if use.is_over:
        raise ApiRefusal(429, headers={"Retry-After": str(use.seconds)})


def authorize(scope: TokenScope) -> TokenHolder:
    """Return the holder of the request's token; raises ApiRefusal 401 or 403."""
    state: TokenState | None = g.get("api_state")
    holder: TokenHolder | None = g.get("api_holder")
    if state is None:
        raise ApiRefusal(401, headers={"WWW-Authenticate": REALM})
    if state == TokenState.SUSPENDED:
        raise ApiRefusal(403, "organization-suspended")
    if holder is None:
        raise ApiRefusal(
            401,
            "token-refused",
            headers={"WWW-Authenticate": f'{REALM}, error="invalid_token"'},
        )
    if scope not in holder.scopes:
        raise ApiRefusal(
            403,
            "scope-missing",
            f"This token was not made for {scope.value}.",
            headers={
                "WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{scope.value}"'
            },
        )
    return holder


def get_holder() -> TokenHolder:
    """Return the holder that ``authorize`` has let in."""
    return cast(TokenHolder, g.api_holder)


def write_quota(response: Response) -> None:
    """Add what is left of the quota (draft-ietf-httpapi-ratelimit-headers)."""
    use: QuotaUse | None = g.get("api_quota")
    if use is not None:
        response.headers["RateLimit-Policy"] = f'"{use.policy}";q={use.quota};w={use.window}'
        response.headers["RateLimit"] = f'"{use.policy}";r={use.left};t={use.seconds}'


def _read_token() -> tuple[TokenState | None, TokenHolder | None]:
    """Return the state of the request's token, None without one, and its holder if it is valid."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        return None, None
    if scheme.lower() != SCHEME:
        return TokenState.REFUSED, None
    return check_token(secret.strip())
