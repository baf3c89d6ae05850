// What the page asks of the server about the pictures of an analysis and what lies on them.
import { request, UnreachableError, type Answer } from "./client";
import { asSentence } from "./error_words";
import type { Analysed, PicturesAnswer } from "./review_calls";

export type Picture = PicturesAnswer["pictures"][number];
export type Region = Answer<
  "/api/cases/{case_id}/analyses/{analysis_id}/regions",
  "get"
>["regions"][number];

export const readRegions = ({ caseId, analysisId }: Analysed) =>
  request("get", "/api/cases/{case_id}/analyses/{analysis_id}/regions", {
    inPath: { case_id: caseId, analysis_id: analysisId },
  });

/** Where the browser itself gets a tile from. */
export const tileAddress = (
  { caseId, analysisId }: Analysed,
  picture: number,
  level: number,
  column: number,
  row: number,
) =>
  `/api/cases/${encodeURIComponent(caseId)}/analyses/${encodeURIComponent(analysisId)}` +
  `/pictures/${picture}/tiles/${level}/${column}/${row}`;

/** The whole picture in one tile, at most `mostPx` a side; `mostPx` is at most tile_px. */
export function wholeAddress(of: Analysed, picture: Picture, mostPx: number): string {
  const longest = Math.max(picture.width_px, picture.height_px);
  const nHalvings = Math.max(0, Math.ceil(Math.log2(longest / mostPx)));
  return tileAddress(of, picture.number, Math.max(0, picture.n_levels - 1 - nHalvings), 0, 0);
}

/** Why there is no picture at an address, as a sentence; "" where there is one after all. */
export async function pictureTrouble(address: string): Promise<string> {
  let answer: Response;
  try {
    answer = await fetch(address, { credentials: "same-origin", redirect: "error" });
  } catch {
    throw new UnreachableError();
  }
  if (answer.ok) return "";
  const body: unknown = await answer.json().catch(() => null);
  const message = (body as { error?: { message?: string } } | null)?.error?.message;
  return message ? asSentence(message) : `The server answers ${answer.status}.`;
}
