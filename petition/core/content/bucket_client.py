"""The HTTP client of an S3-compatible server: signs requests, and retries them for a limited time.

- A connection belongs to the process and thread that opened it: RQ forks a process for each job,
  and two that write to one socket would read each other's answers.
- Every request is idempotent, so a transient failure is retried with a back-off; all tries together
  take at most ``patience`` seconds and the time-out of the last.
- No error contains a key, or any text of the server except its error code.
"""

import os
import random
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, urlencode, urlsplit

import requests
from requests_aws4auth import AWS4Auth

from petition.core.content.location import BucketLocation, is_loopback
from petition.core.errors import ObjectStoreUnavailable
from petition.core.http import HttpFailure, request_whole

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0  # for the whole answer, also if a server sends it byte by byte
FIRST_WAIT_SECONDS = 0.2
LARGEST_ANSWER = 64 * 1024 * 1024
# Transient failures: S3 answers 409 to two conditional writes at once, 503 SlowDown under load.
PASSING = frozenset({408, 409, 429, 500, 502, 503, 504})
_CODE = re.compile(rb"<Code>([A-Za-z0-9]{1,60})</Code>")
_HINTS = {
    "AccessDenied": "the keys are not allowed to do this",
    "InvalidAccessKeyId": "it does not know the key",
    "SignatureDoesNotMatch": "the secret key or the region is wrong",
    "RequestTimeTooSkewed": "the clock of this host or of the server is wrong",
    "NoSuchBucket": "there is no such bucket",
    "PermanentRedirect": "the bucket is in another region",
    "AuthorizationHeaderMalformed": "the region is another",
}


@dataclass(frozen=True, slots=True)
class BucketAnswer:
    """An answer of the server; ``code`` is its error code, empty if there is none."""

    status: int
    content: bytes
    code: str


class _Passing(Exception):
    """A transient failure: a retry may succeed soon; the text is the cause."""


class BucketClient:
    """Requests to one bucket. May be used in any thread, and after a fork."""

    def __init__(self, location: BucketLocation, patience: float) -> None:
        self._patience = patience
        self._location = location
        self._base = f"{location.endpoint}/{location.bucket}"
        self._own = threading.local()

    def request(
        self,
        method: str,
        key: str = "",
        *,
        allowed: frozenset[int] = frozenset(),
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> BucketAnswer:
        """Return the answer: a success, or a status that is ``allowed``.

        - Raises ObjectStoreUnavailable for any other, after the retries of a transient failure.
        """
        url = f"{self._base}/{quote(key)}"
        if query:
            # As in the signature: sorted, a space as %20.
            url += f"?{urlencode(sorted(query.items()), quote_via=quote, safe='')}"
        deadline = time.monotonic() + self._patience
        wait = FIRST_WAIT_SECONDS
        while True:
            try:
                answer = self._send(method, url, content, dict(headers or {}))
                if answer.status not in PASSING or answer.status in allowed:
                    break
                failure = describe(answer)
            except _Passing as error:
                failure = str(error)
            pause = wait * random.uniform(0.5, 1.0)  # noqa: S311  spreads the retries
            if time.monotonic() + pause > deadline:
                raise ObjectStoreUnavailable(f"{self._location}: {failure}")
            time.sleep(pause)
            wait *= 2
        if answer.status < 300 or answer.status in allowed:
            return answer
        raise ObjectStoreUnavailable(f"{self._location}: {describe(answer)}")

    def _send(
        self, method: str, url: str, content: bytes | None, headers: dict[str, str]
    ) -> BucketAnswer:
        try:
            answer = request_whole(
                self._find_session(),
                method,
                url,
                seconds=ANSWER_SECONDS,
                connect_seconds=CONNECT_SECONDS,
                largest=LARGEST_ANSWER,
                direct=is_loopback(urlsplit(url).hostname or ""),
                decode=False,
                data=content,
                headers={"Accept-Encoding": "identity"} | headers,
            )
        except HttpFailure as error:
            failure = str(error)
        else:
            return BucketAnswer(answer.status, answer.content, _find_code(answer.content))
        raise _Passing(failure)  # here, so that no error of the request becomes its context

    def _find_session(self) -> requests.Session:
        """Return the session of this thread; a parent process's is neither used nor closed."""
        if getattr(self._own, "pid", None) != os.getpid():
            session = requests.Session()
            session.trust_env = False  # no .netrc: the keys are those of the settings
            session.verify = str(self._location.ca_bundle) if self._location.ca_bundle else True
            session.auth = AWS4Auth(
                self._location.key_id, self._location.secret, self._location.region, "s3"
            )
            self._own.session, self._own.pid = session, os.getpid()
        found: requests.Session = self._own.session
        return found


def describe(answer: BucketAnswer) -> str:
    """Return a description of a refusal, with a hint for a known error code."""
    if 300 <= answer.status < 400:
        return f"{answer.status}, it redirects; check the endpoint and the region"
    try:
        code = answer.code or HTTPStatus(answer.status).phrase
    except ValueError:
        code = "an unknown status"
    hint = _HINTS.get(answer.code, "")
    return f"{answer.status} {code}" + (f", {hint}" if hint else "")


def _find_code(body: bytes) -> str:
    found = _CODE.search(body[:4096])
    return found[1].decode() if found else ""
