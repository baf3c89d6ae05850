"""Writes small slides of every tested format. All pixels are made; nothing is a real smear.

Pictures are (rows, columns, 3) uint8 RGB. Tiles are JPEG at quality 95, or lossless
where a function says so.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pyvips
import tifffile
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit, VLWholeSlideMicroscopyImageStorage

from slides.tiff_file import JPEG, YCBCR, TiffImage, write_tiff

TILE_PX = 128


def smooth_pixels(width: int, height: int, seed: int = 1) -> np.ndarray:
    """A smooth coloured pattern: survives JPEG and shrinking, and no two places look alike."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(60, 240, (height // 32 + 2, width // 32 + 2, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def pixels_with_discs(
    width: int, height: int, centres: Sequence[tuple[float, float]], radius_px: float = 12
) -> np.ndarray:
    """Dark discs on near-white, drawn with anti-aliased edges around exact centres."""
    y, x = np.mgrid[0:height, 0:width] + 0.5
    shade = np.zeros((height, width))
    for centre_x, centre_y in centres:
        distance = np.hypot(x - centre_x, y - centre_y)
        shade = np.maximum(shade, np.clip(radius_px + 0.5 - distance, 0, 1))
    grey = np.rint(250 - 200 * shade).astype(np.uint8)
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)


def write_svs(
    path: Path,
    pixels: np.ndarray,
    um_per_px: float | None,
    *,
    n_levels: int = 2,
    comment: str = "",
    with_private_images: bool = True,
) -> Path:
    """An Aperio SVS: tiled JPEG levels by 4, thumbnail, label and macro with fake patient data."""
    height, width = pixels.shape[:2]
    mpp = "" if um_per_px is None else f"|MPP = {um_per_px}"
    aperio = "Aperio Image Library v12.0.15 \r\n"
    head = f"{aperio}{width}x{height} {comment}|AppMag = 40{mpp}"
    levels = [jpeg_tiled(_shrunk(pixels, 4**level), head) for level in range(n_levels)]
    thumbnail = _flat(_shrunk(pixels, max(1, width // 100)), f"{aperio}{width}x{height}")
    images = [levels[0], thumbnail, *levels[1:]]
    if with_private_images:
        label, macro = np.full((60, 60, 3), 7, np.uint8), np.full((60, 160, 3), 9, np.uint8)
        images.append(_flat(label, f"{aperio}label 60x60", subfiletype=1))
        images.append(_flat(macro, f"{aperio}macro 160x60", subfiletype=9))
    return write_tiff(path, images)


def write_tiled_tiff(
    path: Path, pixels: np.ndarray, um_per_px: float | None, *, pyramid: bool = True
) -> Path:
    """A plain tiled TIFF, deflate, with a pyramid by 2 unless told otherwise."""
    pixels_per_mm = 1.0 if um_per_px is None else 1000 / um_per_px
    image = pyvips.Image.new_from_array(np.ascontiguousarray(pixels))
    image.tiffsave(
        str(path),
        tile=True,
        tile_width=TILE_PX,
        tile_height=TILE_PX,
        pyramid=pyramid,
        compression="deflate",
        xres=pixels_per_mm,
        yres=pixels_per_mm,
    )
    return path


def write_ome_tiff(
    path: Path,
    pixels: np.ndarray,
    um_per_px: float | None,
    *,
    n_levels: int = 2,
    planar: bool = False,
    unit: str = "µm",
    comment: str = "",
) -> Path:
    """An OME-TIFF written by tifffile: deflate tiles, levels by 2 in SubIFDs."""
    metadata: dict[str, object] = {"axes": "CYX" if planar else "YXS", "Description": comment}
    if um_per_px is not None:
        metadata |= {f"PhysicalSize{axis}": um_per_px for axis in "XY"}
        metadata |= {f"PhysicalSize{axis}Unit": unit for axis in "XY"}
    with tifffile.TiffWriter(path, ome=True) as tiff:
        for level in range(n_levels):
            image = _shrunk(pixels, 2**level)
            tiff.write(
                np.ascontiguousarray(np.moveaxis(image, 2, 0) if planar else image),
                photometric="rgb",
                planarconfig="separate" if planar else "contig",
                tile=(TILE_PX, TILE_PX),
                compression="deflate",
                subifds=n_levels - 1 if level == 0 else None,
                subfiletype=0 if level == 0 else 1,
                metadata=metadata if level == 0 else None,
            )
    return path


def write_ome_tiff_of_jpeg(path: Path, pixels: np.ndarray, um_per_px: float) -> Path:
    """An OME-TIFF of JPEG tiles, two levels, and a label image whose name is a patient's."""
    height, width = pixels.shape[:2]
    xml = (
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        f'<Image ID="Image:0" Name="slide"><Pixels ID="Pixels:0" SizeX="{width}" SizeY="{height}" '
        'SizeC="3" SizeZ="1" SizeT="1" DimensionOrder="XYCZT" Type="uint8" '
        f'PhysicalSizeX="{um_per_px * 1000}" PhysicalSizeXUnit="nm" '
        f'PhysicalSizeY="{um_per_px * 1000}" PhysicalSizeYUnit="nm"/></Image>'
        '<Image ID="Image:1" Name="label of Fictitious Example"><Pixels ID="Pixels:1" SizeX="60" '
        'SizeY="40" SizeC="3" SizeZ="1" SizeT="1" DimensionOrder="XYCZT" Type="uint8"/></Image>'
        "</OME>"
    )
    below = jpeg_tiled(_shrunk(pixels, 2), subfiletype=1)
    slide = replace(jpeg_tiled(pixels, xml), below=[below])
    return write_tiff(path, [slide, _flat(np.full((40, 60, 3), 7, np.uint8), "")])


def write_dicom_folder(
    folder: Path,
    pixels: np.ndarray,
    um_per_px: float | None,
    *,
    series: int = 1,
    n_levels: int = 2,
    with_label: bool = True,
    comment: str = "",
) -> Path:
    """A DICOM series (VL Whole Slide Microscopy, TILED_FULL, JPEG), one file a level by 4.

    series: number that makes its identifiers differ from those of other series in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for level in range(n_levels):
        spacing = None if um_per_px is None else um_per_px * 4**level
        flavour = "NONE" if level == 0 else "RESAMPLED"
        image_type = ["ORIGINAL" if level == 0 else "DERIVED", "PRIMARY", "VOLUME", flavour]
        dataset = _dicom_image(_shrunk(pixels, 4**level), spacing, image_type, series, level)
        if comment:
            dataset.ImageComments = comment
        dataset.save_as(folder / f"series{series}-level{level}.dcm", enforce_file_format=True)
    if with_label:
        label = np.full((60, 60, 3), 7, np.uint8)
        label_type = ["ORIGINAL", "PRIMARY", "LABEL", "NONE"]
        dataset = _dicom_image(label, None, label_type, series, 90)
        dataset.save_as(folder / f"series{series}-label.dcm", enforce_file_format=True)
    return folder


def write_other_dicom(path: Path) -> Path:
    """A DICOM file that is no slide: a photograph without pixels."""
    dataset = _dicom_image(smooth_pixels(16, 16), None, ["ORIGINAL", "PRIMARY"], 9, 0)
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.77.1.4"
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.save_as(path, enforce_file_format=True)
    return path


def _shrunk(pixels: np.ndarray, factor: int) -> np.ndarray:
    """Every level pixel the mean of factor x factor pixels; an odd rest is dropped."""
    height, width = pixels.shape[0] // factor * factor, pixels.shape[1] // factor * factor
    size = (width // factor, height // factor)
    return cv2.resize(pixels[:height, :width], size, interpolation=cv2.INTER_AREA)


def _jpeg(pixels: np.ndarray, subsampling: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(
        stream, "JPEG", quality=95, subsampling=subsampling
    )
    return stream.getvalue()


def _jpeg_tiles(pixels: np.ndarray, subsampling: int = 0) -> Iterator[bytes]:
    height, width = pixels.shape[:2]
    for top in range(0, height, TILE_PX):
        for left in range(0, width, TILE_PX):
            tile = pixels[top : top + TILE_PX, left : left + TILE_PX]
            below, right = TILE_PX - tile.shape[0], TILE_PX - tile.shape[1]
            yield _jpeg(np.pad(tile, ((0, below), (0, right), (0, 0)), mode="edge"), subsampling)


def jpeg_tiled(pixels: np.ndarray, description: str = "", subfiletype: int = 0) -> TiffImage:
    """A directory of JPEG tiles for `write_tiff`."""
    height, width = pixels.shape[:2]
    return TiffImage(
        width,
        height,
        list(_jpeg_tiles(pixels)),
        (TILE_PX, TILE_PX),
        JPEG,
        YCBCR,
        description,
        subfiletype,
    )


def _flat(pixels: np.ndarray, description: str, subfiletype: int = 0) -> TiffImage:
    height, width = pixels.shape[:2]
    strip = np.ascontiguousarray(pixels).tobytes()
    return TiffImage(width, height, [strip], None, description=description, subfiletype=subfiletype)


def _dicom_image(
    pixels: np.ndarray,
    um_per_px: float | None,
    image_type: list[str],
    series: int,
    instance: int,
) -> Dataset:
    """One image of a slide with what a reader needs of DICOM PS3.3 A.32.8."""
    height, width = pixels.shape[:2]
    frames = list(_jpeg_tiles(pixels, subsampling=1))
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    dataset.file_meta.MediaStorageSOPClassUID = VLWholeSlideMicroscopyImageStorage
    # 2.25.* are identifiers anyone may make up.
    uid = f"2.25.4711{series}0{instance}"
    dataset.file_meta.MediaStorageSOPInstanceUID = uid
    dataset.SOPClassUID = VLWholeSlideMicroscopyImageStorage
    dataset.SOPInstanceUID = uid
    dataset.StudyInstanceUID = "2.25.47110"
    dataset.SeriesInstanceUID = f"2.25.4712{series}"
    dataset.FrameOfReferenceUID = f"2.25.4713{series}"
    dataset.Modality = "SM"
    dataset.PatientName = "Fictitious^Example"
    dataset.PatientID = "NOT-A-PATIENT"
    dataset.ImageType = image_type
    dataset.InstanceNumber = instance + 1
    dataset.SamplesPerPixel = 3
    dataset.PhotometricInterpretation = "YBR_FULL_422"
    dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    dataset.LossyImageCompression = "01"
    dataset.Rows = dataset.Columns = TILE_PX
    dataset.NumberOfFrames = len(frames)
    dataset.TotalPixelMatrixColumns, dataset.TotalPixelMatrixRows = width, height
    dataset.TotalPixelMatrixFocalPlanes = 1
    dataset.NumberOfOpticalPaths = 1
    dataset.ImageOrientationSlide = [0, -1, 0, -1, 0, 0]
    dataset.DimensionOrganizationType = "TILED_FULL"
    measures = Dataset()
    if um_per_px is not None:
        measures.PixelSpacing = [um_per_px / 1000, um_per_px / 1000]
    measures.SliceThickness = 0.001
    shared = Dataset()
    shared.PixelMeasuresSequence = [measures]
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].is_undefined_length = True
    return dataset
