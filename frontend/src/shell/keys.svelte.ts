// Keys that act on the page shown. Each is printed at the foot of the page and under "?", but for
// those that the page itself prints where they act.
import { untrack } from "svelte";

import { preferences } from "../account/preferences.svelte";

export interface Key {
  /** As KeyboardEvent.key says it. */
  key: string;
  /** As printed, where that differs. */
  shown?: string;
  does: string;
  act: () => void;
  /** Whether it works on every page, so that the foot need not print it. */
  isEverywhere?: boolean;
  /** Held with it: Ctrl, or Cmd on a Mac. */
  isWithCtrl?: boolean;
  /** Held with it. Without this, a key acts with Shift and without. */
  isWithShift?: boolean;
}

/** Two keys of one name would both act; the one that came later does. */
const nameOf = (key: Key) =>
  [key.isWithCtrl ? "ctrl" : "", key.isWithShift ? "shift" : "", key.key.toLowerCase()].join(" ");

class Keys {
  #groups = $state.raw<readonly (readonly Key[])[]>([]);
  #printedThere = $state.raw<readonly (readonly Key[])[]>([]);

  /** Those to print: of several for one key, the one that acts. */
  get all(): readonly Key[] {
    const byName = new Map(this.#groups.flat().map((key) => [nameOf(key), key]));
    return [...byName.values()];
  }

  /** All that act, those too that the page prints where they act. */
  get acting(): readonly Key[] {
    const every = [...this.#groups.flat(), ...this.#printedThere.flat()];
    return [...new Map(every.map((key) => [nameOf(key), key])).values()];
  }

  add(group: readonly Key[]): () => void {
    // Untracked: who adds keys does not depend on which others there are.
    this.#groups = [...untrack(() => this.#groups), group];
    return () => {
      this.#groups = this.#groups.filter((other) => other !== group);
    };
  }

  /** Keys that the page prints where they act. They come before all others. */
  addPrintedThere(group: readonly Key[]): () => void {
    this.#printedThere = [...untrack(() => this.#printedThere), group];
    return () => {
      this.#printedThere = this.#printedThere.filter((other) => other !== group);
    };
  }

  /** What a key press means here; undefined where it means nothing. */
  meant(event: KeyboardEvent): Key | undefined {
    const isCtrl = event.ctrlKey || event.metaKey;
    const wanted = event.key.toLowerCase();
    const fits = [...this.#groups.flat(), ...this.#printedThere.flat()].filter(
      (key) =>
        key.key.toLowerCase() === wanted &&
        (key.isWithCtrl ?? false) === isCtrl &&
        (!(key.isWithShift ?? false) || event.shiftKey),
    );
    // With Shift, a key that asks for it is the one that is meant.
    return fits.findLast((key) => key.isWithShift === true) ?? fits.at(-1);
  }
}

export const keys = new Keys();

/** Keys of a component, from when it is shown until it is gone. */
export function useKeys(group: readonly Key[]): void {
  $effect(() => keys.add(group));
}

const TYPED_INTO = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
/** What a press of Space or Enter is for, where the focus is on such a thing. */
const PRESSED = "button, a[href], summary, input, [role=menuitem]";

/** Finds what a key press means, unless somebody is typing or a dialog is open. */
export function pressed(event: KeyboardEvent): void {
  if (event.altKey || event.isComposing) return;
  if (event.defaultPrevented || document.querySelector("dialog[open], :popover-open")) return;
  const isCtrl = event.ctrlKey || event.metaKey;
  const isLetter = event.key.length === 1 && event.key !== " ";
  if (!preferences.hasSingleKeys && isLetter && !isCtrl) return;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest(TYPED_INTO)) return;
  if ((event.key === " " || event.key === "Enter") && target?.closest(PRESSED)) return;
  const key = keys.meant(event);
  if (key === undefined) return;
  event.preventDefault();
  key.act();
}
