"""A deadline for a geocoder within a web request: a late answer becomes "unavailable".

The host is asked in a separate thread, so that no time-out of a library, no slow name server and no
pause between two tries delays the response. A late answer is still cached.
"""

import threading
from collections.abc import Sequence
from queue import Empty, SimpleQueue

from petition.core.errors import GeocoderUnavailable, PetitionError
from petition.geocoding.geocoder import Address, Geocoder, Location

Answers = list[Location | PetitionError]

# Concurrent lookups in a process: while a host does not respond, further visitors get an answer at
# once, and most of the process's threads (petition/web/buffering.py) remain for signing.
MOST_AT_ONCE = 2


class AnswerDeadline(Geocoder):
    """A geocoder that is waited for at most ``seconds``.

    - ``places``: the semaphore that the geocoders of a process share. A lookup whose caller has
      given up holds it until its host answers or its own time-out ends.
    """

    remote = True

    def __init__(
        self, geocoder: Geocoder, seconds: float, places: threading.BoundedSemaphore
    ) -> None:
        self.name = geocoder.name
        self._geocoder = geocoder
        self._seconds = seconds
        self._places = places

    def locate(self, address: Address) -> Location:
        """Return where the address is."""
        answer = self.locate_many([address])[0]
        if isinstance(answer, PetitionError):
            raise answer
        return answer

    def locate_many(self, addresses: Sequence[Address]) -> Answers:
        """Return a location or the error for each address, in their order."""
        late: Answers = [GeocoderUnavailable(self.name) for _ in addresses]
        if not self._places.acquire(blocking=False):
            return late
        answers: SimpleQueue[Answers] = SimpleQueue()
        threading.Thread(
            target=self._ask, args=(addresses, answers), name=f"look-up-{self.name}", daemon=True
        ).start()
        try:
            return answers.get(timeout=self._seconds)
        except Empty:
            return late

    def _ask(self, addresses: Sequence[Address], answers: "SimpleQueue[Answers]") -> None:
        try:
            answers.put(self._geocoder.locate_many(addresses))
        except Exception as error:
            answers.put([self.make_unavailable(error)] * len(addresses))
        finally:
            self._places.release()
