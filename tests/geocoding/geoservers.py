"""Real HTTP servers on loopback that answer as the Census, Nominatim, Photon and Pelias do.

    with serve("census", {"17 Example St": Place(42.36, -71.1, "MA", "02139")}) as server:
        app = make_app(PETITION_GEOCODERS="census, zip", **server.settings)

- ``places`` maps a street to a place, to several, or to none; a function of the street does too.
  Streets are compared in capitals and with single blanks, as normalising leaves them. One that is
  not there is well-formed "no such place".
- ``server.faults`` is a list of what to do to the next requests, in turn; ``server.fault`` is done
  to every other one. None is no fault. See FAULTS.
- ``server.asked`` are the streets asked for, ``server.requests`` the requests, as they came.
"""

import csv
import io
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from petition.postal.us_states import BY_CODE

KINDS = ("census", "nominatim", "photon", "pelias")
HTML = b"<!doctype html><title>Sign in</title><p>Please accept the terms of this network.</p>"


@dataclass(frozen=True)
class Place:
    """Where a server says that a street is.

    - ``detail``: "house", "interpolated", "street", "city", "postcode" or "state".
    - ``length``: of the street, in degrees of latitude; None leaves its box out.
    - ``number`` None is the number that was asked for.
    """

    latitude: float
    longitude: float
    region: str
    postal_code: str
    detail: str = "house"
    locality: str = "Example"
    length: float | None = None
    number: str | None = None
    country: str = "us"


Places = Mapping[str, Place | Sequence[Place]] | Callable[[str], Sequence[Place]]


@dataclass
class Reply:
    """What goes back: a status, headers and a body, after so many seconds.

    - ``drips``: seconds between one byte of the body and the next.
    """

    body: bytes
    status: int = 200
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0.0
    drips: float = 0.0


Fault = Callable[[Reply], Reply | None]


def be_slow(reply: Reply) -> Reply:
    """Answer well, and too late."""
    return replace(reply, after=5.0)


def drip(reply: Reply) -> Reply:
    """Answer well, byte by byte, so that no single wait is long."""
    return replace(reply, drips=0.05)


def refuse_rate(reply: Reply) -> Reply:
    """429, and nothing about when."""
    return Reply(b'{"error": "slow down"}', 429)


def refuse_rate_until(reply: Reply) -> Reply:
    """429, with the seconds to wait."""
    return Reply(b'{"error": "slow down"}', 429, headers={"Retry-After": "120"})


def fail(reply: Reply) -> Reply:
    """500."""
    return Reply(b'{"error": "it broke"}', 500)


def show_page(reply: Reply) -> Reply:
    """A page where JSON or CSV should be, with status 200."""
    return Reply(HTML, kind="text/html")


def refuse_with_page(reply: Reply) -> Reply:
    """400 from a proxy in between, as a page."""
    return Reply(HTML, 400, "text/html")


def garble(reply: Reply) -> Reply:
    """Half of the answer."""
    return replace(reply, body=reply.body[: len(reply.body) // 2] or b'{"a')


def say_nothing(reply: Reply) -> Reply:
    """JSON that is whole and of another shape."""
    return Reply(b"{}")


def say_null(reply: Reply) -> Reply:
    """JSON's null."""
    return Reply(b"null")


def refuse_key(reply: Reply) -> Reply:
    """401, as for a wrong key."""
    return Reply(b'{"error": "invalid key"}', 401)


def forbid(reply: Reply) -> Reply:
    """403, as for a blocked user."""
    return Reply(b'{"error": "forbidden"}', 403)


def redirect(reply: Reply) -> Reply:
    """A redirect, which would take the address elsewhere."""
    return Reply(b"", 302, headers={"Location": "http://127.0.0.1:9/elsewhere"})


def hang_up(reply: Reply) -> None:
    """Close without a word."""


FAULTS: dict[str, Fault] = {
    "slow": be_slow,
    "dripping": drip,
    "429": refuse_rate,
    "429 with a time": refuse_rate_until,
    "500": fail,
    "a page": show_page,
    "400 as a page": refuse_with_page,
    "garbled": garble,
    "of another shape": say_nothing,
    "null": say_null,
    "wrong key": refuse_key,
    "forbidden": forbid,
    "redirect": redirect,
    "hung up": hang_up,
}


class GeoServer(ThreadingHTTPServer):
    """One provider on a free port of loopback."""

    daemon_threads = True
    # A test's flood of connections is not to be refused by a short queue.
    request_queue_size = 128

    def __init__(self, kind: str, places: Places) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.kind = kind
        self.places = places
        self.fault: Fault | None = None
        self.faults: list[Fault | None] = []
        self.asked: list[str] = []
        self.requests: list[str] = []
        self.stopping = threading.Event()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def settings(self) -> dict[str, str]:
        """The setting that names it."""
        return {f"PETITION_{self.kind.upper()}_URL": self.url}

    def find(self, street: str) -> list[Place]:
        """Return the places of a street, each with the number that was asked for."""
        street = fold(street)
        with self._lock:
            self.asked.append(street)
        if isinstance(self.places, Mapping):
            found = {fold(name): place for name, place in self.places.items()}.get(street, [])
        else:
            found = self.places(street)
        return [found] if isinstance(found, Place) else list(found)

    def answer(self, path: str, body: bytes, content_type: str) -> Reply | None:
        """Return what to send; None is nothing."""
        with self._lock:
            self.requests.append(path)
            fault = self.faults.pop(0) if self.faults else self.fault
        if urlsplit(path).query or body:
            reply = ANSWERS[self.kind](self, path, body, content_type)
        else:
            reply = Reply(b"{}", 404)  # who asks for no place is told that there is nothing here
        return fault(reply) if fault else reply

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hung up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: GeoServer

    def do_GET(self) -> None:
        self._reply(self.server.answer(self.path, b"", ""))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._reply(self.server.answer(self.path, body, self.headers["Content-Type"]))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _reply(self, reply: Reply | None) -> None:
        self.close_connection = True
        if reply is None or self.server.stopping.wait(reply.after):
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if not reply.drips:
            self.wfile.write(reply.body)
            return
        for byte in reply.body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.server.stopping.wait(reply.drips):
                return


@contextmanager
def serve(kind: str, places: Places) -> Iterator[GeoServer]:
    """Run a provider for as long as the block lasts."""
    server = GeoServer(kind, places)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


def fold(street: str) -> str:
    """Return a street as streets are compared."""
    return " ".join(street.upper().split())


def number_of(street: str, place: Place) -> str:
    """Return the house number that a server tells."""
    return place.number or street.split(" ", 1)[0]


def answer_census(server: GeoServer, path: str, body: bytes, content_type: str) -> Reply:
    service = urlsplit(path).path.rsplit("/", 1)[-1]
    if service == "addressbatch":
        return _answer_census_file(server, body, content_type)
    query = _read_query(path)
    street = query.get("street") or query["address"].split(",")[0]
    matches = [
        {
            "tigerLine": {"side": "L", "tigerLineId": "76355984"},
            "coordinates": {"x": place.longitude, "y": place.latitude},
            "addressComponents": {
                "zip": place.postal_code,
                "state": place.region,
                "city": place.locality.upper(),
            },
            "matchedAddress": _write_match(street, place),
        }
        for place in server.find(street)
    ]
    benchmark = {"id": "4", "benchmarkName": query["benchmark"], "isDefault": True}
    told = {"address": {"address": street}, "benchmark": benchmark}
    return _json({"result": {"input": told, "addressMatches": matches}})


def _answer_census_file(server: GeoServer, body: bytes, content_type: str) -> Reply:
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body
    )
    parts = {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in message.iter_parts()  # type: ignore[attr-defined]
    }
    assert parts["benchmark"] == b"Public_AR_Current"
    file = io.StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    rows = list(csv.reader(io.StringIO(parts["addressFile"].decode())))
    assert len(rows) <= 10_000
    for number, street, *rest in reversed(rows):  # its order is its own
        written = ", ".join([street, *rest])
        found = server.find(street)
        if not found:
            writer.writerow([number, written, "No_Match"])
        elif len(found) > 1:
            writer.writerow([number, written, "Tie"])
        else:
            [place] = found
            point = f"{place.longitude},{place.latitude}"
            match = _write_match(street, place)
            writer.writerow([number, written, "Match", "Exact", match, point, "76355984", "L"])
    return Reply(file.getvalue().encode(), kind="text/csv")


def answer_nominatim(server: GeoServer, path: str, body: bytes, content_type: str) -> Reply:
    query = _read_query(path)
    street = query.get("street") or query.get("q", "").split(",")[0]
    return _json([_make_nominatim(street, place) for place in server.find(street)])


def _make_nominatim(street: str, place: Place) -> dict[str, Any]:
    category, kind, scale, rank, element = {
        "house": ("building", "yes", "building", 30, "way"),
        "interpolated": ("place", "house", "place", 30, "way"),
        "street": ("highway", "residential", "road", 26, "way"),
        "city": ("boundary", "administrative", "city", 16, "relation"),
        "postcode": ("place", "postcode", "postcode", 21, "node"),
        "state": ("boundary", "administrative", "state", 8, "relation"),
    }[place.detail]
    details = {
        "road": street.split(" ", 1)[-1],
        "city": place.locality,
        "state": _name_state(place.region),
        "ISO3166-2-lvl4": f"US-{place.region}",
        "postcode": place.postal_code,
        "country_code": place.country,
    }
    if place.detail in ("house", "interpolated"):
        details["house_number"] = number_of(street, place)
    raw = {
        "place_id": 1,
        "osm_type": element,
        "lat": str(place.latitude),
        "lon": str(place.longitude),
        "class": category,
        "type": kind,
        "addresstype": scale,
        "place_rank": rank,
        "display_name": street,
        "address": details,
    }
    if place.length is not None:
        south, north = place.latitude, place.latitude + place.length
        raw["boundingbox"] = [str(c) for c in (south, north, place.longitude, place.longitude)]
    return raw


def answer_photon(server: GeoServer, path: str, body: bytes, content_type: str) -> Reply:
    street = _read_query(path)["q"].split(",")[0]
    features = [_make_photon(street, place) for place in server.find(street)]
    return _json({"type": "FeatureCollection", "features": features})


def _make_photon(street: str, place: Place) -> dict[str, Any]:
    key, value, kind = {
        "house": ("building", "yes", "house"),
        "interpolated": ("place", "house", "house"),
        "street": ("highway", "residential", "street"),
        "city": ("place", "city", "city"),
        "postcode": ("place", "postcode", "other"),
        "state": ("place", "state", "state"),
    }[place.detail]
    properties: dict[str, Any] = {
        "osm_type": "W",
        "osm_key": key,
        "osm_value": value,
        "type": kind,
        "countrycode": place.country.upper(),
        "state": _name_state(place.region),
        "postcode": place.postal_code,
        "city": place.locality,
    }
    if place.detail in ("house", "interpolated"):
        properties["housenumber"] = number_of(street, place)
    if place.length is not None:
        west = east = place.longitude
        properties["extent"] = [west, place.latitude + place.length, east, place.latitude]
    return _make_feature(place, properties)


def answer_pelias(server: GeoServer, path: str, body: bytes, content_type: str) -> Reply:
    query = _read_query(path)
    street = query["text"].split(",")[0]
    features = [_make_pelias(street, place) for place in server.find(street)]
    told = {"version": "0.2", "query": {"text": query["text"]}}
    return _json({"geocoding": told, "type": "FeatureCollection", "features": features})


def _make_pelias(street: str, place: Place) -> dict[str, Any]:
    layer, accuracy, way = {
        "house": ("address", "point", "exact"),
        "interpolated": ("address", "point", "interpolated"),
        "street": ("street", "centroid", "fallback"),
        "city": ("locality", "centroid", "fallback"),
        "postcode": ("postalcode", "centroid", "fallback"),
        "state": ("region", "centroid", "fallback"),
    }[place.detail]
    properties = {
        "layer": layer,
        "accuracy": accuracy,
        "match_type": way,
        "confidence": 1.0 if way == "exact" else 0.8,
        "country_a": "USA" if place.country == "us" else place.country.upper(),
        "region": _name_state(place.region),
        "region_a": place.region,
        "postalcode": place.postal_code,
        "locality": place.locality,
        "name": street,
    }
    if layer == "address":
        properties["housenumber"] = number_of(street, place)
    feature = _make_feature(place, properties)
    if place.length is not None:
        west = east = place.longitude
        feature["bbox"] = [west, place.latitude, east, place.latitude + place.length]
    return feature


ANSWERS: dict[str, Callable[[GeoServer, str, bytes, str], Reply]] = {
    "census": answer_census,
    "nominatim": answer_nominatim,
    "photon": answer_photon,
    "pelias": answer_pelias,
}


def _make_feature(place: Place, properties: Mapping[str, Any]) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [place.longitude, place.latitude]}
    return {"type": "Feature", "geometry": point, "properties": dict(properties)}


def _write_match(street: str, place: Place) -> str:
    return f"{street.upper()}, {place.locality.upper()}, {place.region}, {place.postal_code}"


def _name_state(region: str) -> str:
    return BY_CODE[region].name if region in BY_CODE else region


def _read_query(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}


def _json(answer: object) -> Reply:
    return Reply(json.dumps(answer).encode())
