"""Encodes pixels as JPEG for a viewer."""

import cv2
import numpy as np

from marrowscope.geometry import UInt8Array

QUALITY = 90


def encode_jpeg(pixels: UInt8Array, *, full_colour: bool = True) -> bytes:
    """A baseline JPEG without metadata; pixels: (rows, columns, 3), RGB.

    full_colour: keep the colour of every pixel (4:4:4), else of every four together (4:2:0), as
    scanners do: smaller and quicker.
    """
    sampling = (
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
        if full_colour
        else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    )
    options = [
        cv2.IMWRITE_JPEG_QUALITY,
        QUALITY,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        sampling,
    ]
    # OpenCV wants blue first.
    is_encoded, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)
    if not is_encoded:
        raise ValueError("pixels of a size that JPEG cannot hold")
    return np.asarray(data, dtype=np.uint8).tobytes()
