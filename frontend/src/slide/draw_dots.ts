// Cells at low power: a dot each, written straight into the canvas' pixels.
import type { CellColumns } from "../gallery/cell_columns";
import { LOOK } from "./cell_marks";
import type { GridIndex } from "./grid_index";
import { PAINTS, thinWordOf, wordOf } from "./paints";
import { areaInView, type View } from "./view";

const MACHINE = PAINTS.map(wordOf);
const THIN = PAINTS.map(thinWordOf);
const WHITE = 0xffffffff;

/**
 * Writes the cells in view into `pixels`, which are (width x height) words and are cleared first.
 *
 * ratio: of these pixels to CSS pixels. side: of the dot of a machine's cell, in these pixels.
 * What a person named is a dot with a white border.
 */
export function writeDots(
  pixels: Uint32Array,
  width: number,
  height: number,
  ratio: number,
  view: View,
  columns: CellColumns,
  index: GridIndex,
  looks: Uint8Array,
  side: number,
): void {
  pixels.fill(0);
  const { x, y } = columns;
  const { order } = index;
  const [scale, left, top] = [view.scale * ratio, view.left * ratio, view.top * ratio];
  const half = (side - 1) / 2;
  const slices = index.slices(areaInView(view, side));
  for (let slice = 0; slice < slices.length; slice += 2) {
    for (let at = slices[slice]!; at < slices[slice + 1]!; at += 1) {
      const cell = order[at]!;
      const look = looks[cell]!;
      if (look === 0) continue;
      const column = Math.round(x[cell]! * scale + left - half);
      const row = Math.round(y[cell]! * scale + top - half);
      const word = (look & LOOK.uncounted ? THIN : MACHINE)[look & LOOK.paint]!;
      if (look & LOOK.person) {
        writeSquare(pixels, width, height, column - 2, row - 2, side + 4, WHITE);
        writeSquare(pixels, width, height, column - 1, row - 1, side + 2, word);
      } else {
        writeSquare(pixels, width, height, column, row, side, word);
      }
    }
  }
}

function writeSquare(
  pixels: Uint32Array,
  width: number,
  height: number,
  column: number,
  row: number,
  side: number,
  word: number,
): void {
  const first = Math.max(0, column);
  const last = Math.min(width, column + side);
  const bottom = Math.min(height, row + side);
  for (let at = Math.max(0, row); at < bottom; at += 1) {
    const line = at * width;
    for (let pixel = line + first; pixel < line + last; pixel += 1) pixels[pixel] = word;
  }
}
