"""The real pages behind a real proxy, by the files of docs/deploy/."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.deploy.proxies import Certificate, Proxy, make_certificate
from tests.ground import lay_ground
from tests.service import Service, find_port, wait_until


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """One database is enough: these tests are about what stands before the pages."""
    path = tmp_path / "hundredth.sqlite3"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate of our own for localhost, and its key."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def start_web(
    app: Flask, environment: dict[str, str], tmp_path: Path
) -> Iterator[Callable[..., Service]]:
    """Start ``petition web`` for what a proxy in front of it will be reached by."""
    with app.app_context():
        lay_ground()
        app.extensions["sqlalchemy"].session.remove()
    started: list[Service] = []

    def start(proxy: Proxy, **changes: str) -> Service:
        service = Service(environment, tmp_path / "service.log")
        service.port = proxy.web_port
        service.url = f"http://127.0.0.1:{service.port}"
        service.environment |= {
            "PETITION_PORT": str(service.port),
            "PETITION_PUBLIC_URL": proxy.url,
            "PETITION_PROXY_HOPS": "1",
            "PETITION_WEB_WORKERS": "1",
        } | changes
        started.append(service)
        service.start_valkey()
        service.start("web", "web")
        wait_until(service.answers, 90, "the pages to answer")
        return service

    yield start
    for service in started:
        service.stop()


@pytest.fixture(params=["nginx", "caddy"])
def proxy(
    request: pytest.FixtureRequest, certificate: Certificate, tmp_path: Path
) -> Iterator[Proxy]:
    """A proxy by its file, running; its pages need not be there yet."""
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    ports = find_port(), find_port(), find_port()
    made = Proxy(request.param, tmp_path / request.param, certificate, *ports)
    made.start()
    yield made
    made.stop()
