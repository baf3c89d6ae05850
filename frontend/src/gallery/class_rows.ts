// The rows of the list of classes: which there are, under which heading, and what each is called.
import type { CategoryCount, CellClass, Count } from "../api/review_calls";
import { classKeys, printedKey, rareKeys, type KeyLayout } from "./class_keys";
import { groupOfClass, removedGroup, UNDECIDED, type GroupKey } from "./groups";

/** Which of the hues a lineage has; "plain" for none. */
export type Hue = "plain" | "granulocytic" | "monocytic" | "lymphoid" | "erythroid";

export interface ClassRow {
  group: GroupKey;
  /** Short enough for the list. */
  name: string;
  fullName: string;
  /** As printed; "" where no key opens or gives it. */
  key: string;
  /** The class that a cell is given which is dropped here. */
  classId: string;
  category: CategoryCount | null;
  /** Cells in it, and how many of them a person saw; null where it is not known. */
  n: number | null;
  nSeen: number | null;
}

export interface ClassSection {
  heading: string;
  hue: Hue;
  rows: ClassRow[];
}

const SHORT: Readonly<Record<string, string>> = {
  "band forms": "Bands",
  "segmented neutrophils": "Segmented",
  "promonocytes+monocytes": "Monocytes",
};

/** A category's name where there is little room. */
export const shortCategory = ({ category, label }: Pick<CategoryCount, "category" | "label">) =>
  SHORT[category] ?? label;

const SECTIONS: readonly { heading: string; hue: Hue; lineages: readonly string[] }[] = [
  { heading: "", hue: "plain", lineages: ["mixed"] },
  { heading: "Granulocytic, mast cells", hue: "granulocytic", lineages: ["granulocytic", "mast"] },
  { heading: "Monocytic, with promonocytes", hue: "monocytic", lineages: ["monocytic"] },
  { heading: "Lymphoid, plasma cells", hue: "lymphoid", lineages: ["lymphoid", "plasma"] },
  { heading: "Erythroid", hue: "erythroid", lineages: ["erythroid"] },
];

/** Always in the list of what is removed: they have keys. */
const ALWAYS_REMOVABLE = ["MEGA", "SMUDGE", "ARTEFACT"];

const SHORT_CLASS: Readonly<Record<string, string>> = {
  MEGA: "Megakaryocytes",
  SMUDGE: "Smudged",
  ARTEFACT: "Not a cell",
  PLT: "Platelets",
};

export function undecidedRow(count: Count, layout: KeyLayout): ClassRow {
  return {
    group: UNDECIDED,
    name: "Not decided",
    fullName: "Not decided",
    key: printedKey(layout, "UNCLASS"),
    classId: "UNCLASS",
    category: null,
    n: count.undecided.n,
    nSeen: count.undecided.n_seen,
  };
}

/** Categories of the count under the headings of their lineages, in ICSH order. */
export function countedSections(
  count: Count,
  classes: readonly CellClass[],
  layout: KeyLayout,
): ClassSection[] {
  const keyed = [...classKeys(layout), ...rareKeys()].map(({ classId }) => classId);
  const classOf = (category: string) =>
    keyed.find((classId) =>
      classes.some((one) => one.class_id === classId && groupOfClass(one) === category),
    ) ?? "";
  return SECTIONS.map(({ heading, hue, lineages }) => ({
    heading,
    hue,
    rows: count.categories
      .filter((one) => lineages.includes(one.lineage))
      .map((category) => ({
        group: category.category,
        name: shortCategory(category),
        fullName: category.label,
        key: printedKey(layout, classOf(category.category)),
        classId: classOf(category.category),
        category,
        n: category.n,
        nSeen: category.n_seen,
      })),
  }));
}

/** Classes that leave the count: those with a key, and whatever else there is one of. */
export function removedRows(
  count: Count,
  classes: readonly CellClass[],
  layout: KeyLayout,
): ClassRow[] {
  return classes
    .filter((one) => one.counting === "removed")
    .map((one) => ({
      one,
      n: count.removed.find((removed) => removed.class_id === one.class_id)?.n ?? 0,
    }))
    .filter(({ one, n }) => n > 0 || ALWAYS_REMOVABLE.includes(one.class_id))
    .map(({ one, n }) => ({
      group: removedGroup(one.class_id),
      name: SHORT_CLASS[one.class_id] ?? one.label,
      fullName: one.label,
      key: printedKey(layout, one.class_id),
      classId: one.class_id,
      category: null,
      n,
      nSeen: null,
    }));
}
