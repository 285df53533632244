"""Reading files that may hold anything."""

import os
from pathlib import Path

import pytest

from app.features.portability.adapters.markdown import LARGEST_FILE, MarkdownFolder
from app.features.portability.errors import CannotImport
from app.features.portability.schemas import Document

BODY = "A body of some length.\n"


def read(folder: Path, content: str | bytes, path: str = "post.md") -> Document:
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(raw)
    return MarkdownFolder(folder).read(path)


@pytest.mark.parametrize(
    "front_matter",
    [
        "---\ntitle: Rivers\ntags: [a, b]\n---\n",
        "---\ntitle: Rivers\ntags:\n  - a\n  - b\n...\n",
        "+++\ntitle = 'Rivers'\ntags = ['a', 'b']\n+++\n",
        '{\n  "title": "Rivers",\n  "tags": ["a", "b"]\n}\n',
        "\ufeff---\r\ntitle: Rivers\r\ntags: [a, b]\r\n---\r\n",
    ],
    ids=["yaml", "yaml with dots", "toml", "json", "windows"],
)
def test_three_formats_of_front_matter(tmp_path: Path, front_matter: str) -> None:
    document = read(tmp_path, front_matter + BODY)
    assert document.front_matter == {"title": "Rivers", "tags": ["a", "b"]}
    assert document.body.strip() == BODY.strip()


def test_yaml_is_taken_at_its_word(tmp_path: Path) -> None:
    values = "version: 1.10\nat: 11:30\ndate: 0000-00-00\nyes: No\ntrue: true\nnone: ~\nsize: 12\n"
    document = read(tmp_path, f"---\n{values}quoted: '12'\nruby: !ruby/x {{a: b}}\n---\n{BODY}")
    assert document.front_matter == {
        "version": "1.10", "at": "11:30", "date": "0000-00-00", "yes": "No", "True": True,
        "none": None, "size": 12, "quoted": "12", "ruby": {"a": "b"},
    }  # fmt: skip


def test_dates_of_toml_become_text(tmp_path: Path) -> None:
    document = read(tmp_path, f"+++\ndate = 2018-01-02T11:21:40Z\nx = nan\n+++\n{BODY}")
    assert document.front_matter == {"date": "2018-01-02T11:21:40+00:00", "x": "nan"}


def test_what_a_database_cannot_keep_is_replaced(tmp_path: Path) -> None:
    document = read(tmp_path, '{"a": "x\\u0000\\ud800"}\n' + BODY)
    assert document.front_matter == {"a": "x\ufffd?"}


@pytest.mark.parametrize("text", ["Plain text only.\n", "---\nBetween rules.\n---\nText.\n"])
def test_a_file_without_front_matter_is_all_text(tmp_path: Path, text: str) -> None:
    document = read(tmp_path, text)
    assert (document.front_matter, document.body) == ({}, text)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)
MERGING_BOMB = "a: &a {k: 1}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join([f'*{before}'] * 9)}]}}\n"
    for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f"---\ntitle: x\ndraft: true\n{BODY}", "begins and never ends"),
        (f"---\ntitle: [x\n---\n{BODY}", "front matter: "),
        (f"+++\ntitle = x\n+++\n{BODY}", "front matter: "),
        (f'{{"title": x}}\n{BODY}', "front matter: "),
        (f"---\n{BOMB}---\n{BODY}", "too many values"),
        (f"---\n{MERGING_BOMB}---\n{BODY}", "too many values"),
        (f"---\na: &a [*a]\n---\n{BODY}", "too many values"),
        (f"---\na: {'[' * 1500}{']' * 1500}\n---\n{BODY}", "nested too deeply"),
        (f"+++\na = {'[' * 9000}{']' * 9000}\n+++\n{BODY}", "nested too deeply"),
        (f'---\na: "\\UFFFFFFFF"\n---\n{BODY}', "front matter: "),
        (f"---\na: {'x' * 60_000}\n---\n{BODY}", "longer than"),
        ("---\ntitle: café\n---\n".encode("latin-1"), "is not written in UTF-8"),
        ("text".encode("utf-16"), "is not written in UTF-8"),
        ("x" * (LARGEST_FILE + 1), "is larger than"),
    ],
)
def test_a_bad_file_is_refused_with_a_reason(
    tmp_path: Path, content: str | bytes, reason: str
) -> None:
    with pytest.raises(CannotImport, match=reason):
        read(tmp_path, content)


def test_numbers_beyond_reason_are_kept_as_text(tmp_path: Path) -> None:
    document = read(tmp_path, f"+++\na = 0x{'f' * 5000}\n+++\n{BODY}")
    assert document.front_matter["a"] == f"0x{'f' * 5000}"


def test_only_markdown_that_is_not_hidden_is_found(tmp_path: Path) -> None:
    for path in ("b.md", "a/c.markdown", "a/d.MDX", ".git/x.md", ".x.md", "image.png"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    assert MarkdownFolder(tmp_path).paths() == ["a/c.markdown", "a/d.MDX", "b.md"]


def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link.md").symlink_to("/etc/hostname")
    (tmp_path / "folder").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe.md")
    folder = MarkdownFolder(tmp_path)
    assert folder.paths() == ["link.md", "pipe.md"]
    for path in folder.paths():
        with pytest.raises(CannotImport, match="not followed"):
            folder.read(path)


def test_a_file_that_has_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotImport, match="cannot be read"):
        MarkdownFolder(tmp_path).read("gone.md")


def test_a_path_that_cannot_be_remembered_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotImport, match="has a path of more than 2,000 bytes"):
        read(tmp_path, BODY, f"{'/'.join(['x' * 200] * 10)}/post.md")
    with pytest.raises(CannotImport, match="is not written in UTF-8"):
        read(tmp_path, BODY, f"{os.fsdecode(b'caf' + bytes([0xE9]))}/post.md")


def test_a_bundle_is_named_by_its_folder_and_a_list_is_no_article(tmp_path: Path) -> None:
    assert read(tmp_path, BODY, "posts/down-the-river/index.md").name == "down-the-river"
    with pytest.raises(CannotImport, match="is no article"):
        read(tmp_path, BODY, "posts/_index.md")


def test_drafts_are_known_by_their_folder(tmp_path: Path) -> None:
    assert read(tmp_path, BODY, "_drafts/river.md").in_drafts
    assert not read(tmp_path, BODY, "posts/river.md").in_drafts
