"""Staying signed in, and getting an account back by mail: through nginx, on the real stack."""

import os

import httpx
import pytest

from tests.e2e.conftest import API, PASSWORD, Person, sign_in
from tests.e2e.test_memory import KEEPER

ME = f"{API}/users/me"


def test_a_browser_stays_signed_in_until_it_signs_out(client: httpx.Client, person: Person) -> None:
    form = {"username": person.username, "password": PASSWORD}
    with httpx.Client(base_url=client.base_url) as browser:
        signed_in = browser.post(f"{API}/auth/login", data=form)
        cookie = signed_in.headers["Set-Cookie"].lower()
        assert "refresh_token" not in signed_in.json()
        assert all(word in cookie for word in ("httponly", "samesite=strict", "path=/api/v1/auth"))
        token = browser.post(f"{API}/auth/refresh").json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        assert browser.get(ME, headers=headers).status_code == 200
        assert browser.post(f"{API}/auth/logout").status_code == 204
        assert browser.post(f"{API}/auth/refresh").status_code == 401
        assert browser.get(ME, headers=headers).status_code == 401


def test_no_worker_serves_who_has_been_signed_out(client: httpx.Client, person: Person) -> None:
    elsewhere = [sign_in(client, person.username) for _ in range(3)]
    for _ in range(20):
        assert client.get(ME, headers=elsewhere[0].headers).status_code == 200
    everywhere = client.post(f"{API}/auth/logout-everywhere", headers=person.headers)
    assert everywhere.status_code == 204
    for each in [person, *elsewhere] * 10:
        assert client.get(ME, headers=each.headers).status_code == 401


def test_the_address_of_a_session_is_what_nginx_has_seen(
    client: httpx.Client, person: Person
) -> None:
    form = {"username": person.username, "password": PASSWORD}
    lies = dict.fromkeys(("X-Forwarded-For", "X-Real-IP", "Forwarded"), "203.0.113.9")
    client.post(f"{API}/auth/login", data=form, headers=lies)
    sessions = client.get(f"{API}/auth/sessions", headers=person.headers).json()
    assert len(sessions) == 2
    assert len({each["address"] for each in sessions}) == 1
    assert "203.0.113.9" not in str(sessions)


@pytest.mark.before
def test_the_keeper_has_forgotten_the_password(client: httpx.Client) -> None:
    """Ask for a link; nobody is told whether there is such an account."""
    answers = [
        client.post(f"{API}/auth/forgot-password", json={"email": f"{name}@example.org"})
        for name in (KEEPER, "nobody")
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()


@pytest.mark.after
def test_the_link_of_the_mail_is_good_once(client: httpx.Client) -> None:
    """Set the password again: what was signed in is not any more."""
    keeper = sign_in(client, KEEPER)
    wanted = {"token": os.environ["MAILED_TOKEN"], "password": PASSWORD}
    assert client.post(f"{API}/auth/reset-password", json=wanted).status_code == 204
    assert client.get(ME, headers=keeper.headers).status_code == 401
    assert client.post(f"{API}/auth/reset-password", json=wanted).status_code == 400
    sign_in(client, KEEPER)
