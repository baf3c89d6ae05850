// Which cases are looked for. Kept while other pages are shown, and no longer than the session.
import type { Wanted } from "../api/case_calls";

const ANY: Wanted = { search: "", status: "", purpose: "" };

class WantedCases {
  now = $state<Wanted>({ ...ANY });
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
  }
}

export const wanted = new WantedCases();
