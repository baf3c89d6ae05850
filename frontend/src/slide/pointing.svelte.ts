// What a click on the slide means: choosing a cell, setting an end of the ruler, a missed cell.
import { lengthUm, type Measure } from "./draw_ruler";
import { lengthWords, type Point } from "./view";

export type Mode = "look" | "measure" | "add";

export class Pointing {
  mode = $state<Mode>("look");
  measure = $state.raw<Measure | null>(null);
  /** Where a missed cell lies, until it has its class. */
  missedAt = $state.raw<Point | null>(null);
  /** What happened last, for who cannot see it. */
  said = $state("");

  #isMeasured = $state(false);

  /** Whether the next click sets the second end. */
  get isHalfMeasured(): boolean {
    return this.measure !== null && !this.#isMeasured;
  }

  /** Begins, or ends where it had begun. */
  toggle(mode: Mode): void {
    this.mode = this.mode === mode ? "look" : mode;
    this.clear();
  }

  clear(): void {
    this.measure = null;
    this.missedAt = null;
    this.#isMeasured = false;
  }

  /** umPerPx: of the picture. */
  setEnd(at: Point, umPerPx: number): void {
    if (this.measure === null || this.#isMeasured) {
      this.measure = { from: at, to: at };
      this.#isMeasured = false;
      return;
    }
    this.measure = { from: this.measure.from, to: at };
    this.#isMeasured = true;
    this.said = lengthWords(lengthUm(this.measure, umPerPx));
  }

  /** The pointer is there now: the ruler's open end follows it. */
  follow(at: Point): void {
    if (this.mode === "measure" && this.measure !== null && !this.#isMeasured) {
      this.measure = { from: this.measure.from, to: at };
    }
  }
}
