"""The chain of geocoders that the settings name, asked in their order."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from flask import current_app

from petition.errors import (
    AddressNotFound,
    ConfigurationError,
    PetitionError,
    Retryable,
)
from petition.extensions import get_settings
from petition.geography.geocoders.protocol import Address, Geocoder, Location, NoFixedPlace
from petition.geography.geocoders.zip import ZipGeocoder
from petition.settings import Settings

# A new geocoder is one file and one line here.
REGISTRY: dict[str, Callable[[Settings], Geocoder]] = {
    "zip": lambda settings: ZipGeocoder(),
}


class Chain(Geocoder):
    """Geocoders asked one after the other, each for what those before it did not find.

    - "Not found" goes on to the next.
    - "Unavailable" goes on too and is remembered: what nobody finds then is unavailable (so it is
      retried), and what a later one finds is marked provisional.
    - A geocoder that fails in a way nobody foresaw is unavailable, for all that it was asked.
    """

    name = "chain"

    def __init__(self, geocoders: Sequence[Geocoder]) -> None:
        self._geocoders = tuple(geocoders)

    def locate(self, address: Address) -> Location:
        """Return the first location found."""
        answer = self.locate_many([address])[0]
        if isinstance(answer, PetitionError):
            raise answer
        return answer

    def locate_many(self, addresses: Sequence[Address]) -> list[Location | PetitionError]:
        """Return the first location found for each address, or why there is none."""
        answers: list[Location | PetitionError] = [AddressNotFound(self.name)] * len(addresses)
        open_ones = list(range(len(addresses)))
        for geocoder in self._geocoders:
            if not open_ones:
                break
            found = _ask(geocoder, [addresses[index] for index in open_ones])
            for index, answer in zip(open_ones, found, strict=True):
                answers[index] = _merge(answers[index], answer)
            open_ones = [i for i in open_ones if isinstance(answers[i], PetitionError)]
        return answers


def build_chain(settings: Settings) -> Chain:
    """Return the chain of ``settings.geocoders``.

    - Raises ConfigurationError naming PETITION_GEOCODERS for a name that the registry lacks.
    """
    for name in settings.geocoders:
        if name not in REGISTRY:
            raise ConfigurationError(
                "PETITION_GEOCODERS", f"knows no '{name}'; there is: {', '.join(sorted(REGISTRY))}"
            )
    return Chain([REGISTRY[name](settings) for name in settings.geocoders])


def get_chain() -> Chain:
    """Return the current app's chain, built at its first use."""
    chain: Chain | None = current_app.extensions.get("hundredth-geocoders")
    if chain is None:
        chain = current_app.extensions["hundredth-geocoders"] = build_chain(get_settings())
    return chain


def _ask(geocoder: Geocoder, addresses: list[Address]) -> list[Location | PetitionError]:
    try:
        return geocoder.locate_many(addresses)
    except Exception as error:
        return [geocoder.excuse(error)] * len(addresses)


def _merge(
    earlier: Location | PetitionError, answer: Location | PetitionError
) -> Location | PetitionError:
    unavailable = isinstance(earlier, Retryable)
    if isinstance(answer, Location):
        return replace(answer, provisional=True) if unavailable else answer
    # What is known of an address says more than that a further geocoder does not know it.
    return earlier if unavailable or isinstance(earlier, NoFixedPlace) else answer
