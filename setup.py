"""Builds the page of the reading room before it is packed; all else is in pyproject.toml."""

import shutil
from pathlib import Path

from build_backend import PAGE, ROOT, build_page_where_needed
from setuptools import setup
from setuptools.command.build_py import build_py


class BuildPyWithPage(build_py):
    """As setuptools does it, with the page built where that is not done yet."""

    def run(self) -> None:
        """Copies modules and data into the build folder."""
        if not self.editable_mode:
            build_page_where_needed(ROOT)
            # Files have their digest in their name: an older build's would stay beside them.
            shutil.rmtree(Path(self.build_lib, *PAGE.parts[1:]), ignore_errors=True)
        super().run()


setup(cmdclass={"build_py": BuildPyWithPage})
