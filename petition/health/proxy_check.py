"""Check that the number of proxies in front is PETITION_PROXY_HOPS."""

from petition.core.extensions import db, get_settings
from petition.health.findings import Fault, skip_on_database_error
from petition.processes.proxy_hops import Mismatch, read_mismatch

SHARED = "so all visitors share one rate limit"
COUNT = (
    "Set PETITION_PROXY_HOPS to the number of your own proxies in front, and restart web; see "
    "docs/operations.md, The proxy in front."
)
SEND = (
    "Have the proxy set X-Forwarded-For, -Proto and -Host, as docs/deploy/nginx.conf does, or set"
    " PETITION_PROXY_HOPS to the number of your own proxies."
)


@skip_on_database_error
def check_proxy() -> str:
    """Requests arrive through PETITION_PROXY_HOPS proxies."""
    hops = get_settings().proxy_hops
    mismatch = read_mismatch(db.session(), hops)
    if mismatch is not None:
        raise Fault(*_describe(mismatch))
    return f"PETITION_PROXY_HOPS is {hops}, and requests agree"


def _describe(mismatch: Mismatch) -> tuple[str, str]:
    """Return what is wrong, and what to do."""
    hops = f"PETITION_PROXY_HOPS is {mismatch.hops}"
    if mismatch.forwarded:
        return f"requests arrive with Forwarded, which is not read, {SHARED}", SEND
    arrived = _count(mismatch.arrived)
    if mismatch.arrived < mismatch.hops:
        return f"{hops}, but X-Forwarded-For arrives with {arrived}, {SHARED}", SEND
    if not mismatch.hops:
        return f"{hops}, but X-Forwarded-For arrives, {SHARED}", COUNT
    return (
        f"{hops}, but X-Forwarded-For arrives with {arrived}, and it is not certain who added them",
        COUNT,
    )


def _count(number: int) -> str:
    return {0: "no address", 1: "one address"}.get(number, f"{number} addresses")
