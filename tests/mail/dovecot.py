"""A real IMAP server on loopback: Debian's dovecot-imapd, with a configuration of its own.

- Tests that use it are skipped where it is not installed (``apt-get install dovecot-imapd``).
- Its processes are children of the test, end with it, and listen on loopback only.
"""

import contextlib
import grp
import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
USER, PASSWORD = "bounces", "p@ss/word:1"
START_SECONDS = 20
CONFIG = """
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
protocols = imap
mail_location = maildir:{base}/mail
first_valid_uid = 1
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{base}/cert.pem
ssl_key = <{base}/key.pem
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {internal_group}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={base}/mail
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {plain_port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {port}
    ssl = yes
  }}
}}
"""
needs_dovecot = pytest.mark.skipif(
    PROGRAM is None, reason="dovecot is not installed: apt-get install dovecot-imapd"
)


@dataclass
class Dovecot:
    """A running server with one account.

    - ``certificate``: what a client has to trust. ``inbox``: the maildir of its INBOX.
    """

    port: int
    plain_port: int
    certificate: Path
    inbox: Path

    @property
    def url(self) -> str:
        account = f"{quote(USER)}:{quote(PASSWORD, safe='')}"
        return f"imaps://{account}@127.0.0.1:{self.port}/INBOX"

    @contextlib.contextmanager
    def sign_in(self) -> Iterator[imaplib.IMAP4_SSL]:
        """Give a session of a mail program, with INBOX open."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        with imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=context) as client:
            client.login(USER, PASSWORD)
            client.select("INBOX")
            yield client

    @property
    def plain_url(self) -> str:
        """The URL without encryption, for what listens in between."""
        return self.url.replace("imaps://", "imap://").replace(
            f":{self.port}/", f":{self.plain_port}/"
        )

    def drop_many(self, contents: Iterable[bytes]) -> None:
        """Put messages into the maildir itself, as a local mail server does: thousands at once."""
        with self.sign_in():
            pass  # the server makes the maildir
        for number, content in enumerate(contents):
            path = self.inbox / "new" / f"{1_700_000_000 + number}.M{number}.host"
            path.write_bytes(content)
            shutil.chown(path, self.inbox.owner(), self.inbox.group())

    def put(self, *contents: bytes) -> None:
        """Put messages into INBOX, as a mail server delivers them."""
        with self.sign_in() as client:
            for content in contents:
                answer, _ = client.append("INBOX", "", "", content)
                assert answer == "OK"

    def list_flags(self, folder: str = "INBOX") -> list[str]:
        """Return the flags of each message of a folder, in order."""
        with self.sign_in() as client:
            _, found = client.select(folder)
            if found == [b"0"]:
                return []
            _, rows = client.fetch("1:*", "(FLAGS)")
        return [row.decode().partition("FLAGS (")[2].partition(")")[0] for row in rows]


@contextlib.contextmanager
def run_dovecot(certificate: Path, key: Path) -> Iterator[Dovecot]:
    """Run a server on free ports of loopback until the block ends."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory(prefix="dovecot-") as folder:
        base = Path(folder)
        server = Dovecot(_find_port(), _find_port(), certificate, base / "mail")
        _write_files(base, server, certificate, key)
        process = subprocess.Popen([PROGRAM, "-F", "-c", base / "dovecot.conf"])
        try:
            _wait(server, base)
            yield server
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _write_files(base: Path, server: Dovecot, certificate: Path, key: Path) -> None:
    base.chmod(0o755)  # its mail processes are of another user when the tests run as root
    is_root = os.getuid() == 0
    account = pwd.getpwnam("nobody") if is_root else pwd.getpwuid(os.getuid())
    group = grp.getgrgid(account.pw_gid).gr_name
    shutil.copy(certificate, base / "cert.pem")
    shutil.copy(key, base / "key.pem")
    (base / "mail").mkdir()
    if is_root:
        os.chown(base / "mail", account.pw_uid, account.pw_gid)
    config = CONFIG.format(
        base=base,
        internal="dovecot" if is_root else account.pw_name,
        login="dovenull" if is_root else account.pw_name,
        internal_group="dovecot" if is_root else group,
        user=account.pw_name,
        group=group,
        password=PASSWORD,
        port=server.port,
        plain_port=server.plain_port,
    )
    (base / "dovecot.conf").write_text(config)


def _find_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait(server: Dovecot, base: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with server.sign_in():
                return
        except (OSError, imaplib.IMAP4.error):
            if time.monotonic() > until:
                log = base / "log"
                raise AssertionError(log.read_text() if log.exists() else "no log") from None
            time.sleep(0.05)
