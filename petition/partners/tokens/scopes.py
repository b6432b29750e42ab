"""What a token allows."""

from enum import StrEnum


class TokenScope(StrEnum):
    """One thing that a token may be made for."""

    CAMPAIGNS_READ = "campaigns:read"  # the organization's own campaigns and offers
    PEOPLE_READ = "people:read"  # people who consented to it
    PEOPLE_WRITE = "people:write"  # records signatures, which their signers confirm
    CONSENTS_READ = "consents:read"  # changes of consents to it
    EXPORT = "export"
    ERASE = "erase"
    WEBHOOKS = "webhooks"


def write_scopes(scopes: frozenset[TokenScope]) -> str:
    """Return scopes as they are stored: in one order, with spaces between them."""
    return " ".join(scope.value for scope in TokenScope if scope in scopes)


def read_scopes(text: str) -> frozenset[TokenScope]:
    """Return the scopes that are stored."""
    return frozenset(TokenScope(name) for name in text.split())
