// Findings as they are read: the editions of one rule together, what has to be seen first on top.
import type { ReviewedFinding } from "../api/sign_out_calls";

export interface FindingGroup {
  /** What it is acknowledged by. */
  key: string;
  /** One or more editions of a rule, as they stand to the same count. */
  findings: readonly [ReviewedFinding, ...ReviewedFinding[]];
  /** Whether it demands a look before anything else. */
  isUrgent: boolean;
}

export interface FindingSections {
  triage: FindingGroup[];
  critical: FindingGroup[];
  reached: FindingGroup[];
  open: FindingGroup[];
  notReached: FindingGroup[];
}

const URGENT = "F-APL";
const TRIAGE = "F-APL-triage";

const groupsOf = (findings: readonly ReviewedFinding[]): FindingGroup[] =>
  [...new Set(findings.map(({ key }) => key))].flatMap((key) => {
    const [first, ...others] = findings.filter((one) => one.key === key);
    if (first === undefined) return [];
    const isUrgent = first.rule_id.startsWith(URGENT);
    return [{ key, findings: [first, ...others], isUrgent } satisfies FindingGroup];
  });

const isToBeSeen = ({ findings }: FindingGroup) =>
  findings.some(
    (one) =>
      one.needs_acknowledgement ||
      one.acknowledged !== null ||
      (one.is_critical && (one.state === "met" || one.state === "not decided")),
  );

/** In the server's order within a section; urgent ones first where something is to be seen. */
export function sectionsOf(findings: readonly ReviewedFinding[]): FindingSections {
  const sections: FindingSections = {
    triage: [],
    critical: [],
    reached: [],
    open: [],
    notReached: [],
  };
  for (const group of groupsOf(findings)) {
    const states = group.findings.map(({ state }) => state);
    if (isToBeSeen(group)) sections.critical.push(group);
    else if (group.key.startsWith(TRIAGE)) sections.triage.push(group);
    else if (states.includes("met") || states.includes("near")) sections.reached.push(group);
    else if (states.includes("not decided")) sections.open.push(group);
    else sections.notReached.push(group);
  }
  sections.critical.sort((one, other) => Number(other.isUrgent) - Number(one.isUrgent));
  return sections;
}

export const needsAcknowledgement = ({ findings }: FindingGroup) =>
  findings.some((one) => one.needs_acknowledgement);

/** Cells of all editions, each once. */
export const evidenceOf = ({ findings }: FindingGroup): string[] => [
  ...new Set(findings.flatMap(({ evidence }) => evidence)),
];

const EDITIONS = { WHO5: "WHO 2022", ICC2022: "ICC 2022", none: "" } as const;

export const editionName = ({ edition }: ReviewedFinding) => EDITIONS[edition];

export const stateWords = ({ state, is_reached }: ReviewedFinding) =>
  ({
    met: "met",
    near: is_reached ? "met; chance could turn it" : "near; chance could turn it",
    "not decided": is_reached
      ? "met; undecided cells could turn it"
      : "open; undecided cells could turn it",
    "not met": "not met",
  })[state];

/** What is drawn; of editions that draw the same, the first. */
export function drawnOf({ findings }: FindingGroup): ReviewedFinding[] {
  const drawn = new Map<string, ReviewedFinding>();
  for (const one of findings) {
    if (one.percent === null || one.threshold_percent === null) continue;
    const look = [one.percent, one.upper_percent, one.threshold_percent, one.threshold].join(" ");
    if (!drawn.has(look)) drawn.set(look, one);
  }
  return [...drawn.values()];
}
