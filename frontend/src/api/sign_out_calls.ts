// What the page asks of the server on the way to a signed report, one function an endpoint.
import { request, UnreachableError, type Answer, type Body } from "./client";
import type { Analysed } from "./review_calls";

export type Findings = Answer<"/api/cases/{case_id}/analyses/{analysis_id}/findings", "get">;
export type ReviewedFinding = Findings["findings"][number];
export type NotAssessed = Findings["not_assessed"][number];
export type CriticalCall = Findings["calls"][number];
export type Telling = Findings["tellings"][number];
export type NewCall = Body<"/api/cases/{case_id}/analyses/{analysis_id}/calls", "post">;
export type ReportText = Answer<"/api/cases/{case_id}/report-text", "get">;
export type Heading = ReportText["headings"][number];
export type AuditSample = Answer<"/api/cases/{case_id}/analyses/{analysis_id}/audit", "get">;
export type Standing = Answer<"/api/cases/{case_id}/analyses/{analysis_id}/sign-out", "get">;
export type SigningWay = Standing["ways"][number];
export type Blocker = SigningWay["blockers"][number];
export type SignedVersion = Standing["versions"][number];
export type ReportKind = SigningWay["kind"];
export type SignOrder = Body<"/api/cases/{case_id}/analyses/{analysis_id}/sign", "post">;

const inPath = ({ caseId, analysisId }: Analysed) => ({
  inPath: { case_id: caseId, analysis_id: analysisId },
});

/** isUnattended: the page asks by itself. */
export const readFindings = (of: Analysed, isUnattended: boolean) =>
  request("get", "/api/cases/{case_id}/analyses/{analysis_id}/findings", {
    ...inPath(of),
    isUnattended,
  });

export const acknowledge = (of: Analysed, key: string, comment: string) =>
  request("post", "/api/cases/{case_id}/analyses/{analysis_id}/findings/acknowledgements", {
    ...inPath(of),
    body: { key, comment },
  });

export const noteCall = (of: Analysed, body: NewCall) =>
  request("post", "/api/cases/{case_id}/analyses/{analysis_id}/calls", { ...inPath(of), body });

export const readReportText = (case_id: string) =>
  request("get", "/api/cases/{case_id}/report-text", { inPath: { case_id } });

export const writeReportText = (case_id: string, version: number, texts: Record<string, string>) =>
  request("put", "/api/cases/{case_id}/report-text", {
    inPath: { case_id },
    body: { version, texts },
  });

/** Sends the texts while the page goes away; nobody is there for the answer. */
export function writeReportTextOnLeaving(
  caseId: string,
  version: number,
  texts: Record<string, string>,
  csrfToken: string,
): void {
  const sent = fetch(`/api/cases/${encodeURIComponent(caseId)}/report-text`, {
    method: "PUT",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken },
    body: JSON.stringify({ version, texts }),
    credentials: "same-origin",
    keepalive: true,
  });
  // What does not arrive is kept in this tab, and is sent when the page is open again.
  sent.catch(() => undefined);
}

export const readAuditSample = (of: Analysed, isUnattended: boolean) =>
  request("get", "/api/cases/{case_id}/analyses/{analysis_id}/audit", {
    ...inPath(of),
    isUnattended,
  });

export const drawAuditSample = (of: Analysed, wanted: number) =>
  request("post", "/api/cases/{case_id}/analyses/{analysis_id}/audit", {
    ...inPath(of),
    body: { wanted },
  });

export const readStanding = (of: Analysed, isUnattended: boolean) =>
  request("get", "/api/cases/{case_id}/analyses/{analysis_id}/sign-out", {
    ...inPath(of),
    isUnattended,
  });

export const sign = (of: Analysed, body: SignOrder) =>
  request("post", "/api/cases/{case_id}/analyses/{analysis_id}/sign", { ...inPath(of), body });

export const reopen = (case_id: string, reason: string) =>
  request("post", "/api/cases/{case_id}/reopenings", { inPath: { case_id }, body: { reason } });

const ofCase = (caseId: string) => `/api/cases/${encodeURIComponent(caseId)}`;
const ofAnalysis = ({ caseId, analysisId }: Analysed) =>
  `${ofCase(caseId)}/analyses/${encodeURIComponent(analysisId)}`;

/** Where the browser itself gets the unsigned report from. state: of what it is made. */
export const previewAddress = (of: Analysed, kind: ReportKind, state: string) =>
  `${ofAnalysis(of)}/report-preview?${new URLSearchParams({ kind, state })}`;

export const previewTextAddress = (of: Analysed, kind: ReportKind) =>
  `${ofAnalysis(of)}/report-preview.txt?${new URLSearchParams({ kind })}`;

export const signedAddress = (caseId: string, number: number) =>
  `${ofCase(caseId)}/reports/${number}`;

export const signedFileAddress = (
  caseId: string,
  number: number,
  name: "report.pdf" | "report.txt" | "report.json",
) => `${ofCase(caseId)}/reports/${number}/files/${name}`;

/** The text at an address of a report; throws UnreachableError where there is none. */
export async function reportText(address: string): Promise<string> {
  const answer = await fetch(address, { credentials: "same-origin", redirect: "error" }).catch(
    () => null,
  );
  if (answer === null || !answer.ok) throw new UnreachableError();
  return answer.text();
}
