"""Work that makes very many objects and no cycle of them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Keep the collector of cycles from walking all that is held, again and again: a quarter of the time of an import.

    What is dropped is freed all the same. Two threads at once: the first to end switches the collector on again.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
