"""Errors can be raised through whatever Python has around them."""

import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass
from importlib import import_module

import pytest

import petition
import workers
from petition.web.errors import TooManyRequests


def list_errors() -> list[type[BaseException]]:
    found = set()
    for package in (petition, workers):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("__main__"):
                continue
            for value in vars(import_module(module.name)).values():
                if isinstance(value, type) and issubclass(value, BaseException):
                    found.add(value)
    return sorted(found, key=lambda one: one.__qualname__)


def test_no_exception_is_a_frozen_dataclass() -> None:
    errors = list_errors()

    assert TooManyRequests in errors
    assert [one for one in errors if is_dataclass(one) and one.__dataclass_params__.frozen] == []


def test_too_many_requests_comes_through_a_context_manager() -> None:
    @contextmanager
    def pass_through() -> Iterator[None]:
        yield

    with pytest.raises(TooManyRequests) as caught, pass_through():
        raise TooManyRequests(7, asking=True)

    assert (caught.value.seconds, caught.value.asking, caught.value.domain) == (7, True, "")
