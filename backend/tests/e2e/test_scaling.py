"""Readers who never stop while containers come."""

import os
import time
from collections import Counter

import httpx

from tests.e2e.conftest import API

READING_SECONDS = float(os.environ.get("READING_SECONDS", "30"))


def test_readers_notice_nothing(client: httpx.Client) -> None:
    """Every single answer is 200."""
    statuses: Counter[int] = Counter()
    end = time.monotonic() + READING_SECONDS
    while time.monotonic() < end:
        statuses[client.get(f"{API}/articles").status_code] += 1
        time.sleep(0.01)
    assert set(statuses) == {200}, statuses
    assert statuses[200] > READING_SECONDS
