"""Reads single values from the environment; a bad one raises ConfigurationError with its name."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from petition.core.errors import ConfigurationError

# Short, so that names with a typing error in the prefix are found as well, such as PETITON_.
PREFIX = "PETIT"


class Environment(Mapping[str, str]):
    """The environment, with a record of the names that were read."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def describe_unknown(self) -> tuple[str, ...]:
        """Return a line for each name that looks like a setting and was not read.

        - To be called once all settings were read. The lines contain no values.
        """
        return tuple(
            f"{name} is not a setting and does nothing{self._guess(name)}"
            for name in sorted(self._values)
            if name.upper().startswith(PREFIX) and name not in self.asked
        )

    def _guess(self, name: str) -> str:
        """Return the most similar name, compared without the prefix that all share."""
        names = {_cut_prefix(asked): asked for asked in self.asked}
        near = get_close_matches(_cut_prefix(name.upper()), names, n=1, cutoff=0.7)
        if not near:
            return "; see docs/settings.md for the settings"
        return f"; the closest setting is {names[near[0]]}"


def _cut_prefix(name: str) -> str:
    return name.partition("_")[2]


def check_scheme(url: str, name: str, allowed: tuple[str, ...]) -> str:
    """Return the URL, which must start with one of the allowed schemes."""
    if url.partition("://")[0] not in allowed:
        raise ConfigurationError(name, f"must start with one of {', '.join(allowed)} and ://")
    return url


def read_choice(env: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Return one of the allowed values."""
    value = env.get(name) or default
    if value not in allowed:
        raise ConfigurationError(name, f"must be one of {', '.join(allowed)}")
    return value


def read_number(
    env: Mapping[str, str], name: str, default: float, low: float, high: float
) -> float:
    """Return a number from ``low`` to ``high``, both included."""
    try:
        value = float(env.get(name) or default)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise ConfigurationError(name, f"must be a number from {low:g} to {high:g}")
    return value


def read_integer(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """Return a whole number from ``low`` to ``high``, both included."""
    value = read_number(env, name, default, low, high)
    if value != int(value):
        raise ConfigurationError(name, f"must be a whole number from {low} to {high}")
    return int(value)


def read_limit(
    env: Mapping[str, str], name: str, default: float, low: float, high: float
) -> float | None:
    """Return a number from ``low`` to ``high``; None for ``off``."""
    if env.get(name, "").strip().lower() == "off":
        return None
    try:
        return read_number(env, name, default, low, high)
    except ConfigurationError:
        raise ConfigurationError(
            name, f"must be a number from {low:g} to {high:g}, or off"
        ) from None


def split_names(text: str) -> tuple[str, ...]:
    """Return the names of a comma-separated list."""
    return tuple(name.strip() for name in text.split(",") if name.strip())
