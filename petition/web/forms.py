"""Parsing of posted forms: UTF-8, or Windows-1252 from old pages and programs.

- Public forms are short; forms of staff pages and one with a logo may be longer. A longer body is
  refused with 413 without reading it.
"""

import re
from collections.abc import Callable
from typing import IO, Any
from urllib.parse import parse_qsl

from flask import Flask, Request, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

# Bytes of a body. All fields of the longest form, with four percent-encoded bytes for each
# character, are some 20 kB; see LONGEST in petition/signing/form_fields.py.
LONGEST_PUBLIC = 32 * 1024
LONGEST_STAFF = 256 * 1024
# Bytes of a public form's decoded names and values: of all together, or of each in multipart.
LARGEST_PUBLIC_FORM = 16 * 1024
STAFF = "/staff/"
# An organization's page in the portal, whose form has a logo.
WITH_LOGO = re.compile(r"/partner/[a-z0-9-]+/organization", re.ASCII)
# May be sent by anyone.
OPEN_TO_ALL = tuple(f"{STAFF}{page}" for page in ("login", "invitation/", "reset"))

_Result = tuple[IO[bytes], MultiDict[str, Any], MultiDict[str, Any]]


def init_app(app: Flask) -> None:
    """Use FormRequest in the app, with the limits of public forms as defaults."""
    app.request_class = FormRequest
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_PUBLIC
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_PUBLIC_FORM


def allow_long_form(
    app: Flask, endpoint: str, may: Callable[[], bool], *, body: int, texts: int
) -> None:
    """Let some visitors send a longer form to one endpoint, decided before any form is read.

    - ``may``: asked at its POST only; whether this visitor may. ``body``: bytes of the whole form;
      ``texts``: of its decoded texts, without files.
    """

    def raise_limits() -> None:
        if request.endpoint == endpoint and request.method == "POST" and may():
            request.max_content_length = body
            request.max_form_memory_size = texts

    # The first: another hook may read the form.
    app.before_request_funcs.setdefault(None, []).insert(0, raise_limits)


class FormReader(FormDataParser):
    """werkzeug's parser, but a form that is not UTF-8 is decoded as Windows-1252 as a whole.

    - werkzeug's own keeps bytes that it cannot decode as "%E9", which would be printed in letters.
    - Raises RequestEntityTooLarge for more text than is allowed.
    """

    def _parse_urlencoded(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> _Result:
        body = stream.read()
        try:
            items = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            text = body.decode("cp1252", "replace")
            items = parse_qsl(text, keep_blank_values=True, encoding="cp1252", errors="replace")
        most = self.max_form_memory_size
        if most is not None and sum(len(part.encode()) for item in items for part in item) > most:
            raise RequestEntityTooLarge
        return stream, self.cls(items), self.cls()


class FormRequest(Request):
    """A request that uses FormReader, with higher limits for staff pages."""

    form_data_parser_class = FormReader

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Take a WSGI environment, as Flask's Request does."""
        super().__init__(*arguments, **options)
        is_staff = self.path.startswith(STAFF) and not self.path.startswith(OPEN_TO_ALL)
        if is_staff or WITH_LOGO.fullmatch(self.path):
            self.max_content_length = self.max_form_memory_size = LONGEST_STAFF
