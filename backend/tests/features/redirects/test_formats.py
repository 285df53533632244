"""The map as web servers read it: whatever an imported path is made of, it stays one path."""

import re
from datetime import UTC, datetime

import pytest

from app.core.paging import Cursor, Slice
from app.features.redirects.rules import written
from app.features.redirects.schemas import Format, RedirectRead

QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)" "([^"\\$\s]*)";')


def redirect(old: str, new: str = "/articles/new") -> RedirectRead:
    return RedirectRead(
        from_=old, to=new, article_id=1, created_at=datetime(2026, 1, 1, tzinfo=UTC)
    )


def lines(wanted: Format, *old: str, new: str = "/articles/new") -> list[str]:
    """Return what is written besides comments."""
    text = written(Slice([redirect(each, new) for each in old]), wanted)
    assert text == "" or text.endswith("\n")
    return [line for line in text.split("\n")[:-1] if not line.startswith("#")]


def nginx_map(*old: str, new: str = "/articles/new") -> dict[str, str]:
    """Return the map as nginx's own rules of quoting read it: a backslash stands before itself."""
    found = {}
    for line in lines(Format.NGINX, *old, new=new):
        match = QUOTED.fullmatch(line)
        assert match, f"{line!r} is not two quoted words and a semicolon"
        found[re.sub(r"\\(.)", r"\1", match[1])] = match[2]
    return found


SAID = [
    ("/old/path", "/old/path", "/old/path"),
    ("/old path/", "/old path/", "/old%20path/"),
    ("/%C3%BCber", "/über", "/%C3%BCber"),
    ("/über", "/über", "/%C3%BCber"),
    ("/100%", "/100%", "/100%25"),
    ("/a%2fb", "/a/b", "/a%2fb"),
    ("//evil.example/x", "/evil.example/x", "/evil.example/x"),
    ('/"; return 200; "', '/"; return 200; "', "/%22;%20return%20200;%20%22"),
    ("/a\\", "/a\\", "/a%5C"),
    ('/a\\" "/b', '/a\\" "/b', "/a%5C%22%20%22/b"),
    ("/$host/${uri}", "/$host/${uri}", "/%24host/%24%7Buri%7D"),
    ("/a;b{c}", "/a;b{c}", "/a;b%7Bc%7D"),
    ("/'a' (b)", "/'a' (b)", "/'a'%20(b)"),
    ("/:year/*", "/:year/*", "/%3Ayear/%2A"),
    ("/~^.*", "/~^.*", "/~%5E.%2A"),
    ("/a\u2028b\x85c", "/a\u2028b\x85c", "/a%E2%80%A8b%C2%85c"),
    ("/🛶", "/🛶", "/%F0%9F%9B%B6"),
]


@pytest.mark.parametrize(("old", "key", "path"), SAID)
def test_a_path_is_one_word_to_each_server(old: str, key: str, path: str) -> None:
    assert nginx_map(old) == {key: "/articles/new"}
    assert lines(Format.NETLIFY, old) == [f"{path} /articles/new 308"]


UNSAID = ["/?p=7", "/page#part", "/a\nb", "/a%0Ab", "/a\r\n/b /c 200", "/a\tb", "/%00", "/\x7f",
          "/%FF", "/" + "x" * 2000, "/" + "%C3%BC" * 1500]  # fmt: skip


@pytest.mark.parametrize("old", UNSAID)
@pytest.mark.parametrize("wanted", [Format.NGINX, Format.NETLIFY])
def test_what_no_path_can_say_is_left_out_and_counted(old: str, wanted: Format) -> None:
    text = written(Slice([redirect(old), redirect("/old")]), wanted)
    assert text.startswith("# Left out, because they are no path of their own: 1.\n")
    assert len(lines(wanted, old, "/old")) == 1


def test_paths_that_a_server_takes_for_the_same_are_written_once() -> None:
    same = ("/old", "/Old", "//old", "/%6Fld", "/ol%64")
    assert nginx_map(*same, "/older") == {"/old": "/articles/new", "/older": "/articles/new"}
    assert "no path of their own: 4." in written(
        Slice([redirect(each) for each in same]), Format.NETLIFY
    )


@pytest.mark.parametrize("old", ["/articles/new", "/Articles/NEW", "/articles/%6Eew"])
@pytest.mark.parametrize("wanted", [Format.NGINX, Format.NETLIFY])
def test_no_path_leads_to_itself(old: str, wanted: Format) -> None:
    assert lines(wanted, old) == []


@pytest.mark.parametrize(
    ("new", "target"),
    [
        ("/blog/new", "/blog/new"),
        ("/post?slug=new&a=b#top", "/post?slug=new&a=b#top"),
        ("/$host/new", "/%24host/new"),
        ('/a "b";/new', "/a%20%22b%22%3B/new"),
        ("/Über/new", "/%C3%9Cber/new"),
    ],
)
def test_a_target_is_an_address_without_variables(new: str, target: str) -> None:
    assert nginx_map("/old", new=new) == {"/old": target}
    assert lines(Format.NETLIFY, "/old", new=new) == [f"/old {target} 308"]


@pytest.mark.parametrize(("length", "bucket"), [(1, 64), (39, 64), (40, 128), (2000, 2048)])
def test_nginx_is_told_how_much_room_the_longest_path_needs(length: int, bucket: int) -> None:
    text = written(Slice([redirect("/" + "x" * (length - 1))]), Format.NGINX)
    assert f"`map_hash_bucket_size {bucket};`" in text


def test_a_part_of_the_map_says_that_there_is_more() -> None:
    part = Slice([redirect("/old")], next=Cursor("newest", "", 1))
    assert "# This is not the whole map" in written(part, Format.NGINX)
    assert "# This is not the whole map" not in written(Slice(part.items), Format.NGINX)
