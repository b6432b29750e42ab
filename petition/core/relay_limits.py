"""How often organizations may write to people through the service, as an operator can set it."""

from collections.abc import Mapping
from dataclasses import dataclass

from petition.core.environment import read_integer


@dataclass(frozen=True, slots=True)
class RelayLimits:
    """``days_between``: from one message of an organization to a person to the next, at least.

    - ``messages_a_day``: how many messages an organization may begin to send within 24 hours.
    """

    days_between: int
    messages_a_day: int


def read_relay(env: Mapping[str, str]) -> RelayLimits:
    """Return the limits; raises ConfigurationError naming the setting."""
    return RelayLimits(
        days_between=read_integer(env, "PETITION_RELAY_DAYS_BETWEEN", 7, 1, 365),
        messages_a_day=read_integer(env, "PETITION_RELAY_MESSAGES_A_DAY", 3, 1, 100),
    )
