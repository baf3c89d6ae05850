// The ruler: a line between two points with its length, or from one to where the pointer is.
import { drawTag } from "./draw_outlines";
import { HALO } from "./paints";
import { lengthWords, type Point, type View } from "./view";

const INK = "rgb(28 29 31)";

export interface Measure {
  from: Point;
  to: Point;
}

export const lengthUm = ({ from, to }: Measure, umPerPx: number) =>
  Math.hypot(to.x - from.x, to.y - from.y) * umPerPx;

/** `context` is in CSS pixels. */
export function drawRuler(
  context: CanvasRenderingContext2D,
  view: View,
  measure: Measure,
  umPerPx: number,
): void {
  const [from, to] = [measure.from, measure.to].map(({ x, y }) => ({
    x: x * view.scale + view.left,
    y: y * view.scale + view.top,
  })) as [Point, Point];
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const across = { x: (-(to.y - from.y) / length) * 6, y: ((to.x - from.x) / length) * 6 };
  const path = new Path2D();
  path.moveTo(from.x, from.y);
  path.lineTo(to.x, to.y);
  for (const end of [from, to]) {
    path.moveTo(end.x - across.x, end.y - across.y);
    path.lineTo(end.x + across.x, end.y + across.y);
  }
  for (const [css, width] of [
    [HALO, 5],
    [INK, 2],
  ] as const) {
    context.strokeStyle = css;
    context.lineWidth = width;
    context.stroke(path);
  }
  const words = lengthWords(lengthUm(measure, umPerPx));
  drawTag(context, words, (from.x + to.x) / 2, (from.y + to.y) / 2 - 14, INK, true);
}
