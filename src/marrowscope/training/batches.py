"""Batches of training, made ahead in a thread while the network learns from the one before."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Batch = TypeVar("Batch")
AHEAD = 4
"""Batches made before they are wanted."""


def made_ahead(make: Callable[[int], Batch], first: int, n_steps: int) -> Iterator[Batch]:
    """`make(step)` for each step from `first` to before `n_steps`, in order.

    make: depends on its step alone, so that a training that goes on sees the same batches.
    """
    with ThreadPoolExecutor(1) as pool:
        ahead = deque(pool.submit(make, step) for step in range(first, n_steps)[:AHEAD])
        try:
            for step in range(first, n_steps):
                made = ahead.popleft().result()
                if step + AHEAD < n_steps:
                    ahead.append(pool.submit(make, step + AHEAD))
                yield made
        finally:
            pool.shutdown(cancel_futures=True)
