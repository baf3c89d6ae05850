// What acts mean that the server has not acknowledged yet, so that the page can show them at once.
import { cellsOf, type Act, type CellClass } from "../api/review_calls";
import { countWords } from "../design/amounts";
import { labelOfClass } from "./class_labels";

const MOST_SAID = 3;

export interface PendingMeaning {
  /** Class that was given, by cell. */
  named: Map<string, string>;
  /** Cells that were shown, or named. */
  seen: Set<string>;
  /** Whether an Auer rod is said to be there, by cell. */
  auer: Map<string, boolean>;
}

/** Folds acts in their order; an undo takes back the last of them that can be taken back. */
export function meaningOf(acts: readonly Act[]): PendingMeaning {
  const inForce: Act[] = [];
  const undone: Act[] = [];
  const seen = new Set<string>();
  for (const act of acts) {
    for (const cellId of cellsOf(act)) seen.add(cellId);
    if (act.kind === "name" || act.kind === "tag" || act.kind === "add") {
      inForce.push(act);
      undone.length = 0;
    } else if (act.kind === "undo") {
      // Where there is none, the server takes back one that it has: its answer shows which.
      const last = inForce.pop();
      if (last !== undefined) undone.push(last);
    } else if (act.kind === "redo") {
      const last = undone.pop();
      if (last !== undefined) inForce.push(last);
    }
  }
  const named = new Map<string, string>();
  const auer = new Map<string, boolean>();
  for (const act of inForce) {
    for (const cellId of cellsOf(act)) {
      if (act.kind === "name") named.set(cellId, act.class_id);
      if (act.kind === "tag") auer.set(cellId, act.is_set);
    }
  }
  return { named, seen, auer };
}

/** An act as it is told to who did it; "" for one that takes something back or does it again. */
export function actWords(act: Act, classes: readonly CellClass[]): string {
  const nCells = countWords(cellsOf(act).length, "cell");
  const labelOf = (classId: string) => {
    const known = classes.find((one) => one.class_id === classId);
    return known === undefined ? classId : labelOfClass(known);
  };
  switch (act.kind) {
    case "name":
      return `${nCells} to ${labelOf(act.class_id)}`;
    case "see":
      return `${nCells} seen`;
    case "tag":
      return `Auer rod ${act.is_set ? "on" : "taken off"} ${nCells}`;
    case "add":
      return `added cell, ${labelOf(act.class_id)}`;
    default:
      return "";
  }
}

/** All that was refused, in a few sentences. */
export function refusalWords(refusals: readonly string[]): string {
  const nMore = refusals.length - MOST_SAID;
  const rest = nMore > 0 ? [`${countWords(nMore, "more act")} could not be saved either.`] : [];
  return [...refusals.slice(0, MOST_SAID), ...rest, "The review was loaded again."].join(" ");
}
