"""Chains as the settings make them, for tests that need no database."""

from collections.abc import Sequence
from pathlib import Path

from redis import Redis

from petition.core.settings import Settings, read_settings
from petition.geocoding.chain import Chain, build_chain
from tests.conftest import ENVIRONMENT
from tests.geocoding.geoservers import GeoServer


def make_settings(folder: Path, *servers: GeoServer, **changes: str) -> Settings:
    """Return settings whose geocoders are these servers in their order, unless changed."""
    environment = ENVIRONMENT | {
        "PETITION_DATA_DIR": str(folder),
        "PETITION_GEOCODERS": ",".join(server.kind for server in servers),
        "PETITION_GEOCODER_TIMEOUT": "0.4",
        "PETITION_GEOCODER_RATE": "1000 per second",
        # A batch of the Census may take half of it.
        "PETITION_LEASE_SECONDS": "20",
    }
    for server in servers:
        environment |= server.settings
    return read_settings(environment | changes)


def make_chain(
    folder: Path, *servers: GeoServer, redis: Redis | None = None, **changes: str
) -> Chain:
    """Return the chain of those settings."""
    return build_chain(make_settings(folder, *servers, **changes), redis)


def name_kinds(answers: Sequence[object]) -> list[str]:
    """Return the classes of a chain's answers."""
    return [type(answer).__name__ for answer in answers]
