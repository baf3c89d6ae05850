"""What every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Machines are shared: a deadline would fail for the neighbour's work. The same examples each time.
settings.register_profile("steady", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("steady")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real images; the test is skipped where it is absent."""
    folder = Path(os.environ.get("MARROWSCOPE_DATA") or REPOSITORY.parent / "shared" / "data")
    if not (folder / "fields.zip").exists():
        pytest.skip("needs the image data (set MARROWSCOPE_DATA)")
    return folder
