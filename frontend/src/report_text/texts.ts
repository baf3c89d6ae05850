// Texts by heading: as the server keeps them, and two persons' changes to the same ones.

export type Texts = Readonly<Record<string, string>>;

/** As the server keeps a text: composed, with plain line ends, without blanks around it. */
export const asKept = (text: string) =>
  text.normalize("NFC").replace(/\r\n?/g, "\n").replaceAll("\t", " ").trim();

/** Characters as the server counts them. */
export const lengthOf = (text: string) => Array.from(asKept(text)).length;

export interface Merged {
  typed: Record<string, string>;
  /** What somebody else wrote where both did, by heading; the typed text stays. */
  theirs: Record<string, string>;
}

/** Brings what was typed and what somebody else saved together, heading by heading. */
export function merged(base: Texts, typed: Texts, theirs: Texts): Merged {
  const answer: Merged = { typed: {}, theirs: {} };
  for (const id of Object.keys(theirs)) {
    const [before, mine, other] = [base[id] ?? "", typed[id] ?? "", theirs[id] ?? ""];
    const isMine = asKept(mine) !== asKept(before);
    const isTheirs = asKept(other) !== asKept(before);
    answer.typed[id] = isMine ? mine : other;
    if (isMine && isTheirs && asKept(mine) !== asKept(other)) answer.theirs[id] = other;
  }
  return answer;
}
