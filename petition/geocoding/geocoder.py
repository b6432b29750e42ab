"""What every geocoder takes, returns and raises."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from petition.core.errors import AddressNotFound, GeocoderUnavailable, PetitionError
from petition.core.logs import get_logger

log = get_logger(__name__)


class Precision(StrEnum):
    """How near to the door a location is."""

    ROOFTOP = "rooftop"  # the house itself
    STREET = "street"  # beside it: reckoned along the street, or a street too short to matter
    LOCALITY = "locality"  # somewhere in the city or town
    POSTAL = "postal"  # the middle of the ZIP's area


# What a polygon may decide.
EXACT = frozenset({Precision.ROOFTOP, Precision.STREET})


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """What a signer wrote; ``region`` is a postal abbreviation such as "MA".

    - ``home``: the districts that they named themselves (petition/models/home.py). No geocoder is
      told, and it makes no other address.
    - It shows nothing of itself: a representation ends in a log or a traceback some day.
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
    """Where an address is, and how well that is known; never stored, only looked up.

    - ``latitude`` and ``longitude`` in degrees, WGS84 or NAD83 (they differ by metres).
    - ``source``: the geocoder's name.
    - ``region`` and ``postal_code`` are the answer's own, to hold against what the signer wrote;
      empty where it has none.
    - ``county``: the county's name as the source has it ("Middlesex County"), None when unknown.
    - ``provisional``: a geocoder before this one could not be asked and may have known better.
    - Its representation leaves out where it is, as an Address's does.
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
    """A military address (APO, FPO, DPO): it is real, and it lies in no district."""

    code = "military-address"


class AmbiguousAddress(AddressNotFound):
    """Places that lie apart answer to the address equally well, so nobody guesses among them.

    - ``candidates``: those places; empty where the geocoder counts them and does not name them.
    """

    code = "ambiguous-address"

    def __init__(self, name: str = "", candidates: Sequence[Location] = ()) -> None:
        super().__init__(name)
        self.candidates = tuple(candidates)


class Geocoder(Protocol):
    """One way to find addresses.

    - Raises AddressNotFound when there is no such place, and GeocoderUnavailable (or its
      GeocoderRateLimited) when it could not be asked: the first is settled, the second is retried.
    - Logs no address.
    - ``remote``: it asks a host. Such a one is guarded and cached, and given only addresses with
      a street, normalised: see chain.py.
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

        - A geocoder that can be asked for many at once overrides this.
        """
        return [self._try(address) for address in addresses]

    def forget(self, addresses: Sequence[Address]) -> bool:
        """Keep no answer about these any more; return False where that could not be done.

        - Nothing to do for one that keeps none.
        """
        return True

    def _try(self, address: Address) -> Location | PetitionError:
        try:
            return self.locate(address)
        except PetitionError as error:
            return error
        except Exception as error:
            return self.excuse(error)

    def excuse(self, error: Exception) -> GeocoderUnavailable:
        """Return "unavailable" for a failure that nobody foresaw, and log its class.

        - Its words may hold an address, so they are left out; one odd answer must neither turn a
          signer away nor keep the others of a batch from being located.
        """
        log.error("geocoder.failed", geocoder=self.name, error=type(error).__name__)
        return GeocoderUnavailable(self.name)
