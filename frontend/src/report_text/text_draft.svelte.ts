// The texts of a report as they are typed: saved by themselves, kept until the server has them.
import { RefusedError } from "../api/client";
import { errorWords } from "../api/error_words";
import {
  readReportText,
  writeReportText,
  writeReportTextOnLeaving,
  type Heading,
  type ReportText,
} from "../api/sign_out_calls";
import { session } from "../session/session.svelte";
import { keepTexts, keptTexts } from "./kept_texts";
import { asKept, lengthOf, merged, type Texts } from "./texts";

const SAVED_AFTER_MS = 700;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

export class TextDraft {
  headings = $state.raw<readonly Heading[]>([]);
  /** As typed, by heading. */
  typed = $state<Record<string, string>>({});
  /** What somebody else wrote under headings that one also changed. */
  theirs = $state.raw<Texts>({});
  mayChange = $state(false);
  whyNot = $state("");
  isRead = $state(false);
  isSaving = $state(false);
  /** Whether the last try did not get through. */
  isStuck = $state(false);
  savedAt = $state.raw<Date | null>(null);
  trouble = $state("");

  readonly #accountId = session.account?.account_id ?? "";
  #version = 0;
  #base = $state.raw<Texts>({});
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retryMs = FIRST_RETRY_MS;
  /** What the server refused: it is not sent again before it is changed. */
  #refused = "";

  constructor(readonly caseId: string) {}

  /** Headings whose text differs from what is saved. */
  unsaved = $derived.by(() =>
    this.headings
      .map(({ id }) => id)
      .filter((id) => asKept(this.typed[id] ?? "") !== asKept(this.#base[id] ?? "")),
  );

  tooLong = $derived.by(() =>
    this.headings
      .filter(({ id, longest }) => lengthOf(this.typed[id] ?? "") > longest)
      .map(({ id }) => id),
  );

  /** Reads the texts, and goes on with what this tab still keeps. */
  async load(): Promise<void> {
    if (this.isSaving) return;
    try {
      const answer = await readReportText(this.caseId);
      const kept = keptTexts(this.#accountId, this.caseId);
      if (this.isRead) this.#merge(answer, this.#base, this.typed);
      else this.#merge(answer, kept?.base ?? {}, kept?.typed ?? kept?.base ?? {});
      this.isRead = true;
      this.trouble = "";
      // What was kept may be with the server since.
      this.#keep();
      this.#later(0);
    } catch (error) {
      this.trouble = errorWords(error);
    }
  }

  type(id: string, text: string): void {
    this.typed[id] = text;
    this.#keep();
    this.#later(SAVED_AFTER_MS);
  }

  /** Saves at once what is not saved. */
  flush(): void {
    this.#later(0);
  }

  /** Decides between two texts of a heading. */
  settle(id: string, text: string): void {
    const { [id]: _, ...others } = this.theirs;
    this.theirs = others;
    if (text !== this.typed[id]) this.type(id, text);
  }

  /** Before the page goes away. */
  leave(): void {
    const csrfToken = session.answer?.csrf_token;
    if (!csrfToken || this.isSaving || !this.#isToBeSaved()) return;
    writeReportTextOnLeaving(this.caseId, this.#version, this.#wanted(), csrfToken);
  }

  /** Whether who typed is who is signed in now. */
  get #isTheirSession(): boolean {
    return session.account?.account_id === this.#accountId;
  }

  #isToBeSaved(): boolean {
    // What one person typed is never saved as another's.
    return (
      this.#isTheirSession &&
      this.mayChange &&
      this.unsaved.some((id) => !this.tooLong.includes(id)) &&
      JSON.stringify(this.#wanted()) !== this.#refused
    );
  }

  /** All texts as they shall be; what is too long stays as it was. */
  #wanted(): Record<string, string> {
    return Object.fromEntries(
      this.headings
        .map(({ id }) => [id, this.tooLong.includes(id) ? this.#base[id] : this.typed[id]] as const)
        .map(([id, text]) => [id, asKept(text ?? "")] as const)
        .filter(([, text]) => text !== ""),
    );
  }

  #later(waitMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#save(), waitMs);
  }

  async #save(): Promise<void> {
    if (this.isSaving || !this.#isToBeSaved()) return;
    this.isSaving = true;
    const sent = this.#wanted();
    try {
      const answer = await writeReportText(this.caseId, this.#version, sent);
      this.#version = answer.version;
      this.headings = answer.headings;
      this.#base = sent;
      this.savedAt = new Date();
      this.#succeeded();
    } catch (error) {
      await this.#failed(error, sent);
    } finally {
      this.isSaving = false;
    }
    this.#keep();
    if (this.#isToBeSaved()) this.#later(this.isStuck ? this.#retryMs : SAVED_AFTER_MS);
  }

  #succeeded(): void {
    this.isStuck = false;
    this.trouble = "";
    this.#refused = "";
    this.#retryMs = FIRST_RETRY_MS;
  }

  async #failed(error: unknown, sent: Record<string, string>): Promise<void> {
    if (!(error instanceof RefusedError) || error.status >= 500) {
      this.isStuck = true;
      this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
      return;
    }
    if (error.status !== 409) {
      this.#refused = JSON.stringify(sent);
      this.trouble = `Not saved: ${errorWords(error)} What you typed is still here.`;
      return;
    }
    try {
      this.#merge(await readReportText(this.caseId), this.#base, this.typed);
      this.trouble = this.mayChange
        ? ""
        : `Not saved: ${errorWords(error)} What you typed is still here.`;
    } catch (again) {
      this.isStuck = true;
      this.trouble = errorWords(again);
    }
  }

  #merge(answer: ReportText, base: Texts, typed: Texts): void {
    const saved = Object.fromEntries(answer.headings.map(({ id, text }) => [id, text]));
    // Where nothing is kept, nothing was typed.
    const isTyped = Object.keys(typed).length > 0;
    const both = merged(isTyped ? base : saved, isTyped ? typed : saved, saved);
    this.headings = answer.headings;
    this.typed = both.typed;
    this.theirs = { ...this.theirs, ...both.theirs };
    this.#base = saved;
    this.#version = answer.version;
    this.mayChange = answer.may_change;
    this.whyNot = answer.why_not;
  }

  #keep(): void {
    const kept = this.unsaved.length > 0 ? { base: this.#base, typed: { ...this.typed } } : null;
    keepTexts(this.#accountId, this.caseId, kept);
  }
}
