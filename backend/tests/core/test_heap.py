"""Memory that is given back: seen on a real heap."""

from pathlib import Path

import pytest

from app.core import heap

BLOCKS = 4_000
BLOCK = 10_000


def _private_memory() -> int:
    lines = Path("/proc/self/smaps_rollup").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Anonymous:"))


def test_what_is_not_used_goes_back_to_the_system() -> None:
    heap.share_one_heap()
    blocks = [bytearray(BLOCK) for _ in range(BLOCKS)]
    keeps_the_heap_from_shrinking_by_itself = bytearray(BLOCK)
    del blocks
    before = _private_memory()
    heap.give_back()
    assert _private_memory() < before - BLOCKS * BLOCK // 2
    assert keeps_the_heap_from_shrinking_by_itself


def test_a_library_that_cannot_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "_CAN_TRIM", False)
    monkeypatch.setattr(heap, "_LIBRARY", None)
    heap.share_one_heap()
    heap.give_back()
