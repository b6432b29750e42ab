"""Cache geocoders' answers, encrypted, for the time of the setting (a day by default).

- A key is a keyed hash of the geocoder and the normalized address; a value is encrypted and bound
  to its key. Without the operator's key, Redis reveals neither who was looked up nor where.
- Found and ambiguous answers are cached for the time of the setting, "no such place" for an hour at
  most: maps are corrected, and signers try again. "Unavailable" is never cached.
- While Redis is unavailable, every lookup is a miss.
- When staff have an address looked up again, its answer is deleted first, whatever it was.

Coordinates are stored nowhere else.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import cast

from redis import Redis

from petition.core.errors import AddressNotFound, ConfigurationError, PetitionError
from petition.core.sealing import Sealer
from petition.geocoding.geocoder import (
    Address,
    AmbiguousAddress,
    Geocoder,
    Location,
    Precision,
)
from petition.geocoding.shared_state import Shared

NOT_FOUND_SECONDS = 3600.0
PURPOSE = "geocoded address"

Answer = Location | PetitionError


class Cache(Geocoder):
    """A geocoder that answers from a cache first; ``seconds`` is the time to live.

    - An address that occurs several times in a batch is looked up once.
    """

    remote = True

    def __init__(self, geocoder: Geocoder, shared: Shared, sealer: Sealer, seconds: float) -> None:
        self.name = geocoder.name
        self._geocoder = geocoder
        self._shared = shared
        self._sealer = sealer
        self._seconds = seconds

    def locate(self, address: Address) -> Location:
        """Return where the address is."""
        answer = self.locate_many([address])[0]
        if isinstance(answer, PetitionError):
            raise answer
        return answer

    def locate_many(self, addresses: Sequence[Address]) -> list[Answer]:
        """Return a location or the error for each address, in their order."""
        if not addresses:
            return []
        keys = [self._make_key(address) for address in addresses]
        answers = self._fetch(list(dict.fromkeys(keys)))
        wanted = {
            key: address for key, address in zip(keys, addresses, strict=True) if key not in answers
        }
        if wanted:
            found = self._geocoder.locate_many(list(wanted.values()))
            fresh = dict(zip(wanted, found, strict=True))
            self._store(fresh)
            answers |= fresh
        return [answers[key] for key in keys]

    def forget(self, addresses: Sequence[Address]) -> bool:
        """Delete the cached answers of these addresses; return False while Redis is unavailable."""
        keys = {self._make_key(address) for address in addresses}
        return not keys or self._shared.ask(lambda redis: redis.unlink(*keys)) is not None

    def _make_key(self, address: Address) -> str:
        value = json.dumps([self.name, asdict(address)], sort_keys=True)
        return f"hundredth:geocoded:{self._sealer.digest(value, PURPOSE).hex()}"

    def _fetch(self, keys: Sequence[str]) -> dict[str, Answer]:
        values = cast(list[bytes | None], self._shared.ask(lambda redis: redis.mget(keys)) or [])
        found = {}
        for key, value in zip(keys, values, strict=False):
            answer = self._open(key, value) if value else None
            if answer is not None:
                found[key] = answer
        return found

    def _store(self, answers: dict[str, Answer]) -> None:
        def write(redis: Redis) -> None:
            pipeline = redis.pipeline(transaction=False)
            for key, answer in answers.items():
                seconds = self._find_ttl(answer)
                if seconds:
                    sealed = self._sealer.seal(_write(answer), key)
                    pipeline.set(key, sealed, px=int(seconds * 1000))
            pipeline.execute()

        self._shared.ask(write)

    def _find_ttl(self, answer: Answer) -> float:
        if isinstance(answer, Location | AmbiguousAddress):
            return self._seconds
        if type(answer) is AddressNotFound:
            return min(self._seconds, NOT_FOUND_SECONDS)
        return 0.0

    def _open(self, key: str, value: bytes) -> Answer | None:
        """Return the answer; None where the value is damaged, or of another software version."""
        try:
            stored = json.loads(self._sealer.open(value, key))
            places = [_read_place(place) for place in stored["places"]]
            found, ambiguous = bool(stored["found"] and places), bool(stored["ambiguous"])
        except (ConfigurationError, ValueError, KeyError, TypeError):
            return None
        if found:
            return places[0]
        return AmbiguousAddress(self.name, places) if ambiguous else AddressNotFound(self.name)


def _write(answer: Answer) -> bytes:
    places = (answer,) if isinstance(answer, Location) else getattr(answer, "candidates", ())
    return json.dumps(
        {
            "found": isinstance(answer, Location),
            "ambiguous": isinstance(answer, AmbiguousAddress),
            "places": [asdict(place) for place in places],
        }
    ).encode()


def _read_place(stored: dict[str, object]) -> Location:
    return Location(**(stored | {"precision": Precision(str(stored["precision"]))}))  # type: ignore[arg-type]
