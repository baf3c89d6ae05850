// Sends what a reader does, in order, until the server has it.
import { cellsOf, type Act, type Changes } from "../api/review_calls";
import { RefusedError } from "../api/client";
import { errorWords } from "../api/error_words";
import type { KeptActs } from "./kept_acts";

/** Looks are sent together, this long after the first. */
const LOOKS_AFTER_MS = 1_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;
/** Acts of one request. */
const MOST_ACTS = 200;

/** The server will never take these; trying again would change nothing. */
const REFUSED_FOR_GOOD: ReadonlySet<number> = new Set([400, 403, 404, 409, 413, 422]);

export interface Sender {
  /** Gives what changed since the page's version, these acts with it. */
  send(acts: Act[]): Promise<Changes>;
  /** Takes an answer; its acts are no longer pending. */
  accept(changes: Changes, acts: readonly Act[]): void;
  /** An act that the server refused, and is dropped. words: why, for the reader. */
  refused(words: string, act: Act): Promise<void>;
  /** The list of pending acts changed. */
  changed(): void;
}

export class ActQueue {
  /** Not acknowledged yet, oldest first. */
  pending = $state.raw<readonly Act[]>([]);
  savedAt = $state.raw<Date | null>(null);
  /** Whether the last try did not get through, so that the reader should know. */
  isStuck = $state(false);

  #nInFlight = 0;
  /** Of the pending ones, the first that go one by one: together they were refused. */
  #nAlone = 0;
  /** Ids of pending acts that the server may have: such an act never changes. */
  readonly #sent = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retryMs = FIRST_RETRY_MS;

  constructor(
    private readonly sender: Sender,
    private readonly kept: KeptActs,
  ) {
    this.pending = kept.adopt();
    for (const act of this.pending) this.#sent.add(act.id);
  }

  get isBusy(): boolean {
    return this.#nInFlight > 0;
  }

  /** Sends at once. */
  add(act: Act): void {
    this.#set([...this.pending, act]);
    this.flush();
  }

  /** Cells that were shown; sent together with others a little later. */
  see(cellId: string): void {
    const last = this.pending.at(-1);
    const isOpen = last?.kind === "see" && !this.#sent.has(last.id);
    if (isOpen && cellsOf(last).includes(cellId)) return;
    this.#set(
      isOpen
        ? [...this.pending.slice(0, -1), { ...last, cell_ids: [...cellsOf(last), cellId] }]
        : [...this.pending, { id: crypto.randomUUID(), kind: "see", cell_ids: [cellId] }],
    );
    if (this.#nInFlight === 0) this.#timer ??= setTimeout(() => this.flush(), LOOKS_AFTER_MS);
  }

  /** Sends what there is, unless a request is under way: then it follows. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#nInFlight === 0 && this.pending.length > 0) void this.#sendNext();
  }

  /** Whether the server got what is pending nobody will hear: it was sent on leaving. */
  wasSentUnheard(): void {
    for (const act of this.pending) this.#sent.add(act.id);
  }

  async #sendNext(): Promise<void> {
    const acts = this.#nAlone > 0 ? this.pending.slice(0, 1) : nextBatch(this.pending);
    this.#nInFlight = acts.length;
    for (const act of acts) this.#sent.add(act.id);
    try {
      const changes = await this.sender.send(acts);
      this.#done(acts.length);
      this.savedAt = new Date();
      this.sender.accept(changes, acts);
    } catch (error) {
      this.#nInFlight = 0;
      if (error instanceof RefusedError && REFUSED_FOR_GOOD.has(error.status)) {
        const [first, second] = acts;
        // One wrong act and the server does none of them: which one it is shows by itself.
        if (second !== undefined) this.#nAlone = acts.length;
        else if (first !== undefined) {
          this.#done(1);
          await this.sender.refused(errorWords(error), first);
        }
      } else {
        this.isStuck = true;
        this.#timer = setTimeout(() => this.flush(), this.#retryMs);
        this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
        return;
      }
    }
    this.#goOn();
  }

  #done(nActs: number): void {
    this.#nInFlight = 0;
    this.#nAlone = Math.max(0, this.#nAlone - nActs);
    this.#retryMs = FIRST_RETRY_MS;
    this.isStuck = false;
    for (const act of this.pending.slice(0, nActs)) this.#sent.delete(act.id);
    this.#set(this.pending.slice(nActs));
  }

  /** Looks alone can wait for more of their kind. */
  #goOn(): void {
    if (this.pending.length === 0) return;
    if (this.#nAlone > 0 || this.pending.some((act) => act.kind !== "see")) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), LOOKS_AFTER_MS);
  }

  #set(acts: readonly Act[]): void {
    this.pending = acts;
    this.kept.keep(acts);
    this.sender.changed();
  }
}

/** An undo that is no longer possible is refused with all beside it, so it goes alone. */
function nextBatch(pending: readonly Act[]): Act[] {
  const isAlone = (act: Act) => act.kind === "undo" || act.kind === "redo";
  const first = pending[0];
  if (first !== undefined && isAlone(first)) return [first];
  const end = pending.findIndex(isAlone);
  return pending.slice(0, Math.min(end === -1 ? pending.length : end, MOST_ACTS));
}
