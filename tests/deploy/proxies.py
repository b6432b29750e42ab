"""nginx and Caddy on loopback, each by its file of docs/deploy/ with other names and ports."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode

from tests.docs.pages import DOCS
from tests.service import wait_until

NAME = "petition.example.org"
NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/main.log;
{user}
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/hundredth.conf;
}}
"""


@dataclass(frozen=True)
class Certificate:
    """A chain and its key."""

    chain: Path
    key: Path


def make_certificate(folder: Path) -> Certificate:
    """Make a certificate of our own for localhost, and its key."""
    made = Certificate(folder / "fullchain.pem", folder / "privkey.pem")
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    keys = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    files = ["-keyout", str(made.key), "-out", str(made.chain)]
    command = ["openssl", "req", "-x509", "-days", "2", *keys, *subject, *files]
    subprocess.run(command, check=True, capture_output=True)
    return made


@dataclass
class Proxy:
    """One proxy; ``plain_port`` is for what comes without TLS, ``second_port`` a second host's."""

    kind: str
    folder: Path
    certificate: Certificate
    port: int
    plain_port: int
    web_port: int
    second_port: int | None = None
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def web_ports(self) -> list[int]:
        """Where the pages listen behind it."""
        return [port for port in (self.web_port, self.second_port) if port is not None]

    @property
    def url(self) -> str:
        """Where people reach it."""
        return f"https://localhost:{self.port}"

    def start(self) -> None:
        """Start it and wait until it listens."""
        self.folder.mkdir()
        command = {"nginx": self._write_nginx, "caddy": self._write_caddy}[self.kind]()
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=os.environ | {"HOME": str(self.folder)},
            )
        wait_until(self.listens, 30, f"{self.kind}: {self.output.read_text()}")

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)

    @property
    def output(self) -> Path:
        """What it says."""
        return self.folder / "output.log"

    def read_logs(self) -> str:
        """Return all that it has written into any log."""
        return "".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def listens(self) -> bool:
        """Return whether it takes connections."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def connect(self, source: str = "127.0.0.1", *, plain: bool = False) -> HTTPConnection:
        """Return a connection from an address of this host, with the certificate checked."""
        if plain:
            return HTTPConnection(
                "localhost", self.plain_port, timeout=30, source_address=(source, 0)
            )
        trust = ssl.create_default_context(cafile=str(self.certificate.chain))
        return HTTPSConnection(
            "localhost", self.port, timeout=30, source_address=(source, 0), context=trust
        )

    def ask(
        self,
        method: str,
        path: str,
        form: dict[str, str] | None = None,
        *,
        source: str = "127.0.0.1",
        plain: bool = False,
        headers: dict[str, str] | None = None,
    ) -> int:
        """Return the status of an answer."""
        connection = self.connect(source, plain=plain)
        sent = {"Accept-Language": "en", **(headers or {})}
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(form) if form is not None else None
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def _write_nginx(self) -> list[str]:
        text = self._read("nginx.conf")
        for found, put in {
            "listen 443": f"listen 127.0.0.1:{self.port}",
            "listen 80": f"listen 127.0.0.1:{self.plain_port}",
            f"/etc/letsencrypt/live/{NAME}/fullchain.pem": str(self.certificate.chain),
            f"/etc/letsencrypt/live/{NAME}/privkey.pem": str(self.certificate.key),
            f"https://{NAME}$request_uri": f"{self.url}$request_uri",
            f"server_name {NAME}": "server_name localhost",
            "/var/log/nginx/": f"{self.folder}/",
            "/var/www/html": str(self.folder),
        }.items():
            assert found in text, found
            text = text.replace(found, put)
        # Not every host that runs these tests has IPv6.
        text, dropped = re.subn(r"^ *listen \[::\].*\n", "", text, flags=re.M)
        assert dropped == 2
        (self.folder / "hundredth.conf").write_text(text)
        user = "user root;" if os.geteuid() == 0 else ""
        main = self.folder / "main.conf"
        main.write_text(NGINX.format(folder=self.folder, user=user))
        return [shutil.which("nginx") or "nginx", "-p", str(self.folder), "-c", str(main)]

    def _write_caddy(self) -> list[str]:
        text = self._read("Caddyfile")
        chain, key = self.certificate.chain, self.certificate.key
        for found, put in {
            # No port for its own administration, nor one for plain HTTP.
            "{\n\t# Whatever": "{\n\tadmin off\n\tauto_https disable_redirects\n\t# Whatever",
            f"{NAME} {{\n": f"localhost:{self.port} {{\n\tbind 127.0.0.1\n\ttls {chain} {key}\n",
        }.items():
            assert found in text, found
            text = text.replace(found, put)
        path = self.folder / "Caddyfile"
        path.write_text(text)
        return [shutil.which("caddy") or "caddy", "run", "--config", str(path)]

    def _read(self, name: str) -> str:
        text = (DOCS / "deploy" / name).read_text("utf-8")
        assert "127.0.0.1:8000" in text
        if len(self.web_ports) > 1:  # as the file says: for more hosts a line each
            line = "    server 127.0.0.1:8000;\n"
            assert line in text
            lines = (line.replace("8000", str(port)) for port in self.web_ports)
            return text.replace(line, "".join(lines))
        return text.replace("127.0.0.1:8000", f"127.0.0.1:{self.web_port}")
