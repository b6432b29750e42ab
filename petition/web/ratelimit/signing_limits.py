"""What is counted of a signing and of a look-up: by network, by campaign, by small mail domain."""

import math

from flask import request

from petition.campaigns.open_campaigns import CampaignSnapshot
from petition.campaigns.screening_settings import ProofOfWork
from petition.validation.mail_providers import find_small_domain
from petition.web.errors import TooManyRequests
from petition.web.ratelimit.limits import (
    HitLimit,
    Key,
    find_networks,
    get_campaign_limit,
    get_domain_limit,
    get_limit,
)


def let_in(limit: HitLimit, key: Key) -> float:
    """Count one signing; return the seconds until ``key`` is no longer busy, 0 where it is not.

    - Raises TooManyRequests.
    """
    hit = limit.try_hit(key)
    if hit.wait:
        raise TooManyRequests(math.ceil(hit.wait))
    return hit.busy


def let_ask(limit: HitLimit) -> None:
    """Count one look-up of the requesting network, against ``limit``.

    - Raises TooManyRequests.
    """
    wait = limit.hit(find_networks(request.remote_addr))
    if wait:
        raise TooManyRequests(wait, asking=True)


def let_in_campaign(campaign: CampaignSnapshot, networks: tuple[str, ...]) -> float:
    """Count one signing as ``let_in`` does, if the campaign has a limit of its own."""
    limit = campaign.guards.sign_limit
    if limit is None:
        return 0.0
    return let_in(get_campaign_limit(limit), _name_keys(campaign, networks))


def let_in_domain(email: str) -> None:
    """Count one signing with a typed address of a small mail domain.

    - Domains of large providers and forwarding services are not counted: see
      petition/validation/mail_providers.py.
    - Raises TooManyRequests.
    """
    domain = find_small_domain(email)
    if domain is None:
        return
    wait = get_domain_limit().hit(domain)
    if wait:
        raise TooManyRequests(wait, domain=domain)


def asks_proof(campaign: CampaignSnapshot, networks: tuple[str, ...]) -> bool:
    """Return whether the next signing from these networks may need a proof of work."""
    guards = campaign.guards
    if guards.proof_of_work != ProofOfWork.WHEN_BUSY:
        return guards.proof_of_work == ProofOfWork.ALWAYS
    return get_limit().is_busy_soon(networks) or (
        guards.sign_limit is not None
        and get_campaign_limit(guards.sign_limit).is_busy_soon(_name_keys(campaign, networks))
    )


def _name_keys(campaign: CampaignSnapshot, networks: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{campaign.id} {network}" for network in networks)
