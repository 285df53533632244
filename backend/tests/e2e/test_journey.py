"""What a person does here, from signing up to deleting an article."""

import time

import httpx

from tests.e2e.conftest import API, Person, write


def test_a_draft_is_edited_published_and_deleted(client: httpx.Client, person: Person) -> None:
    """Each step is seen by the next one, and drafts by their author alone."""
    created = write(client, person, "Down the river", published=False)
    url = f"{API}/articles/{created.json()['id']}"
    assert client.get(url).status_code == 404

    fresh = created.headers["ETag"]
    edited = client.patch(
        url, json={"title": "Up the river"}, headers=person.headers | {"If-Match": fresh}
    )
    assert edited.status_code == 200, edited.text
    stale = client.patch(
        url, json={"title": "No river"}, headers=person.headers | {"If-Match": fresh}
    )
    assert stale.status_code == 412
    assert stale.headers["Content-Type"] == "application/problem+json"

    published = client.patch(url, json={"published": True}, headers=person.headers)
    assert published.status_code == 200, published.text
    read = client.get(url)
    assert (read.status_code, read.json()["title"]) == (200, "Up the river")
    unchanged = client.get(url, headers={"If-None-Match": read.headers["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")

    assert client.delete(url, headers=person.headers).status_code == 204
    assert client.get(url, headers=person.headers).json()["status"] == "deleted"
    time.sleep(1)  # for so long others may still be shown what they saw a moment ago
    assert client.get(url).status_code == 404


def test_link_headers_lead_through_all_pages(client: httpx.Client, person: Person) -> None:
    """Following `next` shows every article once, newest first."""
    written = [
        write(client, person, f"Bend {number}", published=True).json()["id"] for number in range(5)
    ]
    url: str | None = f"{API}/users/{person.username}/articles?limit=2"
    seen: list[int] = []
    while url:
        page = client.get(url)
        assert page.status_code == 200, page.text
        seen += [article["id"] for article in page.json()]
        url = page.links.get("next", {}).get("url")
    assert seen == written[::-1]


def test_a_repeated_key_writes_once(client: httpx.Client, person: Person) -> None:
    """The second answer is the first one, said again."""
    article = {"title": "Once", "content": "And not a second time."}
    headers = person.headers | {"Idempotency-Key": f"once-{person.username}"}
    first, again = (client.post(f"{API}/articles", json=article, headers=headers) for _ in "12")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replay"] == "true"


def test_strangers_are_refused(client: httpx.Client, person: Person) -> None:
    """Writing needs a token; the answer says which kind."""
    refused = client.post(f"{API}/articles", json={"title": "Mine", "content": "All of it, mine"})
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert refused.json()["request_id"]
    assert client.get(f"{API}/users", headers=person.headers).status_code == 403


def test_the_front_door(client: httpx.Client) -> None:
    """nginx serves its page and the documentation, and tells no secrets."""
    assert client.get("/").status_code == 200
    assert client.get("/docs").status_code == 200
    for index in ("/api/v1", "/api/v1/", "/api/v1?x=1"):
        assert client.get(index).status_code == 200
    assert client.get("/metrics").status_code == 404
    assert client.get(f"{API}/articles").headers["X-Content-Type-Options"] == "nosniff"
