// The cells of an analysis as columns: one value a cell, with no object of its own.
import type { AddedCell, CellClass, Cells } from "../api/review_calls";

/** A cell's place in the columns. */
export type Place = number;

export interface CellColumns {
  readonly n: number;
  /** Cells that the machine found come first, then those that persons added. */
  readonly nFound: number;
  readonly cellId: readonly string[];
  readonly placeOf: ReadonlyMap<string, Place>;
  /** Index into `sources`. */
  readonly source: Int32Array;
  /** Centre and box, in level-0 pixels. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly w: Float32Array;
  readonly h: Float32Array;
  /** The machine's class, as index into `classes`; of an added cell, the class it came with. */
  readonly classIndex: Int16Array;
  readonly probability: Float32Array;
  readonly isUndecided: Uint8Array;
  readonly inCount: Uint8Array;
  readonly abnormality: Float32Array;
  readonly sources: Cells["sources"];
  /** The whole vocabulary, in reading order. */
  readonly classes: readonly CellClass[];
  readonly classAt: ReadonlyMap<string, number>;
}

function placesOf(ids: readonly string[]): Map<string, Place> {
  const places = new Map<string, Place>();
  for (let place = 0; place < ids.length; place += 1) places.set(ids[place] ?? "", place);
  return places;
}

/** Columns of the server's answer, before anybody added a cell. */
export function columnsOf(cells: Cells): CellColumns {
  const classAt = new Map(cells.classes.map((one, index) => [one.class_id, index]));
  const inVocabulary = cells.class_ids.map((classId) => classAt.get(classId) ?? -1);
  const n = cells.cell_id.length;
  return {
    n,
    nFound: n,
    cellId: cells.cell_id,
    placeOf: placesOf(cells.cell_id),
    source: Int32Array.from(cells.source),
    x: Float32Array.from(cells.x_px),
    y: Float32Array.from(cells.y_px),
    w: Float32Array.from(cells.w_px),
    h: Float32Array.from(cells.h_px),
    classIndex: Int16Array.from(cells.class_index, (index) => inVocabulary[index] ?? -1),
    probability: Float32Array.from(cells.probability),
    isUndecided: Uint8Array.from(cells.is_undecided, Number),
    inCount: Uint8Array.from(cells.in_count, Number),
    abnormality: Float32Array.from(cells.abnormality),
    sources: cells.sources,
    classes: cells.classes,
    classAt,
  };
}

/** The same with the cells that persons added after those that were found. */
export function withAdded(columns: CellColumns, added: readonly AddedCell[]): CellColumns {
  const { nFound, classAt } = columns;
  const ids = [...columns.cellId.slice(0, nFound), ...added.map((one) => one.cell_id)];
  const joined = <T extends Int16Array | Int32Array | Float32Array | Uint8Array>(
    column: T,
    more: (one: AddedCell) => number,
  ): T => {
    const kind = column.constructor as new (length: number) => T;
    const longer = new kind(nFound + added.length);
    longer.set(column.subarray(0, nFound));
    added.forEach((one, index) => (longer[nFound + index] = more(one)));
    return longer;
  };
  return {
    ...columns,
    n: ids.length,
    cellId: ids,
    placeOf: placesOf(ids),
    source: joined(columns.source, (one) => one.source),
    x: joined(columns.x, (one) => one.x_px),
    y: joined(columns.y, (one) => one.y_px),
    w: joined(columns.w, (one) => one.w_px),
    h: joined(columns.h, (one) => one.h_px),
    classIndex: joined(columns.classIndex, (one) => classAt.get(one.class_id) ?? -1),
    probability: joined(columns.probability, () => 1),
    isUndecided: joined(columns.isUndecided, () => 0),
    inCount: joined(columns.inCount, (one) => Number(one.in_count)),
    abnormality: joined(columns.abnormality, () => 0),
  };
}
