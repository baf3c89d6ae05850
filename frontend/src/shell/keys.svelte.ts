// Keys that act on the page shown. Each is printed at the foot of the page and under "?".
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
}

class Keys {
  #groups = $state.raw<readonly (readonly Key[])[]>([]);

  get all(): readonly Key[] {
    return this.#groups.flat();
  }

  add(group: readonly Key[]): () => void {
    // Untracked: who adds keys does not depend on which others there are.
    this.#groups = [...untrack(() => this.#groups), group];
    return () => {
      this.#groups = this.#groups.filter((other) => other !== group);
    };
  }
}

export const keys = new Keys();

/** Keys of a component, from when it is shown until it is gone. */
export function useKeys(group: readonly Key[]): void {
  $effect(() => keys.add(group));
}

const TYPED_INTO = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

/** Finds what a key press means, unless somebody is typing or a dialog is open. */
export function pressed(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.defaultPrevented || document.querySelector("dialog[open], :popover-open")) return;
  if (!preferences.hasSingleKeys && event.key.length === 1) return;
  if (event.target instanceof Element && event.target.closest(TYPED_INTO)) return;
  const wanted = event.key.toLowerCase();
  const key = keys.all.findLast((each) => each.key.toLowerCase() === wanted);
  if (key === undefined) return;
  event.preventDefault();
  key.act();
}
