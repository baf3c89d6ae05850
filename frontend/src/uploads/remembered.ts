// Which upload a file belongs to that was interrupted, so that choosing it again goes on with it.
// Kept in this browser under a digest: names of files may tell who a patient is.

const STORED = "marrowscope.uploads";
const MOST = 500;

/** "" where this browser cannot make a digest; nothing is remembered then. */
export async function markOf(caseId: string, name: string, file: File): Promise<string> {
  if (!globalThis.crypto?.subtle) return "";
  const text = JSON.stringify([caseId, name, file.size, file.lastModified]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function rememberedUpload(mark: string): string | undefined {
  return read().find((one) => one.mark === mark)?.uploadId;
}

export function remember(mark: string, uploadId: string): void {
  if (mark) write([...read().filter((one) => one.mark !== mark), { mark, uploadId }]);
}

export function forget(uploadIds: readonly string[]): void {
  write(read().filter((one) => !uploadIds.includes(one.uploadId)));
}

interface Remembered {
  mark: string;
  uploadId: string;
}

function read(): Remembered[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    return Array.isArray(stored) ? (stored as Remembered[]) : [];
  } catch {
    return [];
  }
}

function write(all: readonly Remembered[]): void {
  try {
    localStorage.setItem(STORED, JSON.stringify(all.slice(-MOST)));
  } catch {
    // A browser that keeps nothing: an interrupted upload begins anew.
  }
}
