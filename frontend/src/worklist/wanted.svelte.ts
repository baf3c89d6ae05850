// Which cases are looked for. Kept while other pages are shown, and no longer than the session.
import type { Wanted } from "../api/case_calls";

const ANY: Wanted = { search: "", status: "", purpose: "" };

const ROWS = 200;
/** Of one answer of the server. */
export const MOST_ROWS = 5_000;

class WantedCases {
  now = $state<Wanted>({ ...ANY });
  /** Rows that are shown at most; more once somebody asks for them. */
  limit = $state(ROWS);
  /** Case that was opened last, to come back to its line. */
  lastOpened = "";

  get isAny(): boolean {
    return this.now.search.trim() === "" && this.now.status === "" && this.now.purpose === "";
  }

  clear(): void {
    this.now = { ...ANY };
  }

  leave(): void {
    this.clear();
    this.lastOpened = "";
    this.limit = ROWS;
  }

  showMore(): void {
    this.limit = Math.min(this.limit + ROWS, MOST_ROWS);
  }
}

export const wanted = new WantedCases();
