"""Every error that Marrowscope raises on purpose.

    MarrowscopeError
    ├── UsageError                 2  the command or call makes no sense
    ├── InputRefusedError          3  what was given cannot be read as a smear
    │   ├── UnreadableInputError      unknown, truncated, empty or vanished file
    │   ├── OversizedInputError       declares or unpacks to more than we will decode
    │   ├── MixedInputError           whole slides and fields in one folder; scales that disagree
    │   ├── UnknownScaleError         no µm/px and no way to measure one
    │   └── NotASmearError            a picture, but not of a stained smear
    └── EnvironmentProblemError    4  this machine cannot do it
        ├── OutputError               disk full, folder read-only
        ├── ModelError                a model file is missing or is not the one its card names
        └── ResourceError             memory

The number is the exit code of the command line. A message is one line: what is wrong and
what to do about it, never patient data.
"""


class MarrowscopeError(Exception):
    """Root of the tree; `exit_code` is what the command line returns."""

    exit_code = 4


class UsageError(MarrowscopeError, ValueError):
    """The command or call makes no sense."""

    exit_code = 2


class InputRefusedError(MarrowscopeError):
    """What was given cannot be read as a smear."""

    exit_code = 3


class UnreadableInputError(InputRefusedError, OSError):
    """A file of unknown format, truncated, empty, or gone."""


class OversizedInputError(InputRefusedError):
    """A file that declares or unpacks to more pixels than will be decoded."""


class MixedInputError(InputRefusedError):
    """Whole slides and camera fields in one folder, or fields whose scales disagree."""


class UnknownScaleError(InputRefusedError):
    """No µm/px in the file, none given, and too few red cells to measure one."""


class NotASmearError(InputRefusedError):
    """A picture, but nothing on it looks like a stained smear."""


class EnvironmentProblemError(MarrowscopeError):
    """The machine, not the input, is the obstacle."""

    exit_code = 4


class OutputError(EnvironmentProblemError, OSError):
    """The result cannot be written."""


class ModelError(EnvironmentProblemError):
    """A model file is missing, damaged, or not the one its card names."""


class ResourceError(EnvironmentProblemError):
    """Not enough memory."""
