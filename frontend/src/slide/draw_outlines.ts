// Cells at high power: an outline each, with the letter of its class where there is room.
import type { CellColumns } from "../gallery/cell_columns";
import { LOOK } from "./cell_marks";
import type { GridIndex } from "./grid_index";
import { HALO, PAINTS } from "./paints";
import { areaInView, type View } from "./view";

const LETTER_FROM_PX = 26;
const LARGEST_CELL_PX = 400;

export interface Lettering {
  /** (n) place of the class now. */
  classNow: Uint8Array;
  isUndecided: Uint8Array;
  /** Letter of each class. */
  letters: readonly string[];
}

/** Draws the cells in view; `context` is in CSS pixels. */
export function drawOutlines(
  context: CanvasRenderingContext2D,
  view: View,
  columns: CellColumns,
  index: GridIndex,
  looks: Uint8Array,
  lettering: Lettering,
): void {
  const groups = new Map<number, number[]>();
  const { order } = index;
  const slices = index.slices(areaInView(view, LARGEST_CELL_PX));
  for (let slice = 0; slice < slices.length; slice += 2) {
    for (let at = slices[slice]!; at < slices[slice + 1]!; at += 1) {
      const cell = order[at]!;
      const look = looks[cell]!;
      if (look === 0 || !isInView(view, columns, cell)) continue;
      const group = groups.get(look);
      if (group === undefined) groups.set(look, [cell]);
      else group.push(cell);
    }
  }
  for (const [look, cells] of groups) {
    const path = new Path2D();
    for (const cell of cells) addEllipse(path, view, columns, cell);
    strokeCells(context, path, look);
  }
  for (const [look, cells] of groups) {
    for (const cell of cells) {
      if (columns.w[cell]! * view.scale >= LETTER_FROM_PX) {
        drawLetter(context, view, columns, cell, look, lettering);
      }
    }
  }
}

function isInView(view: View, { x, y, w, h }: CellColumns, cell: number): boolean {
  const [halfWidth, halfHeight] = [(w[cell]! * view.scale) / 2, (h[cell]! * view.scale) / 2];
  const column = x[cell]! * view.scale + view.left;
  const row = y[cell]! * view.scale + view.top;
  return (
    column > -halfWidth &&
    row > -halfHeight &&
    column < view.width + halfWidth &&
    row < view.height + halfHeight
  );
}

function addEllipse(path: Path2D, view: View, { x, y, w, h }: CellColumns, cell: number): void {
  const column = x[cell]! * view.scale + view.left;
  const row = y[cell]! * view.scale + view.top;
  const [across, down] = [(w[cell]! * view.scale) / 2, (h[cell]! * view.scale) / 2];
  path.moveTo(column + across, row);
  path.ellipse(column, row, across, down, 0, 0, 2 * Math.PI);
}

// The machine's is thin; a person's is wide; one outside the count is dashed.
function strokeCells(context: CanvasRenderingContext2D, path: Path2D, look: number): void {
  const width = look & LOOK.person ? 3 : 1.25;
  context.setLineDash([]);
  context.lineWidth = width + 2;
  context.strokeStyle = HALO;
  context.stroke(path);
  context.setLineDash(look & LOOK.uncounted ? [4, 3] : []);
  context.lineWidth = width;
  context.strokeStyle = PAINTS[look & LOOK.paint]!.css;
  context.stroke(path);
  context.setLineDash([]);
}

// The machine's letter stands on white; a person's is white on the class' colour.
function drawLetter(
  context: CanvasRenderingContext2D,
  view: View,
  { x, y, w, h }: CellColumns,
  cell: number,
  look: number,
  { classNow, isUndecided, letters }: Lettering,
): void {
  const letter = isUndecided[cell] === 1 ? "?" : letters[classNow[cell]!]!;
  const column = x[cell]! * view.scale + view.left + (w[cell]! * view.scale) / 2.8;
  const row = y[cell]! * view.scale + view.top - (h[cell]! * view.scale) / 2.8;
  drawTag(context, letter, column, row, PAINTS[look & LOOK.paint]!.css, !!(look & LOOK.person));
}

export function drawTag(
  context: CanvasRenderingContext2D,
  text: string,
  column: number,
  row: number,
  paint: string,
  isFilled: boolean,
): void {
  context.font = '600 11px "Inter Variable", system-ui, sans-serif';
  context.textAlign = "center";
  context.textBaseline = "middle";
  const width = Math.max(15, context.measureText(text).width + 7);
  context.beginPath();
  context.roundRect(column - width / 2, row - 7.5, width, 15, 3);
  context.fillStyle = isFilled ? paint : "rgb(255 255 255 / 88%)";
  context.fill();
  context.fillStyle = isFilled ? "white" : paint;
  context.fillText(text, column, row + 0.5);
}
