// What is said of reports and their versions.
import type { ReportKind, SignedVersion } from "../api/sign_out_calls";
import { momentWords } from "../design/times";

const KINDS: Readonly<Record<ReportKind, { name: string; sign: string; hint: string }>> = {
  preliminary: {
    name: "Preliminary",
    sign: "Sign as preliminary",
    hint: "A final one follows. It prints no percentage as the result.",
  },
  final: { name: "Final", sign: "Sign as final", hint: "The case is locked afterwards." },
  amended: {
    name: "Amended",
    sign: "Sign as amended",
    hint: "Something changed that was no error.",
  },
  corrected: { name: "Corrected", sign: "Sign as corrected", hint: "An error was mended." },
  addendum: { name: "Addendum", sign: "Sign the addendum", hint: "All else stands." },
};

export const kindName = (kind: ReportKind) => KINDS[kind].name;
export const kindHint = (kind: ReportKind) => KINDS[kind].hint;
export const signWords = (kind: ReportKind) => KINDS[kind].sign;

/** "8f2c4d10…a1": enough to tell records apart. */
export const recordId = (sha256: string) => `${sha256.slice(0, 8)}…${sha256.slice(-2)}`;

/** "Version 2, amended". */
export const versionName = ({ number, kind }: SignedVersion) =>
  `Version ${number}, ${kindName(kind).toLowerCase()}`;

/** Of a version that is no longer the newest: what came after it; "" of the newest. */
export function laterWords(version: SignedVersion, all: readonly SignedVersion[]): string {
  const later = all.filter(({ number }) => number > version.number);
  const superseding = later.findLast(({ kind }) => kind !== "addendum");
  if (superseding) return `Superseded by version ${superseding.number}`;
  const newest = later.at(-1);
  return newest ? `Version ${newest.number} adds to it` : "";
}

/** "24 Nov 2026, 11:02 by A. Karlsson". */
export const signedWords = ({ signed_at, printed_name }: SignedVersion) =>
  `${momentWords(signed_at)} by ${printed_name}`;
