// Which of many points lie in an area, without looking at all of them.
import type { Area, Point } from "./view";

const POINTS_A_BOX = 24;
const MOST_BOXES_A_SIDE = 512;

/** Points in boxes of a grid, row by row: those of boxes side by side follow each other. */
export class GridIndex {
  /** The points, box by box. */
  readonly order: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #nColumns: number;
  readonly #nRows: number;
  readonly #side: number;

  /** x, y: of all points; which: places of those that are put in; width, height: of the plane. */
  constructor(x: Float32Array, y: Float32Array, which: Uint32Array, width: number, height: number) {
    const nBoxes = Math.max(1, which.length / POINTS_A_BOX);
    const longest = Math.max(width, height, 1);
    const wanted = Math.sqrt((Math.max(1, width) * Math.max(1, height)) / nBoxes);
    this.#side = Math.max(wanted, longest / MOST_BOXES_A_SIDE);
    this.#nColumns = Math.max(1, Math.ceil(width / this.#side));
    this.#nRows = Math.max(1, Math.ceil(height / this.#side));

    const starts = new Uint32Array(this.#nColumns * this.#nRows + 1);
    const box = new Uint32Array(which.length);
    for (let at = 0; at < which.length; at += 1) {
      const point = which[at]!;
      const found = this.#row(y[point]!) * this.#nColumns + this.#column(x[point]!);
      box[at] = found;
      starts[found + 1]! += 1;
    }
    for (let at = 1; at < starts.length; at += 1) starts[at]! += starts[at - 1]!;
    const next = starts.slice();
    this.order = new Uint32Array(which.length);
    for (let at = 0; at < which.length; at += 1) {
      this.order[next[box[at]!]!++] = which[at]!;
    }
    this.#starts = starts;
  }

  /** Slices of `order`, [from, to) one after the other, that hold every point of an area. */
  slices(area: Area): Uint32Array {
    const [first, last] = [this.#column(area.left), this.#column(area.right)];
    const [top, bottom] = [this.#row(area.top), this.#row(area.bottom)];
    const slices = new Uint32Array((bottom - top + 1) * 2);
    for (let row = top; row <= bottom; row += 1) {
      const at = row * this.#nColumns;
      slices[(row - top) * 2] = this.#starts[at + first]!;
      slices[(row - top) * 2 + 1] = this.#starts[at + last + 1]!;
    }
    return slices;
  }

  /** Points at most `reach` away on either axis, and some beyond. */
  near({ x, y }: Point, reach: number): number[] {
    const slices = this.slices({
      left: x - reach,
      top: y - reach,
      right: x + reach,
      bottom: y + reach,
    });
    const found: number[] = [];
    for (let at = 0; at < slices.length; at += 2) {
      for (let place = slices[at]!; place < slices[at + 1]!; place += 1) {
        found.push(this.order[place]!);
      }
    }
    return found;
  }

  // What lies beyond the plane is in its outermost boxes.
  #column(x: number): number {
    return Math.min(this.#nColumns - 1, Math.max(0, Math.floor(x / this.#side)));
  }

  #row(y: number): number {
    return Math.min(this.#nRows - 1, Math.max(0, Math.floor(y / this.#side)));
  }
}
