// How each cell is drawn on the slide: a byte a cell, no object a cell.
import type { CellClass } from "../api/review_calls";
import type { CellColumns } from "../gallery/cell_columns";
import type { Filter } from "./cell_filter";
import { paintOfClass, UNDECIDED_PAINT } from "./paints";

/** A cell's class as it stands now: the person's where there is one, else the machine's. */
export interface CellNames {
  /** (n) place of the class in the vocabulary. */
  classNow: Uint8Array;
  /** (n) 1 where a person gave it. */
  isByPerson: Uint8Array;
  /** (n) 1 where neither the machine nor a person said which class it is. */
  isUndecided: Uint8Array;
}

/** Bits of a look; 0 is not drawn at all. */
export const LOOK = { paint: 0x0f, person: 0x10, uncounted: 0x20, shown: 0x80 } as const;

/** What a review says of each cell; see `ReviewState`. */
export interface Reviewed {
  classOf(place: number): number;
  isByPerson(place: number): boolean;
}

/** Names of all cells as they stand. */
export function namesNow(columns: CellColumns, reviewed: Reviewed): CellNames {
  const { classes, n } = columns;
  const classNow = new Uint8Array(n);
  const isByPerson = new Uint8Array(n);
  const isUndecided = columns.isUndecided.slice();
  for (let place = 0; place < n; place += 1) {
    classNow[place] = Math.max(0, reviewed.classOf(place));
    if (!reviewed.isByPerson(place)) continue;
    isByPerson[place] = 1;
    isUndecided[place] = classes[classNow[place]!]?.counting === "undecided" ? 1 : 0;
  }
  return { classNow, isByPerson, isUndecided };
}

/** (n) how each cell is drawn: bits of LOOK. */
export function looksOf(columns: CellColumns, names: CellNames, filter: Filter): Uint8Array {
  const { classes, probability, inCount } = columns;
  const paint = classes.map(paintOfClass);
  const isHidden = classes.map((one) => filter.hidden.has(one.class_id));
  const looks = new Uint8Array(columns.n);
  for (let at = 0; at < looks.length; at += 1) {
    const isPerson = names.isByPerson[at] === 1;
    const isOpen = names.isUndecided[at] === 1;
    if (isOpen ? !filter.isUndecidedShown : isHidden[names.classNow[at]!]) continue;
    if (filter.by !== "all" && isPerson !== (filter.by === "person")) continue;
    if (!isPerson && isBeyond(probability[at]!, filter)) continue;
    const isCounted = inCount[at] === 1;
    if (!isCounted && !filter.isUncountedShown) continue;
    looks[at] =
      LOOK.shown |
      (isOpen ? UNDECIDED_PAINT : paint[names.classNow[at]!]!) |
      (isPerson ? LOOK.person : 0) |
      (isCounted ? 0 : LOOK.uncounted);
  }
  return looks;
}

const isBeyond = (probability: number, { atLeast, atMost }: Filter) =>
  probability < atLeast || probability > atMost;

/** Places of the cells on one picture. */
export function cellsOn(columns: CellColumns, source: number): Uint32Array {
  const places = new Uint32Array(columns.n);
  let n = 0;
  for (let at = 0; at < columns.n; at += 1) if (columns.source[at] === source) places[n++] = at;
  return places.slice(0, n);
}

export interface ClassOnPicture {
  one: CellClass;
  n: number;
}

/** Classes that cells of one picture have now, in reading order, and how many are undecided. */
export function classesAmong(
  columns: CellColumns,
  names: CellNames,
  places: Uint32Array,
): { classes: ClassOnPicture[]; nUndecided: number } {
  const numbers = new Uint32Array(columns.classes.length);
  let nUndecided = 0;
  for (const place of places) {
    if (names.isUndecided[place] === 1) nUndecided += 1;
    else numbers[names.classNow[place]!]! += 1;
  }
  const classes = columns.classes
    .map((one, at) => ({ one, n: numbers[at]! }))
    .filter(({ n }) => n > 0)
    .sort((a, b) => a.one.reading_order - b.one.reading_order);
  return { classes, nUndecided };
}

/** The cell under a point: the one whose middle is nearest, within its outline or `slackPx`. */
export function cellAt(
  columns: CellColumns,
  looks: Uint8Array,
  candidates: Iterable<number>,
  at: { x: number; y: number },
  slackPx: number,
): number | null {
  let found: number | null = null;
  let nearest = Infinity;
  for (const place of candidates) {
    if (looks[place] === 0) continue;
    const away = Math.hypot(columns.x[place]! - at.x, columns.y[place]! - at.y);
    const reach = Math.max(columns.w[place]!, columns.h[place]!) / 2;
    if (away <= Math.max(reach, slackPx) && away < nearest) [found, nearest] = [place, away];
  }
  return found;
}
