"""What the C library keeps of the memory that it was given back (mallopt(3), malloc_trim(3)).

It makes a heap for each thread, and keeps 20 MB in each after the first password. With one heap for
all of them, the memory can be returned when there is nothing to do.
"""

import ctypes

_M_ARENA_MAX = -8

_LIBRARY = ctypes.CDLL(None)
# Only the GNU C library has them.
_CAN_TRIM = hasattr(_LIBRARY, "malloc_trim") and hasattr(_LIBRARY, "mallopt")


def share_one_heap() -> None:
    """Let all threads allocate from one heap; those that have one already keep it."""
    if _CAN_TRIM:
        _LIBRARY.mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Return what is not used to the operating system; it takes a millisecond or two."""
    if _CAN_TRIM:
        _LIBRARY.malloc_trim(0)
