// Entries of the audit in words. What has none here is shown as it is stored.
import type { AuditEntry } from "../api/calls";
import { countWords } from "../design/amounts";
import { roleName } from "../people/roles";

const ACTS: Readonly<Record<string, string>> = {
  account_added: "added a person",
  account_changed: "changed a person",
  account_disabled: "disabled an account",
  account_enabled: "let sign in again",
  analysis_asked: "asked for an analysis",
  analysis_cancelled: "cancelled an analysis",
  analysis_failed: "could not finish an analysis",
  analysis_finished: "finished an analysis",
  analysis_started: "began an analysis",
  audit_drawn: "drew a random audit",
  audit_read: "read the audit",
  backup_restored: "restored a backup",
  case_deleted: "deleted a case",
  case_facts_changed: "changed what is known of a case",
  case_opened: "made a case",
  case_read: "read a case",
  case_slide_added: "added a slide",
  case_slide_described: "said with what a slide was made",
  case_slide_matched: "matched the label of a slide",
  case_slide_removed: "took out a slide",
  cells_exported: "wrote reviewed cells as pictures",
  cells_reviewed: "worked on cells",
  critical_call_made: "noted a critical call",
  finding_acknowledged: "acknowledged a finding",
  password_changed: "changed own password",
  password_confirmation_failed: "gave a wrong password to change it",
  password_reset: "gave a temporary password",
  reader_told: "told the reader on call",
  report_reopened: "reopened a report",
  report_signed: "signed a report",
  report_text_changed: "wrote in the report",
  retention_read: "read which cases were kept long enough",
  session_locked: "locked",
  session_unlocked: "unlocked",
  sessions_ended: "ended sessions",
  set_up: "set up Marrowscope",
  sign_in_failed: "failed to sign in",
  signed_in: "signed in",
  signed_out: "signed out",
  test_dropped: "took off another test",
  test_requested: "asked for another test",
  test_resulted: "wrote down a test's result",
  unlock_failed: "failed to unlock",
  upload_begun: "began to send a file",
  validation_recorded: "recorded a validation",
  validation_withdrawn: "withdrew a validation",
  worklist_read: "read the worklist",
};

/** Acts that whoever reads the audit should not overlook. */
const TO_LOOK_AT: ReadonlySet<string> = new Set([
  "backup_restored",
  "case_deleted",
  "password_confirmation_failed",
  "sign_in_failed",
  "unlock_failed",
  "validation_withdrawn",
]);

/** Details that the words of the act say already, or that nobody needs to read. */
const SAID_BY_THE_ACT: ReadonlySet<string> = new Set(["is_disabled", "limit"]);

const NAMES: Readonly<Record<string, string>> = {
  address: "from",
  bears_it: "bears the accession number",
  before: "before entry",
  by_means: "by",
  full_name: "name",
  label_means: "label read by",
  n: "number",
  n_bytes: "bytes",
  n_cells: "cells",
  n_files: "files",
  rule_id: "rule",
  turn: "reader",
  what: "",
};

export const actWords = (act: string) => ACTS[act] ?? act.replaceAll("_", " ");

const AN_ID = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64})$/;

/** The case that an entry is about; undefined where it is about something else. */
export const caseOf = ({ about }: AuditEntry) => (AN_ID.test(about) ? about : undefined);

export const isToLookAt = (act: string) => TO_LOOK_AT.has(act);

export function detailWords({ details }: AuditEntry): string {
  return Object.entries(details)
    .filter(([name, value]) => value !== null && value !== "" && !SAID_BY_THE_ACT.has(name))
    .map(([name, value]) => oneWords(name, value))
    .join(" · ");
}

function oneWords(name: string, value: unknown): string {
  if (name === "cases" && Array.isArray(value)) return countWords(value.length, "case");
  const said = NAMES[name] ?? name.replace(/_id$/, "").replaceAll("_", " ");
  return `${said} ${valueWords(value)}`.trim();
}

function valueWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueWords).join(", ");
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (isChange(value)) return `${valueWords(value.to)} (was ${valueWords(value.from)})`;
  // Enough to tell one from another; the audit itself keeps the whole.
  if (typeof value === "string" && AN_ID.test(value)) return value.slice(0, 8);
  if (typeof value === "string") return roleName(value as never).replace(/^$/, "nothing");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([name, one]) => `${name.replaceAll("_", " ")} ${valueWords(one)}`)
    .join(", ");
}

function isChange(value: unknown): value is { from: unknown; to: unknown } {
  return typeof value === "object" && value !== null && "from" in value && "to" in value;
}
