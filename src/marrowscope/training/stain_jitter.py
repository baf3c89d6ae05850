"""Random changes of colour, light, sharpness and compression, as scanners and stainers differ."""

import cv2
import numpy as np

from marrowscope.geometry import UInt8Array


def jitter_stain(pixels: UInt8Array, random: np.random.Generator, strength: float) -> UInt8Array:
    """Another stain and another light: optical density scaled and shifted per channel.

    pixels: (rows, columns, 3), RGB. strength 0 changes nothing, 1 is as far as laboratories lie
    apart. Saturation is pulled towards grey or away from it in the same step.
    """
    density = -np.log((pixels.astype(np.float32) + 1.0) / 256.0)
    gain = np.exp(random.normal(0.0, 0.14 * strength, 3) + random.normal(0.0, 0.14 * strength))
    light = random.normal(0.0, 0.06 * strength, 3) + random.normal(0.0, 0.08 * strength)
    density = density * gain.astype(np.float32) + light.astype(np.float32)
    grey = density.mean(axis=2, keepdims=True)
    density = grey + (density - grey) * np.float32(np.exp(random.normal(0.0, 0.25 * strength)))
    return np.clip(256.0 * np.exp(-density) - 1.0, 0, 255).astype(np.uint8)


def jitter_optics(pixels: UInt8Array, random: np.random.Generator) -> UInt8Array:
    """Another lens and file: blur or sharpening, noise, and JPEG at a random quality.

    pixels: (rows, columns, 3), RGB.
    """
    out = _refocused(pixels, random)
    if random.random() < 0.4:
        noise = random.normal(0.0, random.uniform(1.0, 7.0), out.shape)
        out = np.clip(out + noise, 0, 255).astype(np.uint8)
    if random.random() < 0.4:
        quality = int(random.integers(35, 92))
        _, data = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, quality])
        out = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
    return out


def _refocused(pixels: UInt8Array, random: np.random.Generator) -> UInt8Array:
    choice = random.random()
    if choice < 0.35:
        blurred = cv2.GaussianBlur(pixels, (0, 0), float(random.uniform(0.3, 1.2)))
        return np.asarray(blurred, dtype=np.uint8)
    if choice < 0.55:
        amount = float(random.uniform(0.2, 1.0))
        soft = cv2.GaussianBlur(pixels, (0, 0), 1.0)
        sharpened = cv2.addWeighted(pixels, 1.0 + amount, soft, -amount, 0)
        return np.asarray(sharpened, dtype=np.uint8)
    return pixels
