"""Puts slides into cases: from uploads, or copied from files of this machine."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Engine

from marrowscope.accounts.account import Account
from marrowscope.cases.events import (
    LabelMeans,
    SlideAdded,
    SlideDescribed,
    SlideFile,
    SlideForm,
    SlideMatched,
    SlideRemoved,
)
from marrowscope.cases.facts import checked_line
from marrowscope.cases.file_names import checked_file_name, checked_slide_name
from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.cases.slide_match import checked_match
from marrowscope.cases.state import CaseState, SlideState
from marrowscope.errors import UnreadableInputError, UsageError
from marrowscope.store.case_events import CaseRecords
from marrowscope.store.case_files import CaseFiles
from marrowscope.store.database import writing
from marrowscope.store.upload_rows import Upload, delete_upload
from marrowscope.store.uploads import Uploads

LONGEST_SCANNER = 128


class CaseSlides:
    """Slides of the cases of one home folder. Raises as CaseRecords does."""

    def __init__(
        self, engine: Engine, records: CaseRecords, files: CaseFiles, uploads: Uploads
    ) -> None:
        self._engine = engine
        self._records = records
        self._files = files
        self._uploads = uploads

    def add_uploaded(
        self,
        case_id: UUID,
        name: str,
        form: SlideForm,
        upload_ids: Sequence[UUID],
        *,
        by: Account | None,
        scanner: str = "",
        stain: str = "",
    ) -> SlideState:
        """Makes a slide of finished uploads of this case. name: "" takes the first file's.

        Raises UsageError where one is not finished or two have the same name.
        """
        self._check_open(case_id)
        uploads = self._finished(case_id, upload_ids)
        names = _arranged([upload.name for upload in uploads], form)
        found = tuple(
            SlideFile(file, upload.n_bytes, upload.sha256)
            for file, upload in zip(names, uploads, strict=True)
        )
        sources = {
            file: self._files.upload_file(case_id, upload.upload_id)
            for file, upload in zip(names, uploads, strict=True)
        }
        event = self._event(name, form, found, by, scanner, stain)
        folder = self._files.slide_folder(case_id, event.slide_id)
        self._files.move_in(sources, folder)
        try:
            slide = self._append(case_id, event)
        except BaseException:
            self._move_back(sources, folder)
            raise
        with writing(self._engine) as connection:
            for upload in uploads:
                delete_upload(connection, upload.upload_id)
        return slide

    def add_copied(
        self,
        case_id: UUID,
        name: str,
        form: SlideForm,
        paths: Sequence[Path],
        *,
        by: Account | None,
        scanner: str = "",
        stain: str = "",
    ) -> SlideState:
        """Copies files, or one folder of them, into the case. name: "" takes the first one's.

        Of an MRXS slide the folder beside it is copied too. Raises UnreadableInputError where
        something cannot be read.
        """
        self._check_open(case_id)
        sources = _sources(paths, form)
        given = name or paths[0].name
        # Asked before gigabytes are copied.
        self._event(given, form, (SlideFile("x", 1, ""),), by, scanner, stain)
        folder = self._files.slide_folder(case_id, uuid4())
        found = self._files.copy_in(sources, folder)
        try:
            event = self._event(given, form, found, by, scanner, stain, UUID(folder.name))
            return self._append(case_id, event)
        except BaseException:
            self._files.remove_slide(case_id, UUID(folder.name))
            raise

    def describe(
        self, case_id: UUID, slide_id: UUID, scanner: str, stain: str, *, by: Account | None
    ) -> CaseState:
        """Says with what a slide was made, in place of what was said before."""
        event = SlideDescribed(
            stamp=self._records.stamp(by),
            slide_id=slide_id,
            scanner=checked_line("scanner", scanner, LONGEST_SCANNER),
            stain=checked_line("stain", stain, LONGEST_SCANNER),
        )
        details = {"slide_id": str(slide_id), "scanner": event.scanner, "stain": event.stain}
        return self._records.append(
            case_id, None, [event], act="case_slide_described", details=details
        )

    def match(
        self,
        case_id: UUID,
        slide_id: UUID,
        label: str,
        means: LabelMeans,
        reason: str,
        *,
        by: Account,
    ) -> CaseState:
        """Notes that the label of a slide was read and is the case's.

        Raises UsageError where it does not bear the accession and no reason is given.
        """
        accession = self._check_open(case_id).facts.accession
        line, why = checked_match(label, accession, reason)
        event = SlideMatched(self._records.stamp(by), slide_id, line, means, accession, why)
        # Not the label itself, which may name a patient.
        details = {"slide_id": str(slide_id), "label_means": means.value, "bears_it": not why}
        return self._records.append(
            case_id, None, [event], act="case_slide_matched", details=details
        )

    def label(self, case_id: UUID, slide_id: UUID) -> bytes | None:
        """The picture of a slide's label as JPEG; None where its files have none that is read.

        Raises UnknownCaseError where the slide is not there, InputRefusedError where it is damaged.
        """
        # Loaded when needed: it brings the libraries that read slides.
        from marrowscope.slides.jpeg import encode_jpeg  # noqa: PLC0415
        from marrowscope.slides.label_image import read_label  # noqa: PLC0415

        slide = self._check_open(case_id).slide(slide_id)
        if slide is None:
            raise UnknownCaseError("there is no such slide in this case")
        if slide.form is not SlideForm.FILE:
            return None
        folder = self._files.slide_folder(case_id, slide_id)
        pixels = read_label(folder / file.name for file in slide.files)
        return None if pixels is None else encode_jpeg(pixels)

    def remove(self, case_id: UUID, slide_id: UUID, *, by: Account | None) -> CaseState:
        """Takes a slide out of a case, and its files."""
        event = SlideRemoved(self._records.stamp(by), slide_id)
        details = {"slide_id": str(slide_id)}
        state = self._records.append(
            case_id, None, [event], act="case_slide_removed", details=details
        )
        self._files.remove_slide(case_id, slide_id)
        return state

    def _event(
        self,
        name: str,
        form: SlideForm,
        found: tuple[SlideFile, ...],
        by: Account | None,
        scanner: str,
        stain: str,
        slide_id: UUID | None = None,
    ) -> SlideAdded:
        return SlideAdded(
            stamp=self._records.stamp(by),
            slide_id=slide_id or uuid4(),
            name=checked_slide_name(name or found[0].name.split("/")[-1]),
            form=form,
            files=found,
            scanner=checked_line("scanner", scanner, LONGEST_SCANNER),
            stain=checked_line("stain", stain, LONGEST_SCANNER),
        )

    def _append(self, case_id: UUID, event: SlideAdded) -> SlideState:
        details = {"slide_id": str(event.slide_id), "n_files": len(event.files)}
        state = self._records.append(
            case_id, None, [event], act="case_slide_added", details=details
        )
        return state.slides[-1]

    def _check_open(self, case_id: UUID) -> CaseState:
        case = self._records.case(case_id)
        if case is None or case.is_deleted:
            raise UnknownCaseError("there is no such case, or it was deleted")
        return case

    def _finished(self, case_id: UUID, upload_ids: Sequence[UUID]) -> list[Upload]:
        if not upload_ids or len(set(upload_ids)) != len(upload_ids):
            raise UsageError("a slide is made of one upload or more, each once")
        found = [self._uploads.upload(upload_id) for upload_id in upload_ids]
        uploads = [one for one in found if one is not None and one.case_id == case_id]
        if len(uploads) != len(found):
            raise UnknownCaseError("there is no such upload into this case; begin it again")
        if not all(upload.is_finished for upload in uploads):
            raise UsageError("an upload of this slide is not finished yet; finish it first")
        return uploads

    def _move_back(self, sources: Mapping[str, Path], folder: Path) -> None:
        for file, source in sources.items():
            (folder / file).rename(source)
        self._files.remove_slide(UUID(folder.parents[1].name), UUID(folder.name))


def _arranged(names: Sequence[str], form: SlideForm) -> list[str]:
    """Names below the slide's folder: without a folder that all have. Raises UsageError."""
    folders = {name.rpartition("/")[0] for name in names}
    flat = form is SlideForm.FIELDS or len(folders) == 1
    below = [name.split("/")[-1] for name in names] if flat else list(names)
    if len({name.casefold() for name in below}) != len(below):
        raise UsageError("two files of this slide have the same name; rename one")
    tops = {name.casefold() for name in below if "/" not in name}
    if any(name.split("/")[0].casefold() in tops for name in below if "/" in name):
        raise UsageError("a file and a folder of this slide have the same name; rename one")
    return below


def _sources(paths: Sequence[Path], form: SlideForm) -> dict[str, Path]:
    """Files to copy, by their names below the slide's folder."""
    if not paths:
        raise UsageError("a slide has at least one file; give one")
    if len(paths) == 1 and paths[0].is_dir():
        found = _files_below(paths[0], deep=form is SlideForm.FILE)
    else:
        found = {path.name: path for path in paths}
        if len(found) != len(paths):
            raise UsageError("two files of this slide have the same name; rename one")
        for path in paths:
            beside = path.with_suffix("")
            if path.suffix.lower() == ".mrxs" and beside.is_dir():
                found |= {
                    f"{beside.name}/{name}": one
                    for name, one in _files_below(beside, deep=False).items()
                }
    return {checked_file_name(name): path for name, path in found.items()}


def _files_below(folder: Path, *, deep: bool) -> dict[str, Path]:
    """Files of a folder that are not hidden; deep: also those of the folders in it."""
    try:
        inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        found = {path.name: path for path in inside if path.is_file()}
        for sub in inside if deep else []:
            if sub.is_dir():
                found |= {
                    f"{sub.name}/{path.name}": path
                    for path in sorted(sub.iterdir())
                    if path.is_file() and not path.name.startswith(".")
                }
    except OSError as error:
        raise UnreadableInputError(
            f"{folder.name}: this folder cannot be listed; check its permissions"
        ) from error
    if not found:
        raise UnreadableInputError(f"{folder.name}: no file in this folder; check the path")
    return found
