"""Files and hosts read through a PDF: a dozen ways in, no fetch, no canary (FAULTS 6)."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from petition.letters.content import Comment, LetterAddressee, LetterOrganization, Mark, Signer
from petition.letters.layout.assets import AssetFetcher, AssetRefused
from petition.letters.layout.weasyprint_engine import LetterNotRendered, open_press
from petition.letters.render import render_letter
from tests.letters.samples import make_content, open_pdf, read_streams

CANARY = "canary-5f2d9c-must-never-leave-this-host"

WAYS = {
    "image of a file": '<img src="{file}">',
    "image by Markdown": "![x]({file}) ![y]({host}/md.png)",
    "image of a host": '<img src="{host}/a.png" alt="x">',
    "redirect to a file": '<img src="{host}/redirect">',
    "imported style": "<style>@import url({host}/a.css); @import '{file}';</style>",
    "background": '<p style="background: url({file}), url({host}/b.png)">x</p>',
    "generated content": "<style>p::before {{ content: url({file}) url({host}/c) }}</style>",
    "font": "<style>@font-face {{ font-family: Letter Serif; src: url({host}/f.woff) }}</style>",
    "SVG image": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
    '<image href="{file}" width="9" height="9"/><use href="{host}/s.svg#a"/></svg>',
    "style link": '<link rel="stylesheet" href="{host}/l.css"><link rel=stylesheet href="{file}">',
    "object": '<object data="{file}" type="image/svg+xml"></object><embed src="{host}/e.svg">',
    "attachment": '<link rel="attachment" href="{file}"><a rel="attachment" href="{file}">x</a>',
    "base and relative": '<base href="{host}/"><img src="r.png"><link rel=stylesheet href=r.css>',
    "frame and refresh": '<iframe src="{file}"></iframe>'
    '<meta http-equiv=refresh content="0;{host}">',
    "data URL": '<img src="data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22>'
    '<image href=%22{host}/d%22/></svg>">',
    "list image": '<ul style="list-style-image: url({host}/li.png)"><li>x</li></ul>',
    "broken out of a tag": '</li></ol></section><img src="{host}/x.png"><style>@import "{file}"',
    "link of a file": "[x]({file}) <{file}> <a href='{file}'>y</a>",
}


@dataclass
class Ground:
    """A file that must not be read and a host that must not be asked."""

    file: str
    host: str
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    """The canary's file, and a server that counts who asks."""
    canary = tmp_path / "canary.svg"
    canary.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>{CANARY}</text></svg>'
    )
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", canary.as_uri())
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield Ground(canary.as_uri(), f"http://127.0.0.1:{server.server_port}", asked)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("way", WAYS)
def test_no_text_of_a_letter_makes_it_read_anything(ground: Ground, way: str) -> None:
    text = WAYS[way].format(file=ground.file, host=ground.host)
    content = make_content(
        body=f"Before.\n\n{text}\n\nAfter, in a line: {text}",
        opening=text,
        closing=text,
        topic=text,
        campaign_title=text,
        organization=LetterOrganization(text, (text,), text, text),
        addressee=LetterAddressee(text, (text,), text, text),
        signers=(Signer(1, text, text),),
        comments=(Comment(text, text, text),),
        total=1,
    )

    letter = render_letter(content)

    assert ground.asked == []
    assert CANARY.encode() not in read_streams(letter.pdf)
    assert not open_pdf(letter.pdf).attachments
    assert b"/EmbeddedFile" not in read_streams(letter.pdf)


@pytest.mark.parametrize("way", WAYS)
def test_the_press_itself_refuses_even_what_slipped_through(ground: Ground, way: str) -> None:
    text = WAYS[way].format(file=ground.file, host=ground.host)
    html = f"<html lang=en><title>x</title><body><ul><li>{text}</li></ul></body></html>"
    press = open_press()
    pdf = b""

    try:
        pdf = press.write(press.lay_out(html, None), "x")
    except LetterNotRendered as refusal:
        assert ground.host not in str(refusal)

    assert ground.asked == []
    assert not pdf or CANARY.encode() not in read_streams(pdf)


@pytest.mark.parametrize(
    "drawing",
    [
        '<image href="{file}" width="9" height="9"/>',
        '<image href="{host}/i.png" width="9" height="9"/>',
        "<style>@import url({host}/a.css);</style><rect width='9' height='9'/>",
    ],
)
def test_an_organizations_mark_cannot_refer_to_anything(ground: Ground, drawing: str) -> None:
    drawn = drawing.format(file=ground.file, host=ground.host)
    mark = Mark(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{drawn}</svg>'.encode())
    content = make_content()

    with pytest.raises(LetterNotRendered):
        render_letter(replace(content, organization=LetterOrganization("Door", mark=mark)))

    assert ground.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "ftp://127.0.0.1/",
        "data:text/css,x",
        "asset:serif-regular/../../x",
        "asset:../letter.css",
        "ASSET:mark",
        "asset:mark?x",
    ],
)
def test_the_fetcher_knows_its_list_and_nothing_else(address: str) -> None:
    with pytest.raises(AssetRefused):
        AssetFetcher().fetch(address)
