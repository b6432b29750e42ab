"""Keeps geocoders' answers for a day, so that nobody can read them.

- A key is a keyed hash of the geocoder and the normalised address; a value is sealed, and opens
  only under its own key. Without the operator's key, Redis tells neither who was looked up nor
  where.
- Found and ambiguous are kept for the time of the setting, "no such place" for an hour at most:
  a map is mended, and a signer tries again. "Unavailable" is never kept.
- Redis away is a cache that is empty.
- What is looked up once more at a person's word is forgotten first, whatever the answer was.

Nowhere else are coordinates stored.
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
    """A geocoder that is asked only for what was not asked lately; ``seconds`` is for how long.

    - An address that stands in a batch several times is asked for once.
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
            self._keep(fresh)
            answers |= fresh
        return [answers[key] for key in keys]

    def forget(self, addresses: Sequence[Address]) -> bool:
        """Let go of what is kept about these; return False while Redis is away."""
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

    def _keep(self, answers: dict[str, Answer]) -> None:
        def write(redis: Redis) -> None:
            pipeline = redis.pipeline(transaction=False)
            for key, answer in answers.items():
                seconds = self._keeps_for(answer)
                if seconds:
                    sealed = self._sealer.seal(_write(answer), key)
                    pipeline.set(key, sealed, px=int(seconds * 1000))
            pipeline.execute()

        self._shared.ask(write)

    def _keeps_for(self, answer: Answer) -> float:
        if isinstance(answer, Location | AmbiguousAddress):
            return self._seconds
        if type(answer) is AddressNotFound:
            return min(self._seconds, NOT_FOUND_SECONDS)
        return 0.0

    def _open(self, key: str, value: bytes) -> Answer | None:
        """Return the answer; None where the value is damaged, or of another version of ours."""
        try:
            kept = json.loads(self._sealer.open(value, key))
            places = [_read_place(place) for place in kept["places"]]
            found, ambiguous = bool(kept["found"] and places), bool(kept["ambiguous"])
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


def _read_place(kept: dict[str, object]) -> Location:
    return Location(**(kept | {"precision": Precision(str(kept["precision"]))}))  # type: ignore[arg-type]
