// Sorts chosen files into slides: a file or a set of files that a scanner wrote, or camera fields.
import type { SlideKind } from "../api/case_calls";
import type { PickedFile } from "./picked_files";
import { isDicom, isTiledTiff } from "./tiff_kind";

/** name: as the server shall call the file, below the slide's folder. */
export interface SlidePart {
  name: string;
  file: File;
}

export interface PickedSlide {
  name: string;
  kind: SlideKind;
  parts: readonly SlidePart[];
  nBytes: number;
}

export interface Picked {
  slides: readonly PickedSlide[];
  /** Names of files that are neither slides nor pictures. */
  leftOut: readonly string[];
}

export const NOTHING_PICKED: Picked = { slides: [], leftOut: [] };

const FIELDS = new Set(["jpg", "jpeg", "png", "webp"]);
const TIFFS = new Set(["tif", "tiff"]);
const ONE_FILE = new Set(["svs", "ndpi", "scn", "bif", "svslide", "czi"]);
/** An index beside the files that it names. */
const INDEXES = new Set(["vms", "vmu"]);
/** Notes, results and what operating systems leave behind; the server passes them over too. */
const NOTES = new Set("txt csv tsv json geojson xml md db log html parquet".split(" "));
const LEFT_BEHIND = new Set(["desktop.ini", "dicomdir"]);

const IN_ORDER = new Intl.Collator("en", { numeric: true });

interface Placed extends PickedFile {
  folder: string;
  base: string;
  extension: string;
}

export async function slidesOf(picked: readonly PickedFile[]): Promise<Picked> {
  const files = picked
    .map(placed)
    .filter((one) => !one.path.split("/").some((name) => name.startsWith(".")))
    .toSorted((one, other) => IN_ORDER.compare(one.path, other.path));
  const slides: PickedSlide[] = [];
  let rest = files;
  const take = (name: string, kind: SlideKind, taken: readonly Placed[], below = "") => {
    const gone = new Set(taken);
    rest = rest.filter((one) => !gone.has(one));
    slides.push(slide(name, kind, taken, below));
  };

  for (const index of files.filter((one) => one.extension === "mrxs")) {
    const below = index.path.slice(0, -".mrxs".length);
    const parts = rest.filter((one) => one.path.startsWith(`${below}/`));
    take(index.base, "file", [index, ...parts], index.folder);
  }
  for (const index of files.filter((one) => INDEXES.has(one.extension))) {
    if (!rest.includes(index)) continue;
    const beside = rest.filter((one) => one.folder === index.folder && one !== index);
    take(index.base, "file", [index, ...beside]);
  }
  const dicom = await passing(rest, async (one) => one.extension === "dcm" || isUnnamed(one));
  for (const [folder, series] of byFolder(dicom)) take(folderName(folder, series), "file", series);

  const whole = await passing(
    rest,
    async ({ extension, file, path }) =>
      ONE_FILE.has(extension) ||
      (TIFFS.has(extension) && (/\.ome\.tiff?$/i.test(path) || (await isTiledTiff(file)))),
  );
  for (const one of whole) take(one.base, "file", [one]);

  const fields = rest.filter((one) => FIELDS.has(one.extension) || TIFFS.has(one.extension));
  for (const [folder, them] of byFolder(fields)) take(folderName(folder, them), "fields", them);
  return { slides, leftOut: rest.filter((one) => !isNote(one)).map((one) => one.path) };
}

function placed({ path, file }: PickedFile): Placed {
  const cut = path.lastIndexOf("/");
  const base = path.slice(cut + 1);
  const dot = base.lastIndexOf(".");
  const extension = dot > 0 ? base.slice(dot + 1).toLowerCase() : "";
  return { path, file, folder: cut < 0 ? "" : path.slice(0, cut), base, extension };
}

function isNote({ base, extension }: Placed): boolean {
  return NOTES.has(extension) || LEFT_BEHIND.has(base.toLowerCase());
}

async function isUnnamed(one: Placed): Promise<boolean> {
  return one.extension === "" || /^[\d.]+$/.test(one.base) ? isDicom(one.file) : false;
}

async function passing(
  files: readonly Placed[],
  isWanted: (one: Placed) => Promise<boolean>,
): Promise<Placed[]> {
  const found: Placed[] = [];
  for (const one of files) if (await isWanted(one)) found.push(one);
  return found;
}

function byFolder(files: readonly Placed[]): Map<string, Placed[]> {
  const groups = new Map<string, Placed[]>();
  for (const one of files) groups.set(one.folder, [...(groups.get(one.folder) ?? []), one]);
  return groups;
}

function folderName(folder: string, files: readonly Placed[]): string {
  if (folder) return folder.slice(folder.lastIndexOf("/") + 1);
  const [first] = files;
  return files.length > 1 ? `${files.length} files from ${first?.base}` : (first?.base ?? "");
}

/** below: the folder that names of parts begin after, for slides that need their own folders. */
function slide(
  name: string,
  kind: SlideKind,
  files: readonly Placed[],
  below: string,
): PickedSlide {
  const isNested = files.some((one) => one.folder !== files[0]?.folder);
  const start = below === "" ? 0 : below.length + 1;
  return {
    name: name.slice(0, 128),
    kind,
    parts: files.map((one) => ({
      name: isNested ? one.path.slice(start) : one.base,
      file: one.file,
    })),
    nBytes: files.reduce((sum, one) => sum + one.file.size, 0),
  };
}
