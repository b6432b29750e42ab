"""The QR code on the cover, as one inline SVG path."""

import segno
from markupsafe import Markup, escape

QUIET_MODULES = 0  # the margins of the cover contain the four white modules around it


def draw_qr(url: str, alternative: str) -> Markup:
    """Return an inline SVG of the QR code for ``url``.

    - Error correction M: up to 15% may be lost to a crease or a worn or cheap print.
    - ``alternative``: the text for screen readers.
    - Each run of dark modules is one filled rectangle, so that no hairline appears between them.
    """
    code = segno.make(url, error="m", micro=False, boost_error=False)
    width, _ = code.symbol_size(border=QUIET_MODULES)
    path = "".join(_draw_row(y, row) for y, row in enumerate(code.matrix))
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="qr" viewBox="0 0 {size} {size}">'
        '<title>{title}</title><path d="{path}"/></svg>'
    ).format(size=width, title=escape(alternative), path=path)


def _draw_row(y: int, row: bytes | bytearray) -> str:
    parts: list[str] = []
    start: int | None = None
    for x, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            parts.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
            start = None
    return "".join(parts)
