// What is said of other tests and their results.
import type { OtherTest, OtherTests } from "../api/pending_test_calls";
import { countWords } from "../design/amounts";
import { dayWords } from "../design/times";

/** "Flow cytometry": as a line begins. */
export const testName = ({ name }: OtherTest) => name.charAt(0).toUpperCase() + name.slice(1);

/** How a test stands, in one line. isSigned: whether the report stands. */
export function testWords(test: OtherTest, isSigned: boolean): string {
  const result = test.results.at(-1);
  if (test.dropped) {
    return `taken off ${dayWords(test.dropped.at)} by ${test.dropped.by_name}${test.is_news ? "; " + laterWords(isSigned) : ""}`;
  }
  if (result === undefined) {
    return `pending, asked for ${dayWords(test.asked_at)} by ${test.asked_by_name}`;
  }
  const who = `result ${dayWords(result.at)} by ${result.by_name}`;
  if (result.version !== null) return `${who}; reported in version ${result.version}`;
  return `${who}; ${laterWords(isSigned)}`;
}

const laterWords = (isSigned: boolean) =>
  isSigned ? "waits for an addendum" : "goes into the next version";

/** What is still to do about them; "" where nothing is. */
export function openWords({ tests }: OtherTests, isSigned: boolean): string {
  const nPending = tests.filter(({ status }) => status === "pending").length;
  const nNews = isSigned ? tests.filter(({ is_news }) => is_news).length : 0;
  return [
    nNews > 0
      ? `${countWords(nNews, "result")} ${nNews === 1 ? "waits" : "wait"} for an addendum`
      : "",
    nPending > 0 ? `${nPending} pending` : "",
  ]
    .filter(Boolean)
    .join(", ");
}
