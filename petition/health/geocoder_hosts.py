"""A check for each geocoder that queries a host: whether the host answers. No address is sent."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies

from petition.core.errors import ConfigurationError
from petition.core.settings import Settings
from petition.geocoding.chain import build_chain
from petition.health.findings import Fault

SECONDS = 4.0


def list_geocoder_checks(settings: Settings) -> dict[str, Callable[[], str]]:
    """Return a check for each host that PETITION_GEOCODERS names, by the geocoder's name.

    - Where the chain cannot be built, the one check reports which setting is wrong.
    """
    try:
        build_chain(settings)
    except ConfigurationError as error:
        return {"geocoders": partial(_refuse, f"{error.setting} {error.problem}")}
    return {
        name: partial(_check_host, name, settings.geocoder_urls[name])
        for name in settings.geocoders
        if name in settings.geocoder_urls
    }


def _refuse(problem: str) -> str:
    raise Fault(problem, "Set it; until then no signer is located.")


def _check_host(name: str, url: str) -> str:
    """Return that the host answers HTTP to a request for its base URL; a 5xx raises Fault."""
    host = urlsplit(url).hostname
    remedy = f"Start it or correct PETITION_{name.upper()}_URL; until then addresses wait."
    try:
        with requests.get(
            url,
            timeout=SECONDS,
            allow_redirects=False,
            stream=True,
            proxies=get_environ_proxies(url, no_proxy=None),
        ) as response:
            status = response.status_code
    except requests.RequestException as error:
        raise Fault(f"{host} does not answer ({type(error).__name__})", remedy) from error
    if status >= 500:
        raise Fault(f"{host} answers {status}", remedy)
    return f"{host} answers"
