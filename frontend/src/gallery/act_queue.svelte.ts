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
  /** Acts that the server refused. words: why, for the reader. */
  refused(words: string, acts: readonly Act[]): Promise<void>;
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
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retryMs = FIRST_RETRY_MS;

  constructor(
    private readonly sender: Sender,
    private readonly kept: KeptActs,
  ) {
    this.pending = kept.adopt();
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
    const isOpen = last?.kind === "see" && this.pending.length > this.#nInFlight;
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

  async #sendNext(): Promise<void> {
    const acts = nextBatch(this.pending);
    this.#nInFlight = acts.length;
    try {
      const changes = await this.sender.send(acts);
      this.#done(acts.length);
      this.savedAt = new Date();
      this.sender.accept(changes, acts);
    } catch (error) {
      this.#nInFlight = 0;
      if (error instanceof RefusedError && REFUSED_FOR_GOOD.has(error.status)) {
        this.#done(acts.length);
        await this.sender.refused(errorWords(error), acts);
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
    this.#retryMs = FIRST_RETRY_MS;
    this.isStuck = false;
    this.#set(this.pending.slice(nActs));
  }

  /** Looks alone can wait for more of their kind. */
  #goOn(): void {
    if (this.pending.length === 0) return;
    if (this.pending.some((act) => act.kind !== "see")) this.flush();
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
