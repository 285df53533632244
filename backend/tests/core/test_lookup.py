"""What is looked for by words is looked for once."""

import pytest

from app.core.lookup import each_once


@pytest.mark.parametrize(
    ("query", "once"),
    [
        ("'river'", "'river'"),
        ("'quiet' & 'river' | 'quiet' & 'river'", "'quiet' & 'river'"),
        ("'boat' | 'boats'", "'boat' | 'boats'"),
        ("'river' | 'river' | 'lake' | 'lake'", "'river' | 'lake'"),
        ("'river' & !'lake' | 'river' & !'lake'", "'river' & !'lake'"),
        ("'quiet' <-> 'river' | 'quiet' <-> 'river'", "'quiet' <-> 'river'"),
        ("'a' & ( 'b' | 'c' ) | 'c'", "'a' & ( 'b' | 'c' ) | 'c'"),
        ("", ""),
    ],
)
def test_no_alternative_is_looked_for_twice(query: str, once: str) -> None:
    assert each_once(query) == once
