"""How organizations' webhooks are called, as an operator can set it."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network

from petition.core.callbacks.address_rules import Network
from petition.core.environment import read_number
from petition.core.errors import ConfigurationError

_NAME = "PETITION_WEBHOOK_NETWORKS"


@dataclass(frozen=True, slots=True)
class CallbackLimits:
    """``networks``: allowed besides the public Internet, also over http and on every port.

    - ``seconds``: for one call, from the name look-up to the answer.
    """

    networks: tuple[Network, ...]
    seconds: float


def read_callbacks(env: Mapping[str, str]) -> CallbackLimits:
    """Return the limits; raises ConfigurationError naming the setting."""
    return CallbackLimits(
        networks=tuple(map(_read_network, (env.get(_NAME) or "").replace(",", " ").split())),
        seconds=read_number(env, "PETITION_WEBHOOK_SECONDS", 15, 1, 30),
    )


def _read_network(typed: str) -> Network:
    try:
        return ip_network(typed)
    except ValueError:
        raise ConfigurationError(_NAME, f"{typed} is no network such as 127.0.0.0/8") from None
