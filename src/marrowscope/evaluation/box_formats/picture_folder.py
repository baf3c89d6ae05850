"""The labelled pictures: which there are, how large they are, and which one a label file means."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.box_formats.label_files import files_below
from marrowscope.slides.decoded_cache import DecodedCache
from marrowscope.slides.field_picture import open_field
from marrowscope.slides.file_kind import FileKind, kind_of
from marrowscope.slides.file_names import shown

_FOLDERS_OF_A_LAYOUT = frozenset({"images", "labels", "jpegimages", "annotations"})


def pictures_in(folder: Path) -> list[Path]:
    """JPEG, PNG, WebP and TIFF files in the folder and below it, by their extension, sorted."""
    return files_below(folder, ".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")


class PictureFolder:
    """The pictures of one folder by their paths below it, with `/` between folders."""

    def __init__(self, folder: Path) -> None:
        """Raises UnreadableInputError: no such folder, or no picture in it."""
        self._folder = folder.absolute()
        if not folder.is_dir():
            raise UnreadableInputError(
                f"{shown(self._folder.name)}: there is no such folder of pictures; check the path"
            )
        self._paths = {path.relative_to(folder).as_posix(): path for path in pictures_in(folder)}
        if not self._paths:
            raise UnreadableInputError(
                f"{shown(self._folder.name)}: no JPEG, PNG, WebP or TIFF picture in this folder"
            )
        self._by_name = self._index(with_suffix=True)
        self._by_stem = self._index(with_suffix=False)
        self._sizes: dict[str, tuple[int, int]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The path of every picture below the folder, sorted."""
        return tuple(self._paths)

    def size_px(self, picture: str) -> tuple[int, int]:
        """(width, height) as shown, that is after the camera's turn; no pixel is decoded.

        Raises UnreadableInputError, OversizedInputError.
        """
        if picture not in self._sizes:
            path = self._paths[picture]
            if kind_of(path, picture) is not FileKind.FIELD:
                raise UnreadableInputError(
                    f"{shown(picture)}: is a whole slide, not a field; export its fields as PNG"
                )
            field = open_field(path, picture, DecodedCache(0)).picture
            self._sizes[picture] = (field.width_px, field.height_px)
        return self._sizes[picture]

    def check_size(self, picture: str, declared: tuple[float, float], where: str) -> None:
        """Raises UnreadableInputError where labels were drawn on a picture of another size.

        declared: (width, height) in px; 0 where the label file does not know it.
        """
        width, height = self.size_px(picture)
        if all(declared) and declared != (width, height):
            raise UnreadableInputError(
                f"{where}: the labels were drawn on a picture of {declared[0]:g} x "
                f"{declared[1]:g} px, but {shown(picture)} has {width} x {height} px; "
                "give the pictures that were labelled"
            )

    def named(self, name: str, where: str) -> str:
        """The picture that a label file calls `name`, with its extension.

        Either path may have more folders in front; those named images, labels, JPEGImages or
        Annotations do not count. Raises UnreadableInputError where none or several fit.
        """
        path = PurePosixPath(name.replace("\\", "/"))
        return self._only(path, self._by_name.get(path.name, []), where)

    def beside(self, name: str, where: str) -> str:
        """The picture that the label file `name` is named after, with or without its extension.

        Folders in front count as in `named`. Raises UnreadableInputError where none or several fit.
        """
        path = PurePosixPath(name).with_suffix("")
        candidates = self._by_name.get(path.name) or self._by_stem.get(path.name, [])
        return self._only(path, candidates, where)

    def _index(self, *, with_suffix: bool) -> dict[str, list[str]]:
        """Pictures by the last part of their path."""
        index: dict[str, list[str]] = {}
        for name in self._paths:
            path = PurePosixPath(name)
            index.setdefault(path.name if with_suffix else path.stem, []).append(name)
        return index

    def _only(self, path: PurePosixPath, candidates: Sequence[str], where: str) -> str:
        """The candidate whose folders agree with those of the path, at best wholly."""
        if str(path) in candidates:
            return str(path)
        asked = _folders(path)
        fitting = [name for name in candidates if _agree(asked, _folders(PurePosixPath(name)))]
        equal = [name for name in fitting if _folders(PurePosixPath(name)) == asked]
        fitting = equal or fitting
        if not fitting:
            raise UnreadableInputError(
                f"{where}: there is no picture {shown(str(path))} in {shown(self._folder.name)}; "
                "add the picture or take its labels out"
            )
        if len(fitting) > 1:
            raise UnreadableInputError(
                f"{where}: {shown(str(path))} may be {shown(fitting[0])} or {shown(fitting[1])}; "
                "give the two names of their own"
            )
        return fitting[0]


def _folders(path: PurePosixPath) -> Sequence[str]:
    """Names of the folders above a file, the nearest first."""
    names = [part for part in path.parts[:-1] if part.casefold() not in _FOLDERS_OF_A_LAYOUT]
    return names[::-1]


def _agree(one: Sequence[str], other: Sequence[str]) -> bool:
    """True where one path ends with the other; both are given from their ends."""
    return all(a == b for a, b in zip(one, other, strict=False))
