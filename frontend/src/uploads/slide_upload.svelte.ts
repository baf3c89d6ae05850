// One slide on its way to a case.
import type { PickedSlide } from "./picked_slides";

/**
 * lost: no answer; it goes on by itself. paused: a person stopped it. failed: it takes a person.
 */
export type UploadStatus = "waiting" | "sending" | "lost" | "paused" | "failed";

const SECONDS_TO_JUDGE_BY = 3;

export class SlideUpload {
  status = $state<UploadStatus>("waiting");
  /** Bytes of the slide that the server has. */
  nSent = $state(0);
  /** Why it failed. */
  trouble = $state("");
  secondsLeft = $state<number | null>(null);

  /** Uploads of its files that were begun, by the name of the file. */
  readonly begun = new Map<string, string>();
  /** Ends what is being sent. */
  stop = new AbortController();
  #fromMs = 0;
  #fromBytes = 0;

  constructor(
    readonly caseId: string,
    readonly slide: PickedSlide,
  ) {}

  begin(): void {
    this.stop = new AbortController();
    this.status = "sending";
    this.trouble = "";
    this.#fromMs = 0;
  }

  noteSent(nBytes: number): void {
    this.status = "sending";
    this.nSent = nBytes;
    const nowMs = performance.now();
    if (this.#fromMs === 0) {
      // What was there already says nothing about how fast it goes.
      [this.#fromMs, this.#fromBytes] = [nowMs, nBytes];
      return;
    }
    const seconds = (nowMs - this.#fromMs) / 1000;
    const nNew = nBytes - this.#fromBytes;
    if (seconds < SECONDS_TO_JUDGE_BY || nNew <= 0) return;
    this.secondsLeft = ((this.slide.nBytes - nBytes) * seconds) / nNew;
  }

  rest(status: "waiting" | "lost" | "paused" | "failed", trouble = ""): void {
    this.status = status;
    this.trouble = trouble;
    this.secondsLeft = null;
  }
}
