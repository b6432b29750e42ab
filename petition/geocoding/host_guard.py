"""A guard for a remote geocoder: rate limit, circuit breaker, one retry, deadline."""

import time
from collections.abc import Callable, Sequence

from petition.core.errors import GeocoderRateLimited, GeocoderUnavailable, PetitionError
from petition.geocoding.circuit_breaker import Breaker
from petition.geocoding.geocoder import Address, Geocoder, Location
from petition.geocoding.request_rate import Rate

# A failure faster than this is retried once at once. A slow failure is not: the stage retries it
# later.
QUICK_SECONDS = 1.0
PAUSE_SECONDS = 0.2


class Guard(Geocoder):
    """A remote geocoder with limits.

    - ``seconds``: the time for one call, so that a batch keeps within its worker's lease. Addresses
      not asked by then are rate-limited, and become due again.
    - Each request carries as many addresses as the geocoder takes. A request that fails makes only
      its own addresses unavailable.
    - A rate-limit answer opens the breaker for as long as the provider says.
    - An unexpected error is "unavailable" and counts as a failure.
    """

    remote = True

    def __init__(
        self,
        geocoder: Geocoder,
        rate: Rate,
        breaker: Breaker,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = geocoder.name
        self._geocoder = geocoder
        self._rate = rate
        self._breaker = breaker
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep

    def locate(self, address: Address) -> Location:
        """Return where the address is."""
        answer = self.locate_many([address])[0]
        if isinstance(answer, PetitionError):
            raise answer
        return answer

    def locate_many(self, addresses: Sequence[Address]) -> list[Location | PetitionError]:
        """Return a location or the error for each address, in their order."""
        until = self._clock() + self._seconds
        rows = self._geocoder.batch_rows
        answers: list[Location | PetitionError] = []
        for start in range(0, len(addresses), rows):
            answers += self._ask(addresses[start : start + rows], until)
        return answers

    def _ask(self, addresses: Sequence[Address], until: float) -> list[Location | PetitionError]:
        """Send one request, and a second one if the first failed quickly."""
        answers, took = self._try_request(addresses, until)
        if took is not None and took < QUICK_SECONDS and _are_unavailable(answers):
            self._sleep(PAUSE_SECONDS)
            answers, _ = self._try_request(addresses, until)
        return answers

    def _try_request(
        self, addresses: Sequence[Address], until: float
    ) -> tuple[list[Location | PetitionError], float | None]:
        """Return the answers, and the seconds they took; None where a retry is no use."""
        try:
            self._breaker.enter()
            self._rate.wait(until)
        except GeocoderUnavailable as error:
            return [error] * len(addresses), None
        began = self._clock()
        answers = self._request(addresses)
        if not _are_unavailable(answers):
            self._breaker.succeed()
        elif isinstance(answers[0], GeocoderRateLimited):
            self._breaker.rest(answers[0].retry_after)
            return answers, None
        else:
            self._breaker.fail()
        return answers, self._clock() - began

    def _request(self, addresses: Sequence[Address]) -> list[Location | PetitionError]:
        try:
            return self._geocoder.locate_many(addresses)
        except Exception as error:
            return [self.make_unavailable(error)] * len(addresses)


def _are_unavailable(answers: Sequence[Location | PetitionError]) -> bool:
    return all(isinstance(answer, GeocoderUnavailable) for answer in answers)
