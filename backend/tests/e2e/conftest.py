"""Checks of a running service, from outside: all that they know is the address in BASE_URL."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest

API = "/api/v1"
PASSWORD = "a river runs through it 4711"
STARTING_SECONDS = 90


@dataclass(frozen=True)
class Person:
    """Somebody with an account, signed in."""

    username: str
    headers: dict[str, str]


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """A client of the service, once that is ready."""
    with httpx.Client(base_url=os.environ["BASE_URL"], timeout=20) as client:
        deadline = time.monotonic() + STARTING_SECONDS
        while not _is_ready(client):
            assert time.monotonic() < deadline, f"not ready after {STARTING_SECONDS} seconds"
            time.sleep(0.3)
        yield client


@pytest.fixture
def person(client: httpx.Client) -> Person:
    """A newcomer who has just signed up and in."""
    username = f"p{uuid4().hex[:12]}"
    sign_up(client, username)
    return sign_in(client, username)


def sign_up(client: httpx.Client, username: str) -> None:
    """Make an account whose e-mail follows from its name."""
    account = {"email": f"{username}@example.org", "username": username, "password": PASSWORD}
    answer = client.post(f"{API}/auth/register", json=account)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"]


def sign_in(client: httpx.Client, username: str) -> Person:
    """Return the person with a fresh access token."""
    answer = client.post(f"{API}/auth/login", data={"username": username, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    token = answer.json()["access_token"]
    return Person(username, {"Authorization": f"Bearer {token}"})


def write(client: httpx.Client, person: Person, title: str, *, published: bool) -> httpx.Response:
    """Write an article; its text follows from its title."""
    article = {"title": title, "content": f"What I know of: {title}", "published": published}
    answer = client.post(f"{API}/articles", json=article, headers=person.headers)
    assert answer.status_code == 201, answer.text
    return answer


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False
