// Slides on their way to their cases, one after the other, whichever page is shown.
import { SvelteMap } from "svelte/reactivity";

import { abandonUpload, addSlide, askAnalysis } from "../api/case_calls";
import { UnreachableError } from "../api/client";
import { errorWords } from "../api/error_words";
import type { PickedSlide } from "./picked_slides";
import { forget } from "./remembered";
import { FileGoneError, sendFile } from "./sending";
import { SlideUpload } from "./slide_upload.svelte";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 20_000;
const FILE_GONE =
  "This file can no longer be read on this computer. Choose it again; what was sent already is kept.";

/** The analysis that follows once the slides are there. umPerPx: null where the files say it. */
export interface AnalysisToCome {
  readonly umPerPx: number | null;
}

class Uploads {
  /** Those not done yet. */
  all = $state.raw<readonly SlideUpload[]>([]);
  /** How often a slide was added or an analysis asked for, so that a page knows to read again. */
  nChanges = $state(0);
  /** Why the analysis was not begun that should follow, by case. */
  askTroubles = $state<Record<string, string>>({});

  #isRunning = false;
  #toAnalyse = new SvelteMap<string, AnalysisToCome>();

  ofCase(caseId: string): readonly SlideUpload[] {
    return this.all.filter((upload) => upload.caseId === caseId);
  }

  /** Whether an analysis of a case will be asked for by itself. */
  isToBeAnalysed(caseId: string): boolean {
    return this.#toAnalyse.has(caseId);
  }

  /** analysis: asked for once all slides of the case are there; null for none. */
  add(caseId: string, slides: readonly PickedSlide[], analysis: AnalysisToCome | null): void {
    if (analysis !== null && slides.length > 0) this.#toAnalyse.set(caseId, analysis);
    this.all = [...this.all, ...slides.map((slide) => new SlideUpload(caseId, slide))];
    void this.#run();
  }

  pause(upload: SlideUpload): void {
    upload.rest("paused");
    upload.stop.abort();
  }

  goOn(upload: SlideUpload): void {
    upload.rest("waiting");
    void this.#run();
  }

  /** Takes one out; what was sent of it is thrown away. */
  remove(upload: SlideUpload): void {
    this.#takeOut(upload);
    upload.stop.abort();
    const uploadIds = [...upload.begun.values()];
    // What stays behind all the same is swept away by the server after some days.
    for (const uploadId of uploadIds) void abandonUpload(uploadId).catch(() => undefined);
    forget(uploadIds);
    void this.#analyseWhenThere(upload.caseId);
  }

  /** Whoever sent them is signed out. */
  leave(): void {
    for (const upload of this.all) upload.stop.abort();
    this.all = [];
    this.#toAnalyse.clear();
    this.askTroubles = {};
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (;;) {
      const next = this.all.find((upload) => upload.status === "waiting");
      if (next === undefined) break;
      await this.#send(next);
    }
    this.#isRunning = false;
  }

  async #send(upload: SlideUpload): Promise<void> {
    upload.begin();
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      const { signal } = upload.stop;
      const before = upload.nSent;
      try {
        await this.#sendOnce(upload, signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof UnreachableError)) {
          upload.rest("failed", error instanceof FileGoneError ? FILE_GONE : errorWords(error));
          return;
        }
        if (upload.nSent > before) waitMs = FIRST_WAIT_MS;
        upload.rest("lost");
        await backOrAfter(waitMs, signal);
        if (signal.aborted) return;
      }
    }
  }

  async #sendOnce(upload: SlideUpload, signal: AbortSignal): Promise<void> {
    const { caseId, slide, begun } = upload;
    const uploadIds: string[] = [];
    let nBefore = 0;
    for (const part of slide.parts) {
      const onSent = (nBytes: number) => {
        if (!signal.aborted) upload.noteSent(nBefore + nBytes);
      };
      uploadIds.push(await sendFile({ caseId, part, begun, signal, onSent }));
      nBefore += part.file.size;
    }
    await addSlide(caseId, slide.name, slide.kind, uploadIds);
    forget(uploadIds);
    this.#takeOut(upload);
    this.nChanges += 1;
    await this.#analyseWhenThere(caseId);
  }

  #takeOut(upload: SlideUpload): void {
    this.all = this.all.filter((other) => other !== upload);
  }

  async #analyseWhenThere(caseId: string): Promise<void> {
    const analysis = this.#toAnalyse.get(caseId);
    if (analysis === undefined || this.ofCase(caseId).length > 0) return;
    this.#toAnalyse.delete(caseId);
    try {
      await askAnalysis(caseId, { um_per_px: analysis.umPerPx, count_target: null });
    } catch (error) {
      this.askTroubles = { ...this.askTroubles, [caseId]: errorWords(error) };
    }
    this.nChanges += 1;
  }
}

export const uploads = new Uploads();

/** Waits, but no longer than until the browser hears that it is connected again. */
function backOrAfter(waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      removeEventListener("online", over);
      signal.removeEventListener("abort", over);
      resolve();
    };
    const timer = setTimeout(over, waitMs);
    addEventListener("online", over);
    signal.addEventListener("abort", over);
  });
}
