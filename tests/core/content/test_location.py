"""Where content is kept, as operators write it: a folder or a bucket, and no secret is told."""

from pathlib import Path

import pytest

from petition.core.content.location import (
    BucketLocation,
    FolderLocation,
    read_location,
    read_storage_url,
)
from petition.core.errors import ConfigurationError

KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s3cr3t"}
NAME = "PETITION_STORAGE_URL"


def test_without_the_setting_it_is_the_data_folder(tmp_path: Path) -> None:
    assert read_storage_url({}, tmp_path) == FolderLocation(tmp_path)
    assert read_storage_url({NAME: ""}, tmp_path) == FolderLocation(tmp_path)


def test_a_bucket_has_its_server_its_region_and_its_keys(tmp_path: Path) -> None:
    url = "s3://letters/service/one/?endpoint=https://store.example:9000&region=eu-west-3"

    found = read_storage_url(KEYS | {NAME: url}, tmp_path)

    assert found == BucketLocation(
        "https://store.example:9000", "letters", "service/one", "eu-west-3", "AKID", "s3cr3t"
    )


def test_without_an_endpoint_it_is_the_one_of_the_region() -> None:
    found = read_location("s3://letters", KEYS | {"AWS_REGION": "us-west-2"}, NAME)

    assert isinstance(found, BucketLocation)
    assert found.endpoint == "https://s3.us-west-2.amazonaws.com"


def test_keys_of_the_url_come_first_and_are_read_as_written() -> None:
    found = read_location("s3://KEY:a%2Fb%2Bc%3D@letters", KEYS, NAME)

    assert isinstance(found, BucketLocation)
    assert (found.key_id, found.secret) == ("KEY", "a/b+c=")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "localhost", "[::1]"])
def test_this_host_may_be_asked_without_tls(host: str) -> None:
    found = read_location(f"s3://letters?endpoint=http://{host}:9000", KEYS, NAME)

    assert isinstance(found, BucketLocation)
    assert found.endpoint == f"http://{host}:9000"


def test_another_host_is_asked_without_tls_only_where_that_is_said() -> None:
    url = "s3://letters?endpoint=http://store.example:9000"

    with pytest.raises(ConfigurationError, match="letters could be read on the way"):
        read_location(url, KEYS, NAME)
    assert isinstance(read_location(f"{url}&insecure=yes", KEYS, NAME), BucketLocation)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("s3://", "cannot be read"),
        ("s3:letters", "cannot be read"),
        ("s3://Letters_", "cannot be read"),
        ("s3://letters:9000", "cannot be read"),
        ("s3://KEY:xyz/q@letters", "cannot be read"),
        ("s3://letters/../other", "prefix"),
        ("s3://letters/a b", "prefix"),
        ("s3://letters?endpiont=https://store.example", "option"),
        ("s3://letters?endpoint", "cannot be read"),
        ("s3://letters?region=here%20or%20there", "region"),
        ("s3://letters?endpoint=store.example:9000", "endpoint"),
        ("s3://letters?endpoint=https://store.example/path", "endpoint"),
        ("s3://letters?endpoint=https://user:xyzq@store.example", "endpoint"),
        ("s3://letters?endpoint=https://store.example:x", "cannot be read"),
        ("s3://KEY:xyz%0Aq@letters", "keys"),
        ("gs://letters", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_without_its_words(url: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as refused:
        read_storage_url(KEYS | {NAME: url}, Path())

    assert "xyz" not in str(refused.value)


def test_a_bucket_without_keys_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="AWS_ACCESS_KEY_ID"):
        read_location("s3://letters", {}, NAME)


def test_certificates_that_are_no_file_are_refused(tmp_path: Path) -> None:
    own = tmp_path / "ca.pem"

    with pytest.raises(ConfigurationError, match="AWS_CA_BUNDLE"):
        read_location("s3://letters", KEYS | {"AWS_CA_BUNDLE": str(own)}, NAME)
    own.write_text("")
    found = read_location("s3://letters", KEYS | {"AWS_CA_BUNDLE": str(own)}, NAME)

    assert isinstance(found, BucketLocation)
    assert found.ca_bundle == own


def test_a_command_takes_a_folder_too(tmp_path: Path) -> None:
    assert read_location(str(tmp_path), {}, "--to") == FolderLocation(tmp_path)
    assert read_location(f"file://{tmp_path}", {}, "--to") == FolderLocation(tmp_path)
    with pytest.raises(ConfigurationError, match="neither a folder nor"):
        read_location("https://store.example", {}, "--to")
