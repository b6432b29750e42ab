"""Reads the forms that are posted: UTF-8, or the Windows-1252 of old pages and programs.

- A public form is short, whatever is typed into it; staff's lists of decisions may be longer. What
  is longer is refused with 413, unread.
"""

from typing import IO, Any
from urllib.parse import parse_qsl

from flask import Flask, Request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

# Bytes of a body. All fields of the longest form, each letter of four bytes that are percent-coded,
# are some 20 kB; see LONGEST in petition/signing/form_fields.py.
LONGEST_PUBLIC = 32 * 1024
LONGEST_STAFF = 256 * 1024
# Bytes of a public form's names and values, decoded: of all together, or of each where it is
# multipart.
LARGEST_PUBLIC_FORM = 16 * 1024
STAFF = "/staff/"
SIGN_IN = "/staff/login"  # anybody's

_Result = tuple[IO[bytes], MultiDict[str, Any], MultiDict[str, Any]]


def init_app(app: Flask) -> None:
    """Have the app read forms so; staff's are given their own limits as they come."""
    app.request_class = FormRequest
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_PUBLIC
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_PUBLIC_FORM


class FormReader(FormDataParser):
    """werkzeug's, but a form that is no UTF-8 is read as Windows-1252 as a whole.

    - werkzeug's own keeps the bytes that it cannot read as "%E9", and they would be printed so.
    - Raises RequestEntityTooLarge for more text than is taken.
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
    """A request whose form is read so, and is as long as its audience's may be."""

    form_data_parser_class = FormReader

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Take a WSGI environment, as Flask's does."""
        super().__init__(*arguments, **options)
        if self.path.startswith(STAFF) and self.path != SIGN_IN:
            self.max_content_length = self.max_form_memory_size = LONGEST_STAFF
