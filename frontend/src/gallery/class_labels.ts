// What a class is called on the screen, where the vocabulary's own label is longer than its use.
import type { CellClass } from "../api/review_calls";

const SHORT: Readonly<Record<string, string>> = {
  BLAST_NOS: "Blast",
  BASO: "Basophil",
  ERY_NOS: "Erythroblast",
  PROMY_ABN: "Abnormal promyelocyte",
  UNCLASS: "Not classifiable",
  MITOSIS: "Mitosis",
  SMUDGE: "Smudged nucleus",
  ARTEFACT: "Not a cell",
};

export const labelOfClass = ({ class_id, label }: Pick<CellClass, "class_id" | "label">) =>
  SHORT[class_id] ?? label;
