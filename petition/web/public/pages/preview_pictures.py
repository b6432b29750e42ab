"""Pictures for link previews: each drawn once for what it says, a bounded number remembered."""

from collections import OrderedDict
from hashlib import sha256
from threading import Lock

from flask import Response, request

from petition.web.public.pages.preview_drawing import Preview, draw_preview

FIVE_MINUTES = "public, max-age=300"


class PreviewPictures:
    """The pictures that this process has drawn; the ``most`` that were asked for last are kept.

    - A picture is some 25 kB.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._drawn: OrderedDict[Preview, bytes] = OrderedDict()
        self._lock = Lock()
        self._drawing = Lock()

    def find(self, preview: Preview) -> bytes | None:
        """Return the picture of these words; None where it is not drawn yet."""
        with self._lock:
            picture = self._drawn.get(preview)
            if picture is not None:
                self._drawn.move_to_end(preview)
            return picture

    def draw(self, preview: Preview) -> bytes:
        """Return the picture of these words, drawn by one thread while others wait for it."""
        with self._drawing:
            found = self.find(preview)
            if found is not None:
                return found
            picture = draw_preview(preview)
            with self._lock:
                self._drawn[preview] = picture
                while len(self._drawn) > self._most:
                    self._drawn.popitem(last=False)
            return picture


def send_picture(picture: bytes) -> Response:
    """Return the response with a picture; 304 to whoever has it."""
    response = Response(picture, mimetype="image/png")
    response.headers["Cache-Control"] = FIVE_MINUTES
    # It is made for pages of others, and shows nothing but what everybody may see.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.set_etag(sha256(picture).hexdigest()[:20])
    response.make_conditional(request)
    return response
