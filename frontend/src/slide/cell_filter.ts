// Which cells a reader wants drawn.
export interface Filter {
  /** Class ids that are hidden. */
  hidden: ReadonlySet<string>;
  isUndecidedShown: boolean;
  by: "all" | "machine" | "person";
  /** Limits of the machine's probability, 0 to 1; what a person named is beyond them. */
  atLeast: number;
  atMost: number;
  /** Whether cells outside the count are shown. */
  isUncountedShown: boolean;
}

export const EVERYTHING: Filter = {
  hidden: new Set(),
  isUndecidedShown: true,
  by: "all",
  atLeast: 0,
  atMost: 1,
  isUncountedShown: true,
};

export const isEverything = (filter: Filter) =>
  filter.hidden.size === 0 &&
  filter.isUndecidedShown &&
  filter.by === "all" &&
  filter.atLeast <= 0 &&
  filter.atMost >= 1 &&
  filter.isUncountedShown;
