"""The door for servers."""

import runpy

import pytest
from fastapi import FastAPI

from tests.conftest import SECRET_KEY


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that is good enough to start in; nothing is connected to."""
    monkeypatch.setenv("SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("DB_HOST", "/run/postgresql")
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    return monkeypatch


def test_it_offers_the_application() -> None:
    assert isinstance(runpy.run_module("app.main")["app"], FastAPI)


def test_it_stays_shut_with_bad_settings(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SECRET_KEY", "short")
    with pytest.raises(SystemExit, match="SECRET_KEY: is too short"):
        runpy.run_module("app.main")
