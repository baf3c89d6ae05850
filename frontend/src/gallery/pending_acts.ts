// What acts mean that the server has not acknowledged yet, so that the page can show them at once.
import { cellsOf, type Act } from "../api/review_calls";

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
