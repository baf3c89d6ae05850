"""The command line: one module a sub-command, each of which parses, calls and presents.

Exit codes, on which scripts rely: 0 done, 2 wrong use, 3 input refused, 4 this machine (disk,
memory, model) or a bug, 130 stopped by Ctrl-C, 141 nobody reads the output, 143 terminated.
"""

from marrowscope.cli.app import main

__all__ = ["main"]
