// What the page asks of the server about cases, one function an endpoint.
import { request, type Answer, type Body } from "./client";

export type Worklist = Answer<"/api/cases", "get">;
export type CaseRow = Worklist["cases"][number];
export type Case = Answer<"/api/cases/{case_id}", "get">;
export type Facts = Case["facts"];
export type FactsRequest = Body<"/api/cases", "post">;
export type Purpose = Facts["purpose"];
export type Priority = Facts["priority"];
export type CaseStatus = Case["status"];
export type Slide = Case["slides"][number];
export type SlideKind = Slide["kind"];
export type Analysis = Case["analyses"][number];
export type AnalysisOrder = Body<"/api/cases/{case_id}/analyses", "post">;
export type AnalysisProgress = Answer<
  "/api/cases/{case_id}/analyses/{analysis_id}/progress",
  "get"
>;
export type FirstCell = AnalysisProgress["first_cells"][number];
export type JobProgress = NonNullable<AnalysisProgress["progress"]>;
export type Summary = NonNullable<Analysis["summary"]>;
export type Finding = Summary["findings"][number];
export type Upload = Answer<"/api/uploads/{upload_id}", "get">;

export interface Wanted {
  search: string;
  status: CaseStatus | "";
  purpose: Purpose | "";
}

const inCase = (case_id: string) => ({ inPath: { case_id } });

export const worklist = (
  { search, status, purpose }: Wanted,
  limit: number,
  isUnattended: boolean,
) =>
  request("get", "/api/cases", {
    query: {
      search: search || undefined,
      status: status || undefined,
      purpose: purpose || undefined,
      limit,
    },
    isUnattended,
  });

export const addCase = (body: FactsRequest) => request("post", "/api/cases", { body });

export const readCase = (case_id: string) =>
  request("get", "/api/cases/{case_id}", inCase(case_id));

export const changeFacts = (case_id: string, version: number, facts: FactsRequest) =>
  request("put", "/api/cases/{case_id}/facts", { body: { version, facts }, ...inCase(case_id) });

export const deleteCase = (case_id: string, reason: string, password: string) =>
  request("delete", "/api/cases/{case_id}", { body: { reason, password }, ...inCase(case_id) });

export const beginUpload = (case_id: string, name: string, n_bytes: number) =>
  request("post", "/api/cases/{case_id}/uploads", { body: { name, n_bytes }, ...inCase(case_id) });

const ofUpload = (upload_id: string) => ({ inPath: { upload_id } });

export const readUpload = (upload_id: string) =>
  request("get", "/api/uploads/{upload_id}", ofUpload(upload_id));

export const sendPart = (
  upload_id: string,
  offset: number,
  bytes: ArrayBuffer,
  signal: AbortSignal,
) =>
  request("patch", "/api/uploads/{upload_id}", {
    ...ofUpload(upload_id),
    bytes,
    headers: { "Upload-Offset": String(offset) },
    signal,
  });

export const finishUpload = (upload_id: string) =>
  request("post", "/api/uploads/{upload_id}/finish", {
    ...ofUpload(upload_id),
  });

export const abandonUpload = (upload_id: string) =>
  request("delete", "/api/uploads/{upload_id}", ofUpload(upload_id));

export const addSlide = (case_id: string, name: string, kind: SlideKind, upload_ids: string[]) =>
  request("post", "/api/cases/{case_id}/slides", {
    body: { name, kind, upload_ids, scanner: "", stain: "" },
    ...inCase(case_id),
  });

export const removeSlide = (case_id: string, slide_id: string) =>
  request("delete", "/api/cases/{case_id}/slides/{slide_id}", { inPath: { case_id, slide_id } });

export const describeSlide = (case_id: string, slide_id: string, scanner: string, stain: string) =>
  request("put", "/api/cases/{case_id}/slides/{slide_id}/made-with", {
    body: { scanner, stain },
    inPath: { case_id, slide_id },
  });

export type LabelMeans = NonNullable<Slide["match"]>["means"];

export const matchSlide = (
  case_id: string,
  slide_id: string,
  body: { label: string; means: LabelMeans; reason: string },
) =>
  request("post", "/api/cases/{case_id}/slides/{slide_id}/match", {
    body,
    inPath: { case_id, slide_id },
  });

/** Where the browser itself gets the picture of a slide's label. */
export const labelAddress = (case_id: string, slide_id: string) =>
  `/api/cases/${encodeURIComponent(case_id)}/slides/${encodeURIComponent(slide_id)}/label`;

export const askAnalysis = (case_id: string, body: AnalysisOrder) =>
  request("post", "/api/cases/{case_id}/analyses", { body, ...inCase(case_id) });

const ofAnalysis = (case_id: string, analysis_id: string) => ({
  inPath: { case_id, analysis_id },
});

export const cancelAnalysis = (case_id: string, analysis_id: string) =>
  request(
    "post",
    "/api/cases/{case_id}/analyses/{analysis_id}/cancel",
    ofAnalysis(case_id, analysis_id),
  );

export const analysisProgress = (case_id: string, analysis_id: string) =>
  request("get", "/api/cases/{case_id}/analyses/{analysis_id}/progress", {
    ...ofAnalysis(case_id, analysis_id),
    isUnattended: true,
  });

const addressOf = (case_id: string, analysis_id: string) =>
  `/api/cases/${encodeURIComponent(case_id)}/analyses/${encodeURIComponent(analysis_id)}`;

/** Where the browser itself gets the report from, to show it in a frame. */
export const reportAddress = (case_id: string, analysis_id: string) =>
  `${addressOf(case_id, analysis_id)}/report`;

export const RESULT_FILES = ["analysis.json", "cells.parquet", "cells.geojson"] as const;

export const fileAddress = (
  case_id: string,
  analysis_id: string,
  name: (typeof RESULT_FILES)[number],
) => `${addressOf(case_id, analysis_id)}/files/${name}`;
