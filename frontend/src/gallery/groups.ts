// Which gallery a cell is in: one for each category of the count, for what is not decided, and for
// each class that leaves the count.
import type { CellClass } from "../api/review_calls";
import type { CellColumns, Place } from "./cell_columns";

/** "undecided", "all", a category as the server names it, "removed:" and a class id, or a list. */
export type GroupKey = string;

export const UNDECIDED: GroupKey = "undecided";
/** Every cell of the count, whatever it is called: for who reads without the machine's names. */
export const ALL: GroupKey = "all";
const REMOVED = "removed:";

/** The random audit: a list of cells, whatever they are called. */
export const AUDIT: GroupKey = "list:audit";
const LIST = "list:";

/** Some cells as a gallery of their own, such as those that a finding rests on. */
export interface CellList {
  title: string;
  cellIds: readonly string[];
}

export const listGroup = (name: string): GroupKey => LIST + name;
export const isListGroup = (key: GroupKey) => key.startsWith(LIST);

export const removedGroup = (classId: string): GroupKey => REMOVED + classId;
export const isRemovedGroup = (key: GroupKey) => key.startsWith(REMOVED);
export const removedClassOf = (key: GroupKey) => key.slice(REMOVED.length);

/** Where cells of a class go once it is decided. */
export function groupOfClass(one: CellClass): GroupKey {
  if (one.counting === "counted") return one.category;
  return one.counting === "undecided" ? UNDECIDED : removedGroup(one.class_id);
}

export type Sort = "abnormal" | "doubtful" | "position";

export const SORTS: readonly { sort: Sort; name: string }[] = [
  { sort: "abnormal", name: "Most abnormal first" },
  { sort: "doubtful", name: "Least probable first" },
  { sort: "position", name: "By position" },
];

/** Rows of cells of one picture are this high when they are put in order of position. */
const BAND_UM = 60;

/** Puts places in order; ties by position, so that the same cells always come in the same order. */
export function sorted(columns: CellColumns, places: Place[], sort: Sort): Int32Array {
  const { abnormality, probability, source, x, y, sources } = columns;
  const band = (place: Place) => {
    const umPerPx = sources[source[place] ?? 0]?.um_per_px ?? 1;
    return Math.floor(((y[place] ?? 0) * umPerPx) / BAND_UM);
  };
  const byPosition = (a: Place, b: Place) =>
    (source[a] ?? 0) - (source[b] ?? 0) || band(a) - band(b) || (x[a] ?? 0) - (x[b] ?? 0) || a - b;
  const bySort = {
    abnormal: (a: Place, b: Place) => (abnormality[b] ?? 0) - (abnormality[a] ?? 0),
    doubtful: (a: Place, b: Place) => (probability[a] ?? 0) - (probability[b] ?? 0),
    position: () => 0,
  }[sort];
  return Int32Array.from(places.toSorted((a, b) => bySort(a, b) || byPosition(a, b)));
}
