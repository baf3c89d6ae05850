"""`python -m marrowscope` is the command `marrowscope`."""

import sys

from marrowscope.cli import main

if __name__ == "__main__":
    sys.exit(main())
