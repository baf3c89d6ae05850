// Which key gives a cell which class. The one table of it: the gallery and the slide read it.

/** left hand: rows of the keyboard by lineage. mnemonic: mostly the first letter of the class. */
export type KeyLayout = "left-hand" | "mnemonic";

export const KEY_LAYOUTS: readonly { layout: KeyLayout; name: string }[] = [
  { layout: "left-hand", name: "Left hand: rows of the keyboard by lineage" },
  { layout: "mnemonic", name: "Mnemonic: letters of the class" },
];

export interface ClassKey {
  classId: string;
  /** What is pressed, as KeyboardEvent.key says it, in small letters. */
  key: string;
}

type KeyOfClass = Readonly<Record<string, string>>;

const LEFT_HAND: KeyOfClass = {
  BLAST_NOS: "q",
  PROMY: "w",
  MYELO: "e",
  META: "r",
  BAND: "t",
  SEG: "a",
  EOS_MAT: "s",
  BASO: "d",
  MONO: "f",
  LYMPH: "g",
  PLASMA: "z",
  ERY_NOS: "x",
  MEGA: "c",
  SMUDGE: "v",
  ARTEFACT: "b",
  UNCLASS: "u",
  MAST: "h",
};

const MNEMONIC: KeyOfClass = {
  BLAST_NOS: "b",
  PROMY: "p",
  MYELO: "m",
  META: "t",
  BAND: "d",
  SEG: "s",
  EOS_MAT: "e",
  BASO: "a",
  MONO: "o",
  LYMPH: "h",
  PLASMA: "c",
  ERY_NOS: "r",
  MEGA: "k",
  SMUDGE: "g",
  ARTEFACT: "x",
  UNCLASS: "u",
  MAST: "w",
};

/** After the key below: the rare ones. The same in every layout. */
const AFTER_RARE: KeyOfClass = {
  BLAST_MYELO: "b",
  BLAST_MONO: "o",
  BLAST_LYMPH: "l",
  BLAST_MEGA: "k",
  PROMONO: "p",
  PROMY_ABN: "f",
  EOS_IMM: "e",
  EOS_ABN: "s",
  LYMPH_ATYP: "r",
  LYMPH_IMM: "i",
  HAIRY: "h",
  PLASMA_ABN: "z",
  PROERY: "1",
  ERY_BASO: "2",
  ERY_POLY: "3",
  ERY_ORTHO: "4",
  MEGA_DYS: "d",
  MEGA_NUC: "n",
  MACRO: "m",
  MACRO_STORAGE: "g",
  MACRO_HPC: "q",
  OSTEOB: "u",
  OSTEOC: "v",
  STROMAL: "w",
  TUMOUR: "t",
  MITOSIS: "x",
  PLT: "y",
  PLT_CLUMP: "c",
};

/** Stages of the erythroblast, after Shift and the erythroblast's key. */
const STAGES: KeyOfClass = { PROERY: "1", ERY_BASO: "2", ERY_POLY: "3", ERY_ORTHO: "4" };

export const RARE_KEY = ".";
/** After the rare key: an Auer rod, or a faggot of them, is there or not. */
export const AUER_KEY = "a";
/** The class whose key with Shift asks for the stage. */
export const STAGED_CLASS = "ERY_NOS";
/** What nobody gives a cell in a gallery of nucleated cells. */
export const NEVER_GIVEN = "RBC";

const LAYOUTS: Readonly<Record<KeyLayout, KeyOfClass>> = {
  "left-hand": LEFT_HAND,
  mnemonic: MNEMONIC,
};

const listed = (table: KeyOfClass): ClassKey[] =>
  Object.entries(table).map(([classId, key]) => ({ classId, key }));

/** Classes that one key gives, in the order of the table. */
export const classKeys = (layout: KeyLayout): ClassKey[] => listed(LAYOUTS[layout]);

/** Classes that take the rare key and one more. */
export const rareKeys = (): ClassKey[] => listed(AFTER_RARE);

/** Stages of the erythroblast, by number. */
export const stageKeys = (): ClassKey[] => listed(STAGES);

/** The key as printed beside a class: "Q", or ". B" for a rare one; "" where there is none. */
export function printedKey(layout: KeyLayout, classId: string): string {
  const single = LAYOUTS[layout][classId];
  if (single !== undefined) return single.toUpperCase();
  const rare = AFTER_RARE[classId];
  return rare === undefined ? "" : `${RARE_KEY} ${rare.toUpperCase()}`;
}

/** A class as said in the middle of a sentence: its first word's name stays if it is one. */
export const classWords = (label: string) =>
  /^[A-Z][a-z]/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
