"""Fields with red cells drawn at a known scale, and pictures that are no smear. Synthetic."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

GLASS = (226, 221, 229)
RED_CELL = (208, 184, 186)
NUCLEUS = (92, 44, 140)
PLATELET = (150, 100, 195)
FINE = 4
"""Discs are drawn this much larger and shrunk: their edges then fall between pixels."""


def field(
    seed,
    diameter_px,
    side_px=420,
    n_across=6,
    colour=RED_CELL,
    glass=GLASS,
    spread=0.07,
    n_platelets=0,
    n_nuclei=0,
):
    """Cells on a loose grid of `n_across`², with pale centres, grain and a little blur."""
    random = np.random.default_rng(seed)
    step = side_px / n_across
    drawn = np.full((side_px * FINE, side_px * FINE, 3), glass, np.uint8)
    places = [
        (c * step + step / 2, r * step + step / 2) for r in range(n_across) for c in range(n_across)
    ]
    kinds = ["nucleus"] * n_nuclei + ["platelet"] * n_platelets
    kinds += ["red cell"] * (len(places) - len(kinds))
    random.shuffle(kinds)
    for (x, y), kind in zip(places, kinds, strict=True):
        size = float(np.exp(random.normal(0, spread)))
        share = {"red cell": 1.0, "platelet": 0.35, "nucleus": 1.1}[kind]
        shade = {"red cell": colour, "platelet": PLATELET, "nucleus": NUCLEUS}[kind]
        disc(drawn, x, y, diameter_px * size * share, shade)
        if kind == "red cell":
            pale = tuple(int((a + b) / 2) for a, b in zip(glass, colour, strict=True))
            disc(drawn, x, y, diameter_px * size * 0.3, pale)
    return finished(drawn, random, side_px, blur_px=max(0.6, diameter_px / 40))


def disc(drawn, x, y, diameter_px, shade):
    centre = (round(x * FINE), round(y * FINE))
    cv2.circle(drawn, centre, round(diameter_px * FINE / 2), shade, -1)


def finished(drawn, random, side_px, blur_px):
    small = cv2.resize(drawn, (side_px, side_px), interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), blur_px)
    grain = random.normal(0, 2, blurred.shape)
    return np.clip(blurred + grain, 0, 255).astype(np.uint8)


def scattered_discs(seed, side_px=600):
    """Discs in the colour of red cells whose sizes spread evenly over a tenfold range."""
    random = np.random.default_rng(seed)
    drawn = np.full((side_px * FINE, side_px * FINE, 3), GLASS, np.uint8)
    for x, y in random.uniform(0, side_px, (50, 2)).tolist():
        disc(drawn, x, y, float(np.exp(random.uniform(np.log(10), np.log(100)))), RED_CELL)
    return finished(drawn, random, side_px, 1.0)


def noise(seed, grain_px, is_coloured, side_px=420):
    random = np.random.default_rng(seed)
    plain = random.normal(size=(side_px, side_px, 3 if is_coloured else 1))
    if grain_px:
        plain = cv2.GaussianBlur(plain, (0, 0), grain_px).reshape(side_px, side_px, -1)
    return np.clip(150 + 45 * plain / plain.std() + np.zeros(3), 0, 255).astype(np.uint8)


def fur(seed):
    """Stripes in brown and orange with hairs, and round eyes: a cat, as far as edges go."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:420, :420]
    stripes = np.sin(columns / 9 + 3 * np.sin(rows / 40)) * 0.5 + 0.5
    coat = np.stack([120 + 90 * stripes, 80 + 60 * stripes, 40 + 30 * stripes], axis=-1)
    pixels = np.clip(coat + random.normal(0, 12, coat.shape), 0, 255).astype(np.uint8)
    for x in (130, 290):
        cv2.circle(pixels, (x, 160), 28, (150, 190, 60), -1)
        cv2.circle(pixels, (x, 160), 12, (10, 10, 10), -1)
    return pixels


def writing(colour, size_px):
    page = Image.new("RGB", (420, 420), "white")
    draw = ImageDraw.Draw(page)
    for y in range(0, 420, int(size_px * 1.3)):
        draw.text(
            (4, y),
            "o o O 0 8 a good book o o too soon " * 2,
            colour,
            ImageFont.load_default(size_px),
        )
    return np.array(page)
