"""The limits above which a hundred is held for review by a person, as an operator can set them."""

from collections.abc import Mapping
from dataclasses import dataclass

from petition.core.environment import read_limit, read_number


@dataclass(frozen=True, slots=True)
class BrakeLimits:
    """The shares, in percent, from which a hundred is held for review by a person; None: never.

    - ``quick_share`` within ``quick_minutes``; ``letters_a_day``: more than so many of a district.
    - petition/counting/evidence.py defines what each limit is compared with.
    """

    network_share: float | None
    domain_share: float | None
    quick_share: float | None
    quick_minutes: float
    unloaded_share: float | None
    moved_share: float | None
    alike_share: float | None
    shared_share: float | None
    batch_share: float | None
    letters_a_day: float | None


def read_brake(env: Mapping[str, str]) -> BrakeLimits:
    """Return the limits for holding a hundred; raises ConfigurationError naming the setting."""

    def read_share(name: str, default: float) -> float | None:
        return read_limit(env, f"PETITION_BRAKE_{name}", default, 1, 100)

    return BrakeLimits(
        network_share=read_share("NETWORK_SHARE", 40),
        domain_share=read_share("DOMAIN_SHARE", 40),
        quick_share=read_share("QUICK_SHARE", 80),
        quick_minutes=read_number(env, "PETITION_BRAKE_QUICK_MINUTES", 10, 1, 1440),
        unloaded_share=read_share("UNLOADED_SHARE", 60),
        moved_share=read_share("MOVED_SHARE", 30),
        alike_share=read_share("ALIKE_SHARE", 20),
        shared_share=read_share("SHARED_SHARE", 20),
        batch_share=read_share("BATCH_SHARE", 40),
        letters_a_day=read_limit(env, "PETITION_BRAKE_LETTERS_A_DAY", 3, 1, 10_000),
    )
