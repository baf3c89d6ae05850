// What the page asks of the server about the cells of an analysis and their review.
import { request, type Answer, type Body } from "./client";

export type Cells = Answer<"/api/cases/{case_id}/analyses/{analysis_id}/cells", "get">;
export type CellClass = Cells["classes"][number];
export type CellFacts = Answer<
  "/api/cases/{case_id}/analyses/{analysis_id}/cells/{cell_id}",
  "get"
>;
export type Review = Answer<"/api/cases/{case_id}/analyses/{analysis_id}/review", "get">;
export type Named = Review["named"][string];
export type AddedCell = Review["added"][number];
export type Count = Review["count"];
export type CategoryCount = Count["categories"][number];
export type Changes = Answer<"/api/cases/{case_id}/analyses/{analysis_id}/review/changes", "get">;
export type Act = Body<
  "/api/cases/{case_id}/analyses/{analysis_id}/review",
  "post"
>["acts"][number];
/** Cells that an act is about; none for one that adds a cell or takes something back. */
export const cellsOf = (act: Act): readonly string[] => ("cell_ids" in act ? act.cell_ids : []);
export type PicturesAnswer = Answer<"/api/cases/{case_id}/analyses/{analysis_id}/pictures", "get">;

/** Which analysis of which case. */
export interface Analysed {
  caseId: string;
  analysisId: string;
}

const inPath = ({ caseId, analysisId }: Analysed) => ({
  inPath: { case_id: caseId, analysis_id: analysisId },
});

export const readCells = (of: Analysed) =>
  request("get", "/api/cases/{case_id}/analyses/{analysis_id}/cells", inPath(of));

export const readCell = (of: Analysed, cell_id: string, signal: AbortSignal) =>
  request("get", "/api/cases/{case_id}/analyses/{analysis_id}/cells/{cell_id}", {
    inPath: { ...inPath(of).inPath, cell_id },
    signal,
  });

export const readReview = (of: Analysed) =>
  request("get", "/api/cases/{case_id}/analyses/{analysis_id}/review", inPath(of));

export const reviewChanges = (of: Analysed, since: number) =>
  request("get", "/api/cases/{case_id}/analyses/{analysis_id}/review/changes", {
    ...inPath(of),
    query: { since },
    isUnattended: true,
  });

export const sendActs = (of: Analysed, since: number, acts: Act[]) =>
  request("post", "/api/cases/{case_id}/analyses/{analysis_id}/review", {
    ...inPath(of),
    body: { since, acts },
  });

export type EarlierReview = Answer<
  "/api/cases/{case_id}/analyses/{analysis_id}/review/earlier",
  "get"
>;

export const readEarlierReview = (of: Analysed) =>
  request("get", "/api/cases/{case_id}/analyses/{analysis_id}/review/earlier", inPath(of));

/** Says of the same cells what one said in an earlier analysis. */
export const takeOverReview = (of: Analysed, since: number) =>
  request("post", "/api/cases/{case_id}/analyses/{analysis_id}/review/earlier", {
    ...inPath(of),
    body: { since },
  });

export const readPictures = (of: Analysed) =>
  request("get", "/api/cases/{case_id}/analyses/{analysis_id}/pictures", inPath(of));

const addressOf = ({ caseId, analysisId }: Analysed) =>
  `/api/cases/${encodeURIComponent(caseId)}/analyses/${encodeURIComponent(analysisId)}`;

/** Sends acts while the page goes away; nobody is there for the answer. */
export function sendActsOnLeaving(
  of: Analysed,
  since: number,
  acts: readonly Act[],
  csrfToken: string,
): void {
  const sent = fetch(`${addressOf(of)}/review`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken },
    body: JSON.stringify({ since, acts }),
    credentials: "same-origin",
    keepalive: true,
  });
  // What does not arrive is still kept in this browser, and is sent when the page is open again.
  sent.catch(() => undefined);
}

/** A square of a picture around a centre, in its level-0 pixels, drawn px pixels wide. */
export interface Square {
  picture: number;
  x: number;
  y: number;
  side: number;
}

/** Squares side by side in one picture, each of px pixels a side. */
export function cropsAddress(of: Analysed, squares: readonly Square[], px: number): string {
  const query = new URLSearchParams(
    squares.map(({ picture, x, y, side }) => [
      "at",
      [picture, x.toFixed(1), y.toFixed(1), side.toFixed(1)].join(","),
    ]),
  );
  query.set("px", String(px));
  return `${addressOf(of)}/pictures/crops?${query}`;
}

/** What one crops' answer can hold. */
export const MOST_SQUARES = 32;

export function cropAddress(
  of: Analysed,
  picture: number,
  { x, y, side, px }: { x: number; y: number; side: number; px: number },
): string {
  const query = new URLSearchParams({
    x: x.toFixed(1),
    y: y.toFixed(1),
    side: side.toFixed(1),
    px: String(Math.min(1024, Math.max(16, Math.round(px)))),
  });
  return `${addressOf(of)}/pictures/${picture}/crop?${query}`;
}
