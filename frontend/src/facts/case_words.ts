// What is said of cases: their names, states, purposes, the patient in one line.
import type {
  CaseStatus,
  Facts,
  Finding,
  JobProgress,
  Priority,
  Purpose,
  Summary,
} from "../api/case_calls";
import { countWords, numberWords } from "../design/amounts";
import { dayWords, momentWords } from "../design/times";

interface Named<T> {
  value: T;
  name: string;
}

export const STATUSES: readonly Named<Exclude<CaseStatus, "deleted">>[] = [
  { value: "new", name: "not analysed" },
  { value: "waiting", name: "waiting" },
  { value: "running", name: "being analysed" },
  { value: "ready", name: "to be read" },
  { value: "preliminary", name: "preliminary report" },
  { value: "signed", name: "signed" },
  { value: "amending", name: "being amended" },
  { value: "failed", name: "failed" },
  { value: "cancelled", name: "cancelled" },
];

export const PURPOSES: readonly Named<Purpose>[] = [
  { value: "research", name: "Research" },
  { value: "clinical", name: "Clinical" },
  { value: "teaching", name: "Teaching" },
  { value: "archive", name: "Archive" },
];

export const PRIORITIES: readonly Named<Priority>[] = [
  { value: "routine", name: "Routine" },
  { value: "urgent", name: "Urgent" },
];

export const SEXES = [
  { value: "", name: "Not said" },
  { value: "female", name: "Female" },
  { value: "male", name: "Male" },
  { value: "other", name: "Other" },
  { value: "unknown", name: "Unknown" },
] as const;

const nameIn = (list: readonly Named<string>[], value: string) =>
  list.find((each) => each.value === value)?.name ?? value;

export const statusWords = (status: CaseStatus) => nameIn(STATUSES, status);
export const purposeWords = (purpose: Purpose) => nameIn(PURPOSES, purpose);
export const sexWords = (sex: Facts["sex"]) => (sex === null ? "" : nameIn(SEXES, sex));

/** What a case is called: its accession, or when it came where it has none. */
export function caseName({ accession }: Pick<Facts, "accession">, openedAt: string): string {
  return accession || `Case of ${momentWords(openedAt)}`;
}

/** "F 64": sex by its letter, and the age when the marrow was taken, else now. */
export function sexAndAge(facts: Facts, nowMs = Date.now()): string {
  const letter = facts.sex === "female" ? "F" : facts.sex === "male" ? "M" : "";
  const age = ageWords(facts.birth_date, facts.collected_on ?? facts.received_on, nowMs);
  return [letter, age].filter(Boolean).join(" ");
}

/** Whole years; months below two years. "" where it is not known. */
function ageWords(birthDate: string | null, onDay: string | null, nowMs: number): string {
  if (birthDate === null) return "";
  const [born, then] = [new Date(birthDate), onDay === null ? new Date(nowMs) : new Date(onDay)];
  let months =
    12 * (then.getUTCFullYear() - born.getUTCFullYear()) + then.getUTCMonth() - born.getUTCMonth();
  if (then.getUTCDate() < born.getUTCDate()) months -= 1;
  if (months < 0) return "";
  return months < 24 ? `${months} months` : `${Math.floor(months / 12)}`;
}

/** "born 3 May 1961"; dates of facts have no time of day and no zone. */
export const factDayWords = (day: string) => dayWords(`${day}T12:00:00`);

export function progressWords(progress: JobProgress | null): string {
  if (progress === null) return "";
  const stage = progress.stage.charAt(0).toUpperCase() + progress.stage.slice(1);
  if (progress.total === null || progress.total === 0) return stage;
  return `${stage}, ${Math.min(100, Math.floor((100 * progress.done) / progress.total))} %`;
}

/** Whether the count itself meets it, or chance alone keeps it from doing so. */
export const isMetOrNear = ({ state }: Finding) => state === "met" || state === "near";

/** "512 counted · 12 undecided · 2 findings" of a finished analysis. */
export function summaryWords({ n_counted, n_undecided, findings }: Summary): string {
  const nFindings = findings.filter(isMetOrNear).length;
  return [
    n_counted === null ? "" : `${numberWords(n_counted)} counted`,
    n_undecided ? `${numberWords(n_undecided)} undecided` : "",
    nFindings > 0 ? countWords(nFindings, "finding") : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
