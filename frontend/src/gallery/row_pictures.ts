// A row of cells comes as one picture of squares side by side: one question instead of a dozen.
import { cropsAddress, MOST_SQUARES, type Square } from "../api/review_calls";
import type { Place } from "./cell_columns";
import type { ReviewState } from "./review_state.svelte";

/** What one thumbnail shows, of every cell alike: a big cell looks big. */
export const SIDE_UM = 24;
/** A multiple of it is cut without touching the neighbour's blocks of JPEG. */
const BLOCK_PX = 8;
const MOST_PX = 512;

export interface RowPicture {
  src: string;
  /** Which of n squares, from 0. */
  at: number;
  n: number;
}

interface Drawn {
  place: Place;
  index: number;
}

/** Where a cell lies in its picture; null where that is not there. */
export function squareOf({ columns, pictureOf }: ReviewState, place: Place): Square | null {
  if (columns === null) return null;
  const source = columns.source[place] ?? -1;
  const picture = pictureOf.get(source);
  const umPerPx = columns.sources[source]?.um_per_px;
  if (picture === undefined || !umPerPx) return null;
  const [x, y] = [columns.x[place] ?? 0, columns.y[place] ?? 0];
  return { picture, x, y, side: SIDE_UM / umPerPx };
}

/** By place; px: of a square, in pixels of the screen. Cells without a picture are left out. */
export function rowPictures(
  review: ReviewState,
  drawn: readonly Drawn[],
  nColumns: number,
  px: number,
): Map<Place, RowPicture> {
  const rows = new Map<string, { place: Place; square: Square }[]>();
  for (const { place, index } of drawn) {
    const square = squareOf(review, place);
    if (square === null) continue;
    const part = Math.floor((index % nColumns) / MOST_SQUARES);
    const row = `${Math.floor(index / nColumns)} ${part}`;
    rows.set(row, [...(rows.get(row) ?? []), { place, square }]);
  }
  const side = Math.min(MOST_PX, Math.ceil(px / BLOCK_PX) * BLOCK_PX);
  const found = new Map<Place, RowPicture>();
  for (const cells of rows.values()) {
    const src = cropsAddress(
      review.of,
      cells.map(({ square }) => square),
      side,
    );
    cells.forEach(({ place }, at) => found.set(place, { src, at, n: cells.length }));
  }
  return found;
}
