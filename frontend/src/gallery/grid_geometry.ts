// Where the cells of a gallery lie: pure sums about a grid of equal squares.

export interface Grid {
  /** Side of a square and room between two, in CSS pixels. */
  side: number;
  gap: number;
  /** Room around all of them. */
  margin: number;
  columns: number;
  n: number;
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export const step = ({ side, gap }: Grid) => side + gap;
export const nRows = ({ n, columns }: Grid) => Math.ceil(n / columns);

export const columnsIn = (width: number, side: number, gap: number, margin: number) =>
  Math.max(1, Math.floor((width - 2 * margin + gap) / (side + gap)));

export const heightOf = (grid: Grid) =>
  2 * grid.margin + Math.max(0, nRows(grid) * step(grid) - grid.gap);

export const leftOf = (grid: Grid, index: number) =>
  grid.margin + (index % grid.columns) * step(grid);
export const topOf = (grid: Grid, index: number) =>
  grid.margin + Math.floor(index / grid.columns) * step(grid);

/** First row and the one after the last that are to be drawn; `beyond` pixels on either side. */
export function rowsNear(grid: Grid, top: number, height: number, beyond: number) {
  const rowAt = (y: number) => (y - grid.margin) / step(grid);
  return {
    from: Math.max(0, Math.floor(rowAt(top - beyond))),
    to: Math.min(nRows(grid), Math.ceil(rowAt(top + height + beyond))),
  };
}

/** Indices of the squares that a box touches, in their order. */
export function indicesIn(grid: Grid, box: Box): number[] {
  const all: number[] = [];
  const within = (value: number) => (value - grid.margin) / step(grid);
  const isInGap = (value: number) => value - Math.floor(value) > grid.side / step(grid);
  const first = (value: number) => Math.floor(value) + (isInGap(value) ? 1 : 0);
  const [left, right] = [Math.max(0, first(within(box.left))), Math.floor(within(box.right))];
  const [top, bottom] = [Math.max(0, first(within(box.top))), Math.floor(within(box.bottom))];
  for (let row = top; row <= Math.min(bottom, nRows(grid) - 1); row += 1) {
    for (let column = left; column <= Math.min(right, grid.columns - 1); column += 1) {
      const index = row * grid.columns + column;
      if (index < grid.n) all.push(index);
    }
  }
  return all;
}
