// Tells a barcode reader, which types for its user, from hands: nobody types that fast.

/** A good typist takes some 100 ms a character, a reader below 20. */
const SLOWEST_OF_A_READER_MS = 35;
const FEWEST_CHARACTERS = 4;

export class TypingPace {
  #beganMs = 0;
  #lastMs = 0;
  #length = 0;

  /** The field holds so many characters now; an emptied one begins anew. nowMs: of a clock. */
  typed(length: number, nowMs: number) {
    if (length <= 1 || this.#beganMs === 0) this.#beganMs = nowMs;
    this.#lastMs = nowMs;
    this.#length = length;
  }

  get isScanned(): boolean {
    const n = this.#length - 1;
    return (
      this.#length >= FEWEST_CHARACTERS &&
      (this.#lastMs - this.#beganMs) / n < SLOWEST_OF_A_READER_MS
    );
  }
}
