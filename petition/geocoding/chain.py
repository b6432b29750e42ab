"""The chain of geocoders that the settings name, tried in order."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from redis import Redis

from petition.core.errors import (
    AddressNotFound,
    ConfigurationError,
    PetitionError,
    Retryable,
)
from petition.core.extensions import get_settings, keep_for_app
from petition.core.queues import get_queues
from petition.core.sealing import Sealer
from petition.core.settings import Settings
from petition.geocoding.answer_cache import Cache
from petition.geocoding.answer_deadline import MOST_AT_ONCE, AnswerDeadline
from petition.geocoding.census import CensusGeocoder
from petition.geocoding.circuit_breaker import Breaker
from petition.geocoding.geocoder import (
    Address,
    AmbiguousAddress,
    Geocoder,
    Location,
    NoFixedPlace,
    Precision,
)
from petition.geocoding.host_guard import Guard
from petition.geocoding.normalization import AddressKind, normalize
from petition.geocoding.osm import make_nominatim, make_photon
from petition.geocoding.pelias import make_pelias
from petition.geocoding.request_rate import Rate
from petition.geocoding.shared_state import Shared
from petition.geocoding.zip_centroids import ZipGeocoder

# A new geocoder is one file and one line here.
REGISTRY: dict[str, Callable[[Settings], Geocoder]] = {
    "zip": lambda settings: ZipGeocoder(),
    "census": CensusGeocoder.from_settings,
    "nominatim": make_nominatim,
    "photon": make_photon,
    "pelias": make_pelias,
}

# The share of a worker's lease on its batch that all geocoders together may take.
LEASE_SHARE = 0.5
# How long a visitor waits for a lookup; what is not found by then is decided later.
VISITOR_SECONDS = 2.0
# Precisions that resolve an address for which an earlier geocoder was ambiguous.
SETTLING = frozenset({Precision.ROOFTOP, Precision.STREET})


class Chain(Geocoder):
    """Geocoders asked in order, each for the addresses that those before it did not find.

    - "Not found" continues with the next.
    - "Unavailable" continues too and is remembered: if no later one finds the address it is
      unavailable (so it is retried), and a later result is marked provisional.
    - "Ambiguous" continues, and only a house or its street resolves it: the center of a ZIP would
      be a guess between the candidates.
    - A military address stays one, whatever the others return.
    - A remote geocoder is asked only for normalized addresses that have a street.
    - A geocoder that raises an unexpected error is unavailable for all addresses of the call.
    """

    name = "chain"

    def __init__(self, geocoders: Sequence[Geocoder]) -> None:
        self._geocoders = tuple(geocoders)
        self._normalizes = any(geocoder.remote for geocoder in geocoders)

    def locate(self, address: Address) -> Location:
        """Return the first location found."""
        answer = self.locate_many([address])[0]
        if isinstance(answer, PetitionError):
            raise answer
        return answer

    def locate_many(self, addresses: Sequence[Address]) -> list[Location | PetitionError]:
        """Return the first location found for each address, or the error."""
        if len(self._geocoders) == 1 and not self._normalizes:
            return _ask(self._geocoders[0], addresses)
        searches = [self._begin(address) for address in addresses]
        for geocoder in self._geocoders:
            asked = [search for search in searches if search.is_for(geocoder)]
            if not asked:
                continue
            answers = _ask(geocoder, [search.address for search in asked])
            for search, answer in zip(asked, answers, strict=True):
                search.take(answer)
        return [search.conclude() for search in searches]

    def forget(self, addresses: Sequence[Address]) -> bool:
        """Delete the cached answers of these addresses; return False where that failed."""
        asked = [self._begin(address).address for address in addresses]
        return all([geocoder.forget(asked) for geocoder in self._geocoders])

    def _begin(self, address: Address) -> "_Search":
        if not self._normalizes:
            return _Search(address)
        normalized = normalize(address)
        search = _Search(normalized.address)
        if normalized.kind == AddressKind.MILITARY:
            search.take(NoFixedPlace(self.name))
        return search


@dataclass(slots=True)
class _Search:
    """The answers of the geocoders asked so far for one address."""

    address: Address
    found: Location | None = None
    unavailable: Retryable | None = None
    missing: PetitionError | None = None

    def is_for(self, geocoder: Geocoder) -> bool:
        """Return whether the geocoder should be asked."""
        if self.found is not None or isinstance(self.missing, NoFixedPlace):
            return False
        return bool(self.address.street_address) or not geocoder.remote

    def take(self, answer: Location | PetitionError) -> None:
        """Record one geocoder's answer."""
        ambiguous = isinstance(self.missing, AmbiguousAddress)
        if isinstance(answer, Retryable):
            self.unavailable = self.unavailable or answer
        elif isinstance(answer, PetitionError):
            self.missing = answer if not ambiguous else self.missing
        elif not ambiguous or answer.precision in SETTLING:
            provisional = self.unavailable is not None
            self.found = replace(answer, provisional=True) if provisional else answer

    def conclude(self) -> Location | PetitionError:
        """Return the location, or the error."""
        if self.found is not None:
            return self.found
        if isinstance(self.missing, NoFixedPlace):
            return self.missing
        return self.unavailable or self.missing or AddressNotFound(Chain.name)


def build_chain(
    settings: Settings, redis: Redis | None = None, *, for_visitors: bool = False
) -> Chain:
    """Return the chain of ``settings.geocoders``.

    - The state of the remote ones is kept in ``redis``; without it, each process has a rate and
      breaker of its own, and there is no cache.
    - ``for_visitors``: it answers within VISITOR_SECONDS, and does not wait for the rate.
    - Raises ConfigurationError, naming the setting, for a name that is not in the registry, a host
      that is not set and a rate that cannot be parsed.
    """
    for name in settings.geocoders:
        if name not in REGISTRY:
            raise ConfigurationError(
                "PETITION_GEOCODERS",
                f"names '{name}', which is no geocoder; choose from: {', '.join(sorted(REGISTRY))}",
            )
    geocoders = [REGISTRY[name](settings) for name in settings.geocoders]
    if for_visitors:
        return Chain(list(_guard_for_visitors(geocoders, settings, Shared(redis))))
    hosts = _count_remote(geocoders)
    seconds = settings.lease_seconds * LEASE_SHARE / hosts if hosts else 0.0
    return Chain(list(_guard_remote(geocoders, settings, Shared(redis), seconds)))


def get_chain() -> Chain:
    """Return the current app's chain, built at its first use."""
    return _get_chain("hundredth-geocoders", for_visitors=False)


def get_visitors_chain() -> Chain:
    """Return the current app's chain for use within a request, built at its first use."""
    return _get_chain("hundredth-visitors-geocoders", for_visitors=True)


def _get_chain(extension: str, *, for_visitors: bool) -> Chain:
    return keep_for_app(
        extension,
        lambda: build_chain(get_settings(), get_queues().redis, for_visitors=for_visitors),
    )


def _count_remote(geocoders: Sequence[Geocoder]) -> int:
    return sum(geocoder.remote for geocoder in geocoders)


def _guard_for_visitors(
    geocoders: Sequence[Geocoder], settings: Settings, shared: Shared
) -> Iterable[Geocoder]:
    """Wrap each guard in a deadline; the guards then do not wait for the rate."""
    places = threading.BoundedSemaphore(MOST_AT_ONCE)
    hosts = _count_remote(geocoders)
    for geocoder in _guard_remote(geocoders, settings, shared, seconds=0.0):
        yield (
            AnswerDeadline(geocoder, VISITOR_SECONDS / hosts, places)
            if geocoder.remote
            else geocoder
        )


def _guard_remote(
    geocoders: Sequence[Geocoder], settings: Settings, shared: Shared, seconds: float
) -> Iterable[Geocoder]:
    """Wrap each remote geocoder in a guard, and in a cache if the settings have one.

    - ``seconds``: the time that each has for one call.
    """
    for geocoder in geocoders:
        if not geocoder.remote:
            yield geocoder
            continue
        guarded = Guard(
            geocoder,
            Rate(geocoder.name, settings.geocoder_rate, shared),
            Breaker(geocoder.name, shared),
            seconds,
        )
        kept = settings.geocoder_cache_seconds
        sealer = Sealer(*settings.data_keys, hash_key=settings.hash_key)
        yield Cache(guarded, shared, sealer, kept) if kept else guarded


def _ask(geocoder: Geocoder, addresses: Sequence[Address]) -> list[Location | PetitionError]:
    try:
        return geocoder.locate_many(addresses)
    except Exception as error:
        return [geocoder.make_unavailable(error)] * len(addresses)
