"""Reads single values from the environment; a bad one raises ConfigurationError by its name."""

from collections.abc import Mapping

from petition.errors import ConfigurationError


def check_scheme(url: str, name: str, allowed: tuple[str, ...]) -> str:
    """Return the URL; it must start with one of the schemes that are allowed."""
    if url.partition("://")[0] not in allowed:
        raise ConfigurationError(name, f"must start with one of {', '.join(allowed)} and ://")
    return url


def read_choice(env: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Return one of the values that are allowed."""
    value = env.get(name) or default
    if value not in allowed:
        raise ConfigurationError(name, f"must be one of {', '.join(allowed)}")
    return value


def read_number(
    env: Mapping[str, str], name: str, default: float, low: float, high: float
) -> float:
    """Return a number within its bounds, which are allowed themselves."""
    try:
        value = float(env.get(name) or default)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise ConfigurationError(name, f"must be a number from {low:g} to {high:g}")
    return value


def read_integer(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """Return a whole number within its bounds, which are allowed themselves."""
    value = read_number(env, name, default, low, high)
    if value != int(value):
        raise ConfigurationError(name, f"must be a whole number from {low} to {high}")
    return int(value)


def read_limit(
    env: Mapping[str, str], name: str, default: float, low: float, high: float
) -> float | None:
    """Return a number within its bounds; None for ``off``."""
    if env.get(name, "").strip().lower() == "off":
        return None
    try:
        return read_number(env, name, default, low, high)
    except ConfigurationError:
        raise ConfigurationError(
            name, f"must be a number from {low:g} to {high:g}, or off"
        ) from None


def split_names(text: str) -> tuple[str, ...]:
    """Return the names of a list that is separated by commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())
