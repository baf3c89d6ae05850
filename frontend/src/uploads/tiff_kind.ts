// Whether a TIFF file is a whole slide or one picture of a camera, told from its first directory.

const TILE_WIDTH = 322;
const SUB_DIRECTORIES = 330;
const MOST_ENTRIES = 4096;

/**
 * True for a tiled TIFF and one with levels in it. False for what cannot be read: the server looks
 * again, and says what is wrong.
 */
export async function isTiledTiff(file: File): Promise<boolean> {
  try {
    const head = await viewOf(file, 0, 16);
    const isLittle = head.getUint16(0) === 0x4949;
    const magic = head.getUint16(2, isLittle);
    if (magic !== 42 && magic !== 43) return false;
    const isBig = magic === 43;
    const start = isBig ? Number(head.getBigUint64(8, isLittle)) : head.getUint32(4, isLittle);
    const countBytes = isBig ? 8 : 2;
    const count = await viewOf(file, start, countBytes);
    const n = isBig ? Number(count.getBigUint64(0, isLittle)) : count.getUint16(0, isLittle);
    const entryBytes = isBig ? 20 : 12;
    if (n > MOST_ENTRIES) return false;
    const entries = await viewOf(file, start + countBytes, n * entryBytes);
    for (let at = 0; at + entryBytes <= entries.byteLength; at += entryBytes) {
      const tag = entries.getUint16(at, isLittle);
      if (tag === TILE_WIDTH || tag === SUB_DIRECTORIES) return true;
    }
    return false;
  } catch {
    return false;
  }
}

/** DICOM files often have no extension; they say so after 128 bytes. */
export async function isDicom(file: File): Promise<boolean> {
  try {
    return (await file.slice(128, 132).text()) === "DICM";
  } catch {
    return false;
  }
}

async function viewOf(file: File, start: number, nBytes: number): Promise<DataView> {
  return new DataView(await file.slice(start, start + nBytes).arrayBuffer());
}
