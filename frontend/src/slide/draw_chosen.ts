// The one cell that is chosen: a ring that no cell of the layer has.
import { CHOSEN, HALO } from "./paints";
import type { View } from "./view";

export interface Box {
  /** Centre, in level-0 pixels. */
  x: number;
  y: number;
  w: number;
  h: number;
}

const SMALLEST_PX = 8;
const RING_PX = 7;

/** `context` is in CSS pixels. */
export function drawChosen(
  context: CanvasRenderingContext2D,
  view: View,
  { x, y, w, h }: Box,
): void {
  const radius = Math.max(SMALLEST_PX, (Math.max(w, h) * view.scale) / 2) + RING_PX;
  const path = new Path2D();
  path.arc(x * view.scale + view.left, y * view.scale + view.top, radius, 0, 2 * Math.PI);
  for (const [css, width] of [
    [HALO, 6],
    [CHOSEN, 3],
  ] as const) {
    context.lineWidth = width;
    context.strokeStyle = css;
    context.stroke(path);
  }
}
