// What was typed and is not with the server yet, kept in this tab so that a reload loses nothing.
// By account: nobody goes on with another's words. It goes when the tab is closed: it may name a
// patient, and what a browser keeps for longer outlives the session.
const STORED = "marrowscope.report-text";

export interface KeptTexts {
  /** The texts as the server had them when the typing began. */
  base: Readonly<Record<string, string>>;
  typed: Readonly<Record<string, string>>;
}

const nameOf = (accountId: string, caseId: string) => `${STORED}.${accountId}.${caseId}`;

/** null where nothing is kept. */
export function keptTexts(accountId: string, caseId: string): KeptTexts | null {
  try {
    const parsed: unknown = JSON.parse(sessionStorage.getItem(nameOf(accountId, caseId)) ?? "null");
    const { base, typed } = (parsed ?? {}) as Partial<KeptTexts>;
    return areTexts(base) && areTexts(typed) ? { base, typed } : null;
  } catch {
    // A browser that keeps nothing, or something that is not ours: nothing of ours is lost.
    return null;
  }
}

/** kept: null to forget. */
export function keepTexts(accountId: string, caseId: string, kept: KeptTexts | null): void {
  try {
    if (kept === null) sessionStorage.removeItem(nameOf(accountId, caseId));
    else sessionStorage.setItem(nameOf(accountId, caseId), JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing: it is kept as long as the page is open.
  }
}

const areTexts = (value: unknown): value is Record<string, string> =>
  typeof value === "object" &&
  value !== null &&
  Object.values(value).every((text) => typeof text === "string");
