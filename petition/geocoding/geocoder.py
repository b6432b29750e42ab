"""The interface of all geocoders: what they take, return and raise."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from petition.core.errors import AddressNotFound, GeocoderUnavailable, PetitionError
from petition.core.logs import get_logger

log = get_logger(__name__)


class Precision(StrEnum):
    """How precise a location is."""

    ROOFTOP = "rooftop"  # the house itself
    STREET = "street"  # near it: interpolated along the street, or a street too short to matter
    LOCALITY = "locality"  # somewhere in the city or town
    POSTAL = "postal"  # the center of the ZIP's area


# The precisions with which a polygon may decide.
EXACT = frozenset({Precision.ROOFTOP, Precision.STREET})


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """The address that a signer gave; ``region`` is a postal abbreviation such as "MA".

    - ``home``: the districts that they chose (petition/models/signatures/home.py). It is sent to
      no geocoder and ignored in comparisons.
    - The representation has no content, since it may end up in a log or a traceback.
    """

    street_address: str
    locality: str
    region: str
    postal_code: str
    country: str = "US"
    home: str = field(default="", compare=False)

    def __repr__(self) -> str:
        return "Address(...)"


@dataclass(frozen=True, slots=True)
class Location:
    """Where an address is, and how precisely that is known; never stored, only looked up.

    - ``latitude`` and ``longitude`` in degrees, WGS84 or NAD83 (they differ by meters).
    - ``source``: the geocoder's name.
    - ``region`` and ``postal_code`` are from the answer, to be compared with those given; empty
      where it has none.
    - ``county``: the county's name in the source ("Middlesex County"), None when unknown.
    - ``provisional``: an earlier geocoder was unavailable and might have been more precise.
    - Its representation leaves the coordinates and the ZIP out, as an Address's does.
    """

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)
    precision: Precision
    source: str
    region: str = ""
    postal_code: str = field(default="", repr=False)
    county: str | None = None
    provisional: bool = False


class NoFixedPlace(AddressNotFound):
    """A military address (APO, FPO, DPO), which is valid and lies in no district."""

    code = "military-address"


class AmbiguousAddress(AddressNotFound):
    """Several places that lie apart match the address equally well.

    - ``candidates``: those places; empty where the geocoder does not list them.
    """

    code = "ambiguous-address"

    def __init__(self, name: str = "", candidates: Sequence[Location] = ()) -> None:
        super().__init__(name)
        self.candidates = tuple(candidates)


class Geocoder(Protocol):
    """The interface of a geocoder.

    - Raises AddressNotFound when there is no such place, and GeocoderUnavailable (or its
      GeocoderRateLimited) when it could not be asked: the first is final, the second is retried.
    - Logs no address.
    - ``remote``: it sends requests to a host. Such a geocoder is guarded and cached, and asked only
      for normalized addresses with a street: see chain.py.
    - ``batch_rows``: how many addresses one of its requests can carry.
    """

    name: str
    remote: bool = False
    batch_rows: int = 1

    @abstractmethod
    def locate(self, address: Address) -> Location:
        """Return where the address is."""

    def locate_many(self, addresses: Sequence[Address]) -> list[Location | PetitionError]:
        """Return a location or the error for each address, in their order.

        - A geocoder with batch requests overrides this.
        """
        return [self._try(address) for address in addresses]

    def forget(self, addresses: Sequence[Address]) -> bool:
        """Delete the cached answers of these addresses; return False where that failed.

        - The default does nothing, for a geocoder without a cache.
        """
        return True

    def _try(self, address: Address) -> Location | PetitionError:
        try:
            return self.locate(address)
        except PetitionError as error:
            return error
        except Exception as error:
            return self.make_unavailable(error)

    def make_unavailable(self, error: Exception) -> GeocoderUnavailable:
        """Log the class of an unexpected error, and return it as GeocoderUnavailable.

        - Its message may hold an address, so it is not logged. One unexpected answer must neither
          reject a signer nor stop the rest of a batch.
        """
        log.error("geocoder.failed", geocoder=self.name, error=type(error).__name__)
        return GeocoderUnavailable(self.name)
