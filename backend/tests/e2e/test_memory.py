"""The keeper's articles: written before a trouble, found unharmed after it."""

import httpx
import pytest

from tests.e2e.conftest import API, sign_in, sign_up, write

KEEPER = "keeper"
TITLES = [f"Kept {number}" for number in range(3)]


@pytest.mark.before
def test_the_keeper_writes(client: httpx.Client) -> None:
    """Leave an account and three articles behind."""
    sign_up(client, KEEPER)
    keeper = sign_in(client, KEEPER)
    for title in TITLES:
        write(client, keeper, title, published=True)


@pytest.mark.after
def test_the_keeper_finds_everything(client: httpx.Client) -> None:
    """Signing in still works, every article is there with its text, and writing goes on."""
    keeper = sign_in(client, KEEPER)
    listed = client.get(f"{API}/users/{KEEPER}/articles", params={"include": "content"}).json()
    assert [article["title"] for article in listed] == TITLES[::-1]
    assert all(article["content"] == f"What I know of: {article['title']}" for article in listed)

    extra = write(client, keeper, "A passing thought", published=False)
    url = f"{API}/articles/{extra.json()['id']}"
    assert client.delete(url, headers=keeper.headers).status_code == 204
