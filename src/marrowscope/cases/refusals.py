"""What is refused because of how a case or an upload stands now, for those who must tell apart."""

from typing import Final

from marrowscope.errors import UsageError

SIGNED: Final = "this case is signed; reopen its report to change it"


class UnknownCaseError(UsageError):
    """No such case, slide, analysis or upload, or no longer."""


class SignedCaseError(UsageError):
    """Its report is signed, so that nothing of it can be changed."""


class OtherLabelError(UsageError):
    """The label of a slide does not bear the accession, and nobody says why it is the case's."""


class CaseChangedError(UsageError):
    """Somebody else was first. version: the case's now."""

    def __init__(self, version: int) -> None:
        super().__init__("this case was changed meanwhile; load it again and repeat the change")
        self.version = version


class WrongOffsetError(UsageError):
    """What was sent does not continue what is there. offset: where to go on."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the upload goes on at byte {offset}; send the file from there")
        self.offset = offset
