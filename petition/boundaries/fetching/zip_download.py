"""Download a zip over HTTP, resumed after an interruption and only if it has changed.

Beside ``name.zip`` is ``name.zip.json`` with its URL and version (ETag, Last-Modified); during the
download the file is ``name.zip.part``.
"""

import json
import os
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import requests

from petition.boundaries.importing.readers.archive import NEEDED
from petition.core.clock import utcnow
from petition.core.errors import ImportRefused, SourceUnavailable

Progress = Callable[[int, int], None]
OnMessage = Callable[[str], None]

# Seconds to connect and between two chunks.
TIMEOUT = (10, 60)
TRIES = 5
FIRST_WAIT_SECONDS = 1.0
# A longer Retry-After ends the download with an error.
LONGEST_WAIT_SECONDS = 120.0
BUSY = (429, 503)
LARGEST_BYTES = 2 * 2**30
PORTION_BYTES = 2**16
HEADERS = {"User-Agent": "hundredth (boundary files)", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Version:
    """The version of a file at a URL; fields are empty where the server does not send them."""

    url: str
    etag: str = ""
    last_modified: str = ""

    @property
    def if_range(self) -> str:
        """The value of If-Range: a strong ETag, else the date; empty: a part cannot be resumed."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified


class _RetryAfter(Exception):
    """The connection broke or the server is busy: retry after ``seconds`` (None: the back-off)."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


def download(
    url: str,
    folder: Path,
    *,
    progress: Progress | None = None,
    tell: OnMessage = lambda _: None,
    wait: Callable[[float], None] = time.sleep,
) -> Path:
    """Return the path of the zip at ``url``, downloaded or, if unchanged, the existing file.

    - ``progress`` is called with the bytes received and the total (0 when unknown); ``tell`` with a
      sentence when it waits or resumes.
    - Other processes see the whole file or none: it is checked, synced and renamed.
    - Raises ImportRefused when there is no such file or it is not a valid zip of a shapefile;
      SourceUnavailable when the server cannot be reached, keeps interrupting or asks for a long
      wait.
    """
    path = folder / url.rpartition("/")[2]
    folder.mkdir(parents=True, exist_ok=True)
    pause = FIRST_WAIT_SECONDS
    for tried in range(1, TRIES + 1):
        try:
            return _download_once(url, path, progress, tell)
        except _RetryAfter as again:
            seconds = pause if again.seconds is None else again.seconds
            if tried == TRIES or seconds > LONGEST_WAIT_SECONDS:
                later = f"; it asks us to wait {seconds:,.0f} s" if again.seconds else ""
                raise SourceUnavailable(
                    f"{url}: {again}{later}. Try again later; the download will resume where it "
                    "stopped"
                ) from again
            tell(f"{again}; trying again in {seconds:,.0f} s")
            wait(seconds)
            pause *= 2
    raise AssertionError("the last try returns or raises")


def _download_once(url: str, path: Path, progress: Progress | None, tell: OnMessage) -> Path:
    part = path.with_name(f"{path.name}.part")
    whole, begun = _read_version(path, url), _read_version(part, url)
    headers = dict(HEADERS)
    have = 0
    if whole is not None:
        headers |= {"If-None-Match": whole.etag} if whole.etag else {}
        headers |= {"If-Modified-Since": whole.last_modified} if whole.last_modified else {}
    elif begun is not None and begun.if_range:
        have = part.stat().st_size
        headers |= {"Range": f"bytes={have}-", "If-Range": begun.if_range} if have else {}
    try:
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            if answer.status_code == 304 and whole is not None:
                tell(f"{path.name} is unchanged since it was fetched")
                return path
            if answer.status_code == 416 and have:
                _remove(part)
                raise _RetryAfter("the partial download does not match the file", 0.0)
            _check_answer(url, answer)
            _receive(url, answer, part, have, progress, tell)
    except requests.RequestException as error:
        raise _RetryAfter(f"the connection was lost ({type(error).__name__})") from error
    _check_zip(part)
    return _replace_file(part, path)


def _check_answer(url: str, answer: requests.Response) -> None:
    status = answer.status_code
    if status in BUSY:
        raise _RetryAfter(f"the server is busy ({status})", _read_wait(answer.headers))
    if status >= 500:
        raise _RetryAfter(f"the server reports an error ({status})")
    if status not in (200, 206):
        raise ImportRefused(
            f"{url}: no such file there ({status}); check --year, --layer and --state, or look at "
            "the site in a browser"
        )
    kind = answer.headers.get("Content-Type", "")
    if kind.startswith("text/"):
        raise ImportRefused(
            f"{url}: the server sent a page instead of a zip ({kind}); open the address in a "
            "browser to read it, then try again or import a file that you saved by hand"
        )


def _receive(
    url: str,
    answer: requests.Response,
    part: Path,
    have: int,
    progress: Progress | None,
    tell: OnMessage,
) -> None:
    """Append the response to the part, or start over where the server sends the whole file."""
    resumed = answer.status_code == 206
    if resumed and not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        _remove(part)
        raise _RetryAfter("the server resumed at another place", 0.0)
    if resumed:
        tell(f"resuming after {have:,} bytes")
    else:
        have = 0
        version = Version(
            url, answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", "")
        )
        _name_version(part).write_text(json.dumps(asdict(version)))
    total = have + int(answer.headers.get("Content-Length") or 0)
    if total > LARGEST_BYTES:
        raise ImportRefused(f"{url}: {total:,} bytes; expected at most {LARGEST_BYTES:,}")
    with part.open("ab" if resumed else "wb") as file:
        for portion in answer.iter_content(PORTION_BYTES):
            file.write(portion)
            have += len(portion)
            if have > LARGEST_BYTES:
                raise ImportRefused(
                    f"{url}: more than {LARGEST_BYTES:,} bytes, which is too large for a boundary "
                    "file"
                )
            if progress is not None:
                progress(have, total)
        file.flush()
        os.fsync(file.fileno())


def _check_zip(part: Path) -> None:
    """Remove a file that is not a valid zip of a shapefile, and raise ImportRefused."""
    try:
        with zipfile.ZipFile(part) as archive:
            damaged = archive.testzip()
            suffixes = {Path(name).suffix.lower() for name in archive.namelist()}
        if damaged is None and suffixes.issuperset(NEEDED):
            return
        problem = f"{damaged} is damaged" if damaged else "it contains no shapefile"
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        problem = f"{type(error).__name__}: {error}"
    _remove(part)
    raise ImportRefused(
        f"{part.stem}: the download is not a valid zip of a shapefile ({problem}) and was "
        "removed: try again, and if that fails, open the address in a browser"
    )


def _replace_file(part: Path, path: Path) -> Path:
    # The version last: without it the zip is downloaded again, never taken for another version.
    _name_version(path).unlink(missing_ok=True)
    os.replace(part, path)
    os.replace(_name_version(part), _name_version(path))
    return path


def _read_wait(headers: Any) -> float | None:
    """Return the seconds of Retry-After, given as a number or as a date; None without it."""
    said = headers.get("Retry-After", "").strip()
    if said.isdigit():
        return float(said)
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - utcnow()).total_seconds())


def _read_version(path: Path, url: str) -> Version | None:
    """Return the version of ``url`` stored at ``path``; None if there is none or of another URL."""
    try:
        version = Version(**json.loads(_name_version(path).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return version if version.url == url and path.exists() else None


def _name_version(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _remove(part: Path) -> None:
    part.unlink(missing_ok=True)
    _name_version(part).unlink(missing_ok=True)
