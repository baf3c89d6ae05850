// Acts that the server has not acknowledged, kept in this browser so that a reload loses none.
// By account: what one person did is never sent as another's. By tab: tabs do not write over
// each other; a tab that is gone leaves its acts to the next one, and an act that both send is
// one act for the server, by its id.
import type { Act } from "../api/review_calls";

const STORED = "marrowscope.acts";

export class KeptActs {
  readonly #begin: string;
  readonly #own: string;

  constructor(accountId: string, analysisId: string) {
    this.#begin = `${STORED}.${accountId}.${analysisId}.`;
    this.#own = this.#begin + crypto.randomUUID();
  }

  /** What was left by tabs before this one, oldest first; it is this tab's from now on. */
  adopt(): Act[] {
    const adopted: Act[] = [];
    try {
      const names = Object.keys(localStorage).filter((name) => name.startsWith(this.#begin));
      for (const name of names) {
        adopted.push(...actsIn(localStorage.getItem(name)));
        localStorage.removeItem(name);
      }
    } catch {
      // A browser that keeps nothing has nothing left.
      return [];
    }
    this.keep(adopted);
    return adopted;
  }

  keep(acts: readonly Act[]): void {
    try {
      if (acts.length === 0) localStorage.removeItem(this.#own);
      else localStorage.setItem(this.#own, JSON.stringify(acts));
    } catch {
      // A browser that keeps nothing: they are kept as long as the page is open.
    }
  }
}

function actsIn(text: string | null): Act[] {
  try {
    const parsed: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(parsed) ? (parsed as Act[]) : [];
  } catch {
    // Written by something else: nothing of ours is lost.
    return [];
  }
}
