// The numbers of a count in words: percentages, limits, what is near a threshold.
import type { CategoryCount, Count } from "../api/review_calls";

const one = (value: number) => value.toFixed(1);

/** "8.0"; "–" where it is not known. */
export const percentWords = ({ printed_percent, percent }: CategoryCount) =>
  printed_percent ?? (percent === null ? "–" : one(percent));

/** "6.0–10.7": the 95 % limits of sampling; "" where there are none. */
export const limitsWords = ({ low, high }: { low: number | null; high: number | null }) =>
  low === null || high === null ? "" : `${one(low)}–${one(high)}`;

/** "8.0–10.4": with none and with all of the undecided cells; one figure where these agree. */
export function rangeWords(category: CategoryCount): string {
  const low = percentWords(category);
  if (category.upper_n === category.n || category.upper_percent === null) return low;
  return `${low}–${one(category.upper_percent)}`;
}

/** "near 10 %", "10 % not decided". */
export const thresholdWords = ({ near_thresholds, open_thresholds }: CategoryCount) => [
  ...near_thresholds.map((percent) => `near ${percent} %`),
  ...open_thresholds.map((percent) => `${percent} % not decided`),
];

/** Kinds of cell that the machine does not look for, of all categories. */
export const notModelled = (count: Count) =>
  count.categories.flatMap((category) =>
    category.is_modelled ? category.not_modelled : [category.label, ...category.not_modelled],
  );

const ENDS = [10, 20, 30, 50, 75, 100];

/** Where the common axis of the intervals ends, in percent: a round figure that holds them all. */
export function axisEnd(count: Count): number {
  const highest = Math.max(
    ...count.categories.map((one) => Math.max(one.outer_high ?? 0, one.high ?? 0)),
  );
  return ENDS.find((end) => highest <= end) ?? 100;
}
