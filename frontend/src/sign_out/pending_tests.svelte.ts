// Other tests of a case as this page knows them. Newer answers take the place of older ones.
import { errorWords } from "../api/error_words";
import { readTests, type OtherTests } from "../api/pending_test_calls";

export class PendingTestsState {
  answer = $state.raw<OtherTests | null>(null);
  /** Why the last reading did not succeed. */
  trouble = $state("");

  constructor(readonly caseId: string) {}

  async load(): Promise<void> {
    try {
      this.take(await readTests(this.caseId, this.answer !== null));
      this.trouble = "";
    } catch (error) {
      this.trouble = errorWords(error);
    }
  }

  /** An answer, be it one that came with an act. */
  take(answer: OtherTests): void {
    if (this.answer === null || answer.case_version >= this.answer.case_version) {
      this.answer = answer;
    }
  }

  /** Whether the case was changed since this was read. */
  isOlderThan(caseVersion: number): boolean {
    return this.answer === null || this.answer.case_version < caseVersion;
  }
}
