"""A small application behind the buffer for bodies: it tells what it was given."""

import time

from flask import Flask, Response, jsonify, request  # noqa: TID251  it is a page

from petition.web.buffering import BufferingServer

LONGEST = 1_000
SECONDS = 2.0
SEEN = ("X-Forwarded-For", "Cookie", "Host", "Content-Length")


def make_server() -> BufferingServer:
    """Return it."""
    app = Flask(__name__)

    @app.route("/<path:path>", methods=["GET", "POST"])
    def echo(path: str) -> Response:
        return jsonify(
            path=path,
            query=request.query_string.decode(),
            body=request.get_data().decode(),
            client=request.remote_addr,
            headers={name: request.headers.get(name) for name in SEEN},
        )

    @app.get("/slow")
    def be_slow() -> str:
        time.sleep(SECONDS)
        return "done"

    return BufferingServer(app, LONGEST, seconds=SECONDS)
