// Entries of the audit in words. What has none here is shown as it is stored.
import type { AuditEntry } from "../api/calls";
import { roleName } from "../people/roles";

const ACTS: Readonly<Record<string, string>> = {
  account_added: "added a person",
  account_changed: "changed a person",
  account_disabled: "disabled an account",
  account_enabled: "let sign in again",
  audit_read: "read the audit",
  password_changed: "changed own password",
  password_confirmation_failed: "gave a wrong password to change it",
  password_reset: "gave a temporary password",
  session_locked: "locked",
  session_unlocked: "unlocked",
  sessions_ended: "ended sessions",
  set_up: "set up Marrowscope",
  sign_in_failed: "failed to sign in",
  signed_in: "signed in",
  signed_out: "signed out",
  unlock_failed: "failed to unlock",
};

/** Acts that whoever reads the audit should not overlook. */
const TO_LOOK_AT: ReadonlySet<string> = new Set([
  "password_confirmation_failed",
  "sign_in_failed",
  "unlock_failed",
]);

/** Details that the words of the act say already, or that nobody needs to read. */
const SAID_BY_THE_ACT: ReadonlySet<string> = new Set(["is_disabled", "limit"]);

const NAMES: Readonly<Record<string, string>> = {
  address: "from",
  before: "before entry",
  full_name: "name",
  n: "number",
};

export const actWords = (act: string) => ACTS[act] ?? act.replaceAll("_", " ");

export const isToLookAt = (act: string) => TO_LOOK_AT.has(act);

export function detailWords({ details }: AuditEntry): string {
  return Object.entries(details)
    .filter(([name, value]) => value !== null && !SAID_BY_THE_ACT.has(name))
    .map(([name, value]) => `${NAMES[name] ?? name.replaceAll("_", " ")} ${valueWords(value)}`)
    .join(" · ");
}

function valueWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueWords).join(", ");
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (isChange(value)) return `${valueWords(value.to)} (was ${valueWords(value.from)})`;
  if (typeof value === "string") return roleName(value as never).replace(/^$/, "nothing");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function isChange(value: unknown): value is { from: unknown; to: unknown } {
  return typeof value === "object" && value !== null && "from" in value && "to" in value;
}
