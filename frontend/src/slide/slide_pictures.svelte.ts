// The pictures of an analysis: reading the list, which one is open, what to do when a tile fails.
import { errorWords } from "../api/error_words";
import { pictureTrouble, readRegions, type Picture, type Region } from "../api/picture_calls";
import { readPictures, type Analysed } from "../api/review_calls";

/** A picture whose tiles keep failing, though the server says nothing is wrong with them. */
const MOST_RELOADS = 3;
const NO_TILES =
  "Parts of this picture did not arrive. The analysis and what was reviewed are safe. Try again.";

export class SlidePictures {
  all = $state.raw<readonly Picture[] | null>(null);
  regions = $state.raw<readonly Region[]>([]);
  open = $state.raw<Picture | null>(null);
  /** Why there is no list of pictures. */
  trouble = $state("");
  /** Why the open picture is not, or not wholly, there. */
  pictureTrouble = $state("");
  /** Goes up when the viewer is to ask for its tiles again. */
  nReloads = $state(0);

  #isAsking = false;
  #nFailures = 0;

  constructor(readonly of: Analysed) {}

  async load(): Promise<void> {
    try {
      const { pictures } = await readPictures(this.of);
      this.trouble = "";
      this.all = pictures;
      // The same picture, which may have got its scale since.
      const { open } = this;
      this.open = pictures.find((one) => one.number === open?.number) ?? pictures[0] ?? null;
    } catch (error) {
      this.trouble = errorWords(error);
    }
  }

  async loadRegions(): Promise<void> {
    try {
      this.regions = (await readRegions(this.of)).regions;
    } catch (error) {
      this.trouble = errorWords(error);
    }
  }

  show(picture: Picture): void {
    if (picture.number === this.open?.number) return;
    this.open = picture;
    this.pictureTrouble = "";
    this.#nFailures = 0;
  }

  step(by: 1 | -1): void {
    const { all, open } = this;
    if (all === null || open === null) return;
    const next = all[all.findIndex((one) => one.number === open.number) + by];
    if (next !== undefined) this.show(next);
  }

  tryAgain(): void {
    this.#nFailures = 0;
    this.pictureTrouble = "";
    this.nReloads += 1;
  }

  /**
   * A tile did not come. Images do not say why, so the server is asked: a session that was lost is
   * regained on the way, and the tiles are then asked for again.
   */
  async tileFailed(address: string): Promise<void> {
    if (this.#isAsking || this.pictureTrouble !== "") return;
    this.#isAsking = true;
    const { open } = this;
    try {
      await readPictures(this.of);
      const words = await pictureTrouble(address);
      if (open !== this.open) return;
      this.#nFailures += 1;
      if (words !== "") this.pictureTrouble = words;
      else if (this.#nFailures > MOST_RELOADS) this.pictureTrouble = NO_TILES;
      else this.nReloads += 1;
    } catch (error) {
      this.pictureTrouble = errorWords(error);
    } finally {
      this.#isAsking = false;
    }
  }
}
