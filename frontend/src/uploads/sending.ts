// Sends one file in parts. It may be called again for the same file: it goes on where it was.
import { beginUpload, finishUpload, readUpload, sendPart, type Upload } from "../api/case_calls";
import { RefusedError } from "../api/client";
import type { SlidePart } from "./picked_slides";
import { markOf, remember, rememberedUpload } from "./remembered";

const SMALLEST = 256 * 1024;
const LARGEST = 16 * 1024 * 1024;
/** A part takes about as long, so that what is done is seen and a pause comes soon. */
const SECONDS_A_PART = 1.5;

/** The file on this computer can no longer be read: moved, changed or unplugged. */
export class FileGoneError extends Error {}

export interface Sending {
  caseId: string;
  part: SlidePart;
  /** Uploads that were begun before, by the name of the part; this one is added. */
  begun: Map<string, string>;
  signal: AbortSignal;
  /** Bytes of this file that are there. */
  onSent: (nBytes: number) => void;
}

/** Gives the id of the finished upload. */
export async function sendFile({ caseId, part, begun, signal, onSent }: Sending): Promise<string> {
  const upload = await uploadFor(caseId, part, begun);
  const { upload_id } = upload;
  const { file } = part;
  let { offset } = upload;
  let size = SMALLEST * 4;
  onSent(offset);
  while (offset < file.size) {
    signal.throwIfAborted();
    const bytes = await bytesOf(file.slice(offset, offset + size));
    const beganMs = performance.now();
    offset = await offsetAfter(upload_id, offset, bytes, signal);
    onSent(offset);
    size = nextSize(size, (performance.now() - beganMs) / 1000);
  }
  await finishUpload(upload_id);
  return upload_id;
}

async function uploadFor(
  caseId: string,
  { name, file }: SlidePart,
  begun: Map<string, string>,
): Promise<Upload> {
  const mark = await markOf(caseId, name, file);
  const known = await uploadThatIs(begun.get(name) ?? rememberedUpload(mark));
  const isThis = known?.case_id === caseId && known.n_bytes === file.size;
  const upload = known !== null && isThis ? known : await beginUpload(caseId, name, file.size);
  begun.set(name, upload.upload_id);
  remember(mark, upload.upload_id);
  return upload;
}

/** null where it was swept away since, or made into a slide. */
async function uploadThatIs(uploadId: string | undefined): Promise<Upload | null> {
  if (uploadId === undefined) return null;
  try {
    return await readUpload(uploadId);
  } catch (error) {
    if (error instanceof RefusedError && error.status === 404) return null;
    throw error;
  }
}

async function bytesOf(blob: Blob): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch {
    throw new FileGoneError();
  }
}

async function offsetAfter(
  uploadId: string,
  offset: number,
  bytes: ArrayBuffer,
  signal: AbortSignal,
): Promise<number> {
  try {
    return (await sendPart(uploadId, offset, bytes, signal)).offset;
  } catch (error) {
    // A part that came whose answer was lost: the server says where to go on.
    const right = error instanceof RefusedError ? error.headers.get("Upload-Offset") : null;
    if (right === null || Number(right) === offset) throw error;
    return Number(right);
  }
}

function nextSize(size: number, seconds: number): number {
  const wanted = (size * SECONDS_A_PART) / Math.max(seconds, 0.01);
  return Math.round(Math.min(Math.max(wanted, size / 4, SMALLEST), size * 4, LARGEST));
}
