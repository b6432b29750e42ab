"""Checks of the geocoders that ask a host, one each: does it answer? No address is sent."""

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

    - Where the chain cannot be made, the one check says which setting is wrong.
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
    raise Fault(problem, "Set it: no worker locates anybody until then.")


def _check_host(name: str, url: str) -> str:
    """The host answers HTTP, whatever it says of its bare address; 5xx is a fault."""
    host = urlsplit(url).hostname
    remedy = f"Start it or mend PETITION_{name.upper()}_URL; addresses wait for it meanwhile."
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
