"""Reads the settings that describe the site itself: its contact, its source code, its domains."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from petition.core.environment import check_scheme, read_choice
from petition.core.errors import ConfigurationError

_ADDRESS = re.compile(r"[^\s@<>\"]{1,64}@[A-Za-z0-9.-]{1,253}")


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """The operator's description of the site.

    - ``contact``: the operator's e-mail address, also for vulnerabilities (``security.txt``).
    - ``source_url``: the address of this version's source code, which section 13 of the AGPL
      requires if it was changed. ``https_below``: sub-domains are https only as well (HSTS).
    """

    contact: str | None
    source_url: str | None
    https_below: bool


def read_site_facts(env: Mapping[str, str]) -> SiteFacts:
    """Return the settings of the site; raises ConfigurationError naming the setting."""
    contact = env.get("PETITION_CONTACT") or None
    if contact is not None and not _ADDRESS.fullmatch(contact):
        raise ConfigurationError("PETITION_CONTACT", "is not an e-mail address")
    source_url = env.get("PETITION_SOURCE_URL") or None
    if source_url is not None:
        check_scheme(source_url, "PETITION_SOURCE_URL", ("http", "https"))
    below = read_choice(env, "PETITION_HTTPS_BELOW", "no", ("no", "yes"))
    return SiteFacts(contact, source_url, https_below=below == "yes")
