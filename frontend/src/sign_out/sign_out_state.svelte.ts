// How an analysis stands on its way to a signed report, as this page knows it: what was found,
// which cells are audited, what is missing. Newer answers take the place of older ones.
import { errorWords } from "../api/error_words";
import type { Analysed } from "../api/review_calls";
import {
  drawAuditSample,
  readAuditSample,
  readFindings,
  readStanding,
  type AuditSample,
  type Findings,
  type Standing,
} from "../api/sign_out_calls";

export class SignOutState {
  findings = $state.raw<Findings | null>(null);
  audit = $state.raw<AuditSample | null>(null);
  standing = $state.raw<Standing | null>(null);
  /** Why the last reading did not succeed. */
  trouble = $state("");

  #nAsked = 0;
  #newest = { findings: 0, audit: 0, standing: 0 };

  constructor(readonly of: Analysed) {}

  readFindings(): Promise<void> {
    return this.#read("findings", () => readFindings(this.of, this.findings !== null));
  }

  readAudit(): Promise<void> {
    return this.#read("audit", () => readAuditSample(this.of, this.audit !== null));
  }

  readStanding(): Promise<void> {
    return this.#read("standing", () => readStanding(this.of, this.standing !== null));
  }

  /** Throws what the request throws. */
  async drawAudit(wanted: number): Promise<void> {
    this.audit = await drawAuditSample(this.of, wanted);
    this.#newest.audit = ++this.#nAsked;
  }

  /** An answer that came with an act. */
  takeFindings(answer: Findings): void {
    this.findings = answer;
    this.#newest.findings = ++this.#nAsked;
  }

  takeStanding(answer: Standing): void {
    this.standing = answer;
    this.#newest.standing = ++this.#nAsked;
  }

  async #read<K extends "findings" | "audit" | "standing">(
    what: K,
    ask: () => Promise<NonNullable<this[K]>>,
  ): Promise<void> {
    const number = ++this.#nAsked;
    try {
      const answer = await ask();
      if (number < this.#newest[what]) return;
      this.#newest[what] = number;
      this[what] = answer as this[K];
      this.trouble = "";
    } catch (error) {
      this.trouble = errorWords(error);
    }
  }
}
