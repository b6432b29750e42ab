"""The chain of geocoders that the settings name, asked in their order."""

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
from petition.geocoding.answer_deadline import MOST_AT_ONCE, Deadline
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
from petition.geocoding.normalization import Kind, normalize
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

# All geocoders together may take this part of a worker's lease on its batch.
LEASE_SHARE = 0.5
# And so long a visitor who looks an address up waits: what nobody found by then is told later.
VISITOR_SECONDS = 2.0
# What settles an address of which a geocoder before said that it is ambiguous.
SETTLING = frozenset({Precision.ROOFTOP, Precision.STREET})


class Chain(Geocoder):
    """Geocoders asked one after the other, each for what those before it did not find.

    - "Not found" goes on to the next.
    - "Unavailable" goes on too and is remembered: what nobody finds then is unavailable (so it is
      retried), and what a later one finds is marked provisional.
    - "Ambiguous" goes on, and only a house or its street settles it: the middle of a ZIP would be
      a guess between the candidates.
    - A military address is one, whatever the others know of it.
    - A remote geocoder is asked for normalised addresses that have a street, and for no others.
    - A geocoder that fails in a way nobody foresaw is unavailable, for all that it was asked.
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
        """Return the first location found for each address, or why there is none."""
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
        """Have each geocoder asked anew about these; return False where one cannot be."""
        asked = [self._begin(address).address for address in addresses]
        return all([geocoder.forget(asked) for geocoder in self._geocoders])

    def _begin(self, address: Address) -> "_Search":
        if not self._normalizes:
            return _Search(address)
        normalized = normalize(address)
        search = _Search(normalized.address)
        if normalized.kind == Kind.MILITARY:
            search.take(NoFixedPlace(self.name))
        return search


@dataclass(slots=True)
class _Search:
    """What the geocoders asked so far say of one address."""

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
        """Note one geocoder's answer."""
        ambiguous = isinstance(self.missing, AmbiguousAddress)
        if isinstance(answer, Retryable):
            self.unavailable = self.unavailable or answer
        elif isinstance(answer, PetitionError):
            self.missing = answer if not ambiguous else self.missing
        elif not ambiguous or answer.precision in SETTLING:
            provisional = self.unavailable is not None
            self.found = replace(answer, provisional=True) if provisional else answer

    def conclude(self) -> Location | PetitionError:
        """Return the location, or why there is none."""
        if self.found is not None:
            return self.found
        if isinstance(self.missing, NoFixedPlace):
            return self.missing
        return self.unavailable or self.missing or AddressNotFound(Chain.name)


def build_chain(
    settings: Settings, redis: Redis | None = None, *, for_visitors: bool = False
) -> Chain:
    """Return the chain of ``settings.geocoders``.

    - What the remote ones need to keep is kept in ``redis``; without it, each process has rate
      and breaker of its own, and there is no cache.
    - ``for_visitors``: it answers within VISITOR_SECONDS, and waits for no rate.
    - Raises ConfigurationError, naming the setting, for a name that the registry lacks, a host
      that is not set and a rate that cannot be read.
    """
    for name in settings.geocoders:
        if name not in REGISTRY:
            raise ConfigurationError(
                "PETITION_GEOCODERS", f"knows no '{name}'; there is: {', '.join(sorted(REGISTRY))}"
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
    """Return the current app's chain for those who wait for its answer, built at its first use."""
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
    """Put a deadline before each guard, which then waits for no rate."""
    places = threading.BoundedSemaphore(MOST_AT_ONCE)
    hosts = _count_remote(geocoders)
    for geocoder in _guard_remote(geocoders, settings, shared, seconds=0.0):
        yield (Deadline(geocoder, VISITOR_SECONDS / hosts, places) if geocoder.remote else geocoder)


def _guard_remote(
    geocoders: Sequence[Geocoder], settings: Settings, shared: Shared, seconds: float
) -> Iterable[Geocoder]:
    """Put a guard, and a cache where one is wanted, before each geocoder that asks a host.

    - ``seconds``: what each has for one call.
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
        sealer = Sealer(settings.data_key)
        yield Cache(guarded, shared, sealer, kept) if kept else guarded


def _ask(geocoder: Geocoder, addresses: Sequence[Address]) -> list[Location | PetitionError]:
    try:
        return geocoder.locate_many(addresses)
    except Exception as error:
        return [geocoder.excuse(error)] * len(addresses)
