// How a picture lies in the viewer, and what that means in micrometres.

/** A level-0 pixel (x, y) is shown at (x * scale + left, y * scale + top), in CSS pixels. */
export interface View {
  /** CSS pixels a level-0 pixel. */
  scale: number;
  left: number;
  top: number;
  /** Of the viewer, in CSS pixels. */
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

/** A part of a picture, in level-0 pixels. */
export interface Area {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** What of the picture's plane is in the viewer, grown by `margin` CSS pixels. */
export function areaInView(view: View, margin = 0): Area {
  return {
    left: (-margin - view.left) / view.scale,
    top: (-margin - view.top) / view.scale,
    right: (view.width + margin - view.left) / view.scale,
    bottom: (view.height + margin - view.top) / view.scale,
  };
}

export interface Power {
  name: string;
  umPerScreenPx: number;
}

/** By convention: what an objective shows where one image pixel is one pixel of the screen. */
export const POWERS: readonly Power[] = [
  { name: "4×", umPerScreenPx: 2.5 },
  { name: "10×", umPerScreenPx: 1 },
  { name: "20×", umPerScreenPx: 0.5 },
  { name: "40×", umPerScreenPx: 0.25 },
  { name: "100×", umPerScreenPx: 0.1 },
];

/** 40x is 0.25 µm a pixel; all others in proportion. */
export const powerOf = (umPerScreenPx: number) => 10 / umPerScreenPx;

/** Of what fits whole, and of one pixel of the picture a pixel of the screen. */
export const LEAST_OF_WHOLE = 0.6;
export const MOST_ENLARGED = 10;

/** µm a pixel of the screen, the least magnified and the most, that the viewer shows. */
export function powerLimits(
  picture: { width_px: number; height_px: number },
  umPerPx: number,
  view: View,
): { most: number; least: number } {
  const whole = Math.min(view.width / picture.width_px, view.height / picture.height_px);
  return { most: umPerPx / (whole * LEAST_OF_WHOLE), least: umPerPx / MOST_ENLARGED };
}

const ROUND = [1, 2, 5] as const;

/** The longest of 1, 2, 5, 10, ... µm that is at most `mostPx` wide. */
export function barLength(umPerScreenPx: number, mostPx: number): { um: number; px: number } {
  const most = umPerScreenPx * mostPx;
  const decade = 10 ** Math.floor(Math.log10(most));
  const um = decade * (ROUND.findLast((each) => each * decade <= most) ?? 1);
  return { um, px: um / umPerScreenPx };
}

const THREE = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3, useGrouping: false });
const LENGTH = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });

export const threeDigits = (value: number) => THREE.format(value);

/** "12.4 µm", "1.25 mm". */
export const lengthWords = (um: number) =>
  um < 1000 ? `${LENGTH.format(um)} µm` : `${THREE.format(um / 1000)} mm`;
