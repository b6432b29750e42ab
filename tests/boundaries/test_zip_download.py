"""Fetching from a server that answers as the Census Bureau's does."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from petition.boundaries.fetching import zip_download
from petition.boundaries.fetching.zip_download import download
from petition.core.errors import ImportRefused, SourceUnavailable
from tests.boundaries.boundary_files import COUNTY, make_square, make_zip, write_zip
from tests.boundaries.census_server import CensusServer, Trouble, serve

PATH = "/TIGER2024/COUNTY/tl_2024_us_county.zip"


@pytest.fixture
def zipped(tmp_path: Path) -> bytes:
    """The bytes of a county file."""
    return write_zip(tmp_path, [([make_square(0)], COUNTY)]).read_bytes()


@pytest.fixture
def server(zipped: bytes) -> Iterator[CensusServer]:
    """A server that has the county file."""
    with serve() as running:
        running.files[PATH] = zipped
        yield running


class Fetcher:
    """Fetches without really waiting, and keeps what was told."""

    def __init__(self, server: CensusServer, folder: Path) -> None:
        self.url, self.folder = server.url + PATH, folder / "downloads"
        self.waits: list[float] = []
        self.told: list[str] = []
        self.progress: list[tuple[int, int]] = []

    def __call__(self) -> bytes:
        path = download(
            self.url,
            self.folder,
            progress=lambda done, total: self.progress.append((done, total)),
            tell=self.told.append,
            wait=self.waits.append,
        )
        assert path == self.folder / "tl_2024_us_county.zip"
        return path.read_bytes()

    def list_files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def fetch(server: CensusServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fetcher:
    """Fetches the county file from the server, in portions that suit its size."""
    monkeypatch.setattr(zip_download, "PORTION_BYTES", 50)
    return Fetcher(server, tmp_path)


def test_a_file_is_fetched_whole(fetch: Fetcher, zipped: bytes) -> None:
    assert fetch() == zipped
    assert fetch.progress[-1] == (len(zipped), len(zipped))
    assert fetch.list_files() == ["tl_2024_us_county.zip", "tl_2024_us_county.zip.json"]


def test_an_unchanged_file_is_not_fetched_again(
    fetch: Fetcher, server: CensusServer, zipped: bytes
) -> None:
    fetch()

    assert fetch() == zipped
    assert server.asked[1][1]["If-None-Match"] == '"1"'
    assert fetch.told == ["tl_2024_us_county.zip is unchanged since it was fetched"]


def test_a_changed_file_takes_the_place_of_the_old_one(
    fetch: Fetcher, server: CensusServer, tmp_path: Path
) -> None:
    fetch()
    server.files[PATH] = write_zip(tmp_path, [([make_square(5)], COUNTY)]).read_bytes()
    server.etag = '"2"'

    assert fetch() == server.files[PATH]


def test_what_breaks_off_goes_on_where_it_stopped(
    fetch: Fetcher, server: CensusServer, zipped: bytes
) -> None:
    server.troubles = [Trouble(cut_after=200), Trouble(cut_after=100)]

    assert fetch() == zipped
    assert [headers.get("Range") for _, headers in server.asked] == [
        None,
        "bytes=200-",
        "bytes=300-",
    ]
    assert fetch.waits == [1, 2]
    assert "resuming after 200 bytes" in fetch.told


def test_what_broke_off_is_resumed_by_the_next_command(
    fetch: Fetcher, server: CensusServer, zipped: bytes
) -> None:
    server.troubles = [Trouble(cut_after=200)] + [Trouble(503)] * 4
    with pytest.raises(SourceUnavailable, match="the download will resume"):
        fetch()

    assert fetch() == zipped
    assert server.asked[-1][1]["Range"] == "bytes=200-"


def test_a_file_that_changed_meanwhile_is_fetched_anew(
    fetch: Fetcher, server: CensusServer, tmp_path: Path
) -> None:
    server.troubles = [Trouble(cut_after=200)] + [Trouble(503)] * 4
    with pytest.raises(SourceUnavailable):
        fetch()
    server.files[PATH] = write_zip(tmp_path, [([make_square(5)], COUNTY)]).read_bytes()
    server.etag = '"2"'

    assert fetch() == server.files[PATH]


def test_a_server_without_ranges_or_etags_gives_it_anew(
    fetch: Fetcher, server: CensusServer, zipped: bytes
) -> None:
    server.troubles, server.ranges, server.etag = [Trouble(cut_after=200)], False, ""

    assert fetch() == zipped


def test_a_part_that_does_not_fit_is_thrown_away(
    fetch: Fetcher, server: CensusServer, zipped: bytes
) -> None:
    server.troubles = [Trouble(cut_after=200)] + [Trouble(503)] * 4
    with pytest.raises(SourceUnavailable):
        fetch()
    part = fetch.folder / "tl_2024_us_county.zip.part"
    part.write_bytes(b"x" * len(zipped))

    assert fetch() == zipped


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_gets_the_time_that_it_asks_for(
    fetch: Fetcher, server: CensusServer, zipped: bytes, status: int
) -> None:
    server.troubles = [Trouble(status, {"Retry-After": "7"}), Trouble(status)]

    assert fetch() == zipped
    assert fetch.waits == [7, 2]
    assert fetch.told[0] == f"the server is busy ({status}); trying again in 7 s"


def test_a_moment_to_come_back_at_is_understood(
    fetch: Fetcher, server: CensusServer, zipped: bytes
) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    server.troubles = [Trouble(429, {"Retry-After": moment})]

    assert fetch() == zipped
    assert 20 < fetch.waits[0] <= 30


def test_a_long_wait_is_left_to_a_person(fetch: Fetcher, server: CensusServer) -> None:
    server.troubles = [Trouble(429, {"Retry-After": "3600"})]

    with pytest.raises(SourceUnavailable, match="it asks us to wait 3,600 s. Try again later"):
        fetch()
    assert fetch.waits == []


def test_a_server_that_stays_broken_is_given_up(fetch: Fetcher, server: CensusServer) -> None:
    server.troubles = [Trouble(500)] * 9

    with pytest.raises(SourceUnavailable, match=r"the server reports an error \(500\)"):
        fetch()
    assert (len(server.asked), fetch.waits) == (5, [1, 2, 4, 8])


def test_a_server_that_is_not_there_is_given_up(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}{PATH}"

        with pytest.raises(SourceUnavailable, match="the connection was lost"):
            download(url, tmp_path, wait=lambda _: None)


@pytest.mark.parametrize("status", [404, 403])
def test_a_file_that_is_not_there_is_refused_at_once(
    fetch: Fetcher, server: CensusServer, status: int
) -> None:
    server.troubles = [Trouble(status)]

    with pytest.raises(ImportRefused, match="no such file there.*check --year"):
        fetch()
    assert len(server.asked) == 1


def test_a_page_instead_of_a_zip_is_refused(fetch: Fetcher, server: CensusServer) -> None:
    server.files[PATH], server.content_type = b"<html>Please wait</html>", "text/html; charset=x"

    with pytest.raises(ImportRefused, match="the server sent a page instead of a zip"):
        fetch()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>Please wait</html>", "BadZipFile"),
        (make_zip({"README.txt": "no map"}), "it contains no shapefile"),
    ],
)
def test_what_is_no_zip_of_a_shapefile_is_refused_and_removed(
    fetch: Fetcher, server: CensusServer, content: bytes, words: str
) -> None:
    server.files[PATH] = content

    with pytest.raises(ImportRefused, match=words):
        fetch()
    assert fetch.list_files() == []


def test_a_damaged_zip_is_refused_and_removed(
    fetch: Fetcher, server: CensusServer, zipped: bytes
) -> None:
    server.files[PATH] = zipped[:60] + b"x" * 30 + zipped[90:]

    with pytest.raises(ImportRefused, match="not a valid zip"):
        fetch()
    assert fetch.list_files() == []


def test_a_good_file_stays_when_its_successor_is_bad(
    fetch: Fetcher, server: CensusServer, zipped: bytes
) -> None:
    fetch()
    server.files[PATH], server.etag = b"<html>", '"2"'

    with pytest.raises(ImportRefused):
        fetch()
    assert (fetch.folder / "tl_2024_us_county.zip").read_bytes() == zipped


def test_too_large_a_file_is_refused(fetch: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_download, "LARGEST_BYTES", 100)

    with pytest.raises(ImportRefused, match="expected at most 100"):
        fetch()
