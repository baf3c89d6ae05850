// What a reader has open on the slide page: a picture, what is drawn over it, where one looks.
import { analysisProgress } from "../api/case_calls";
import { errorWords } from "../api/error_words";
import type { Analysed } from "../api/review_calls";
import type { Place } from "../gallery/cell_columns";
import { printedKey } from "../gallery/class_keys";
import { choices } from "../gallery/gallery_choices.svelte";
import type { ReviewState } from "../gallery/review_state.svelte";
import { cellAt, cellsOn, classesAmong, looksOf, namesNow } from "./cell_marks";
import type { CellLayer } from "./cell_layer";
import { EVERYTHING, type Filter } from "./cell_filter";
import type { Box } from "./draw_chosen";
import { AS_IS, type Eye } from "./eye";
import { GridIndex } from "./grid_index";
import { Pointing } from "./pointing.svelte";
import { SlidePictures } from "./slide_pictures.svelte";
import { powerLimits, type Point, type View } from "./view";

const MISSED_CELL_UM = 14;
const CLICK_SLACK_PX = 6;
/** A click is at most this far from the middle of what it means, in pixels of the screen. */
const FARTHEST_PX = 400;

export class SlideWork {
  readonly pictures: SlidePictures;
  readonly pointing = new Pointing();

  /** How the picture lies in the viewer; null before one is open. */
  view = $state.raw<View | null>(null);
  filter = $state.raw<Filter>(EVERYTHING);
  eye = $state.raw<Eye>(AS_IS);
  areCellsShown = $state(true);
  areRegionsShown = $state(true);
  /** null before it is known. */
  isFinished = $state<boolean | null>(null);

  constructor(
    readonly of: Analysed,
    readonly review: ReviewState,
  ) {
    this.pictures = new SlidePictures(of);
  }

  columns = $derived.by(() => this.review.columns);
  picture = $derived.by(() => this.pictures.open);
  umPerPx = $derived.by(() => this.picture?.um_per_px ?? null);
  umPerScreenPx = $derived.by(() =>
    this.umPerPx === null || this.view === null ? null : this.umPerPx / this.view.scale,
  );
  limits = $derived.by(() => {
    const { picture, umPerPx, view } = this;
    return picture === null || umPerPx === null || view === null
      ? null
      : powerLimits(picture, umPerPx, view);
  });

  /** Index of the picture among the sources of the cells; null before they are there. */
  source = $derived.by(() => {
    const number = this.picture?.number;
    return [...this.review.pictureOf].find(([, one]) => one === number)?.[0] ?? null;
  });
  regions = $derived.by(() => this.pictures.regions.filter(({ source }) => source === this.source));
  mayAdd = $derived.by(
    () => this.review.mayReview && this.source !== null && this.umPerPx !== null,
  );

  /** Letter of each class: its key. */
  letters = $derived.by(
    () =>
      this.columns?.classes.map((one) =>
        printedKey(choices.layout, one.class_id).replace(" ", ""),
      ) ?? [],
  );
  #names = $derived.by(() => (this.columns === null ? null : namesNow(this.columns, this.review)));
  #looks = $derived.by(() =>
    this.columns === null || this.#names === null
      ? null
      : looksOf(this.columns, this.#names, this.filter),
  );
  #places = $derived.by(() =>
    this.columns === null || this.source === null
      ? new Uint32Array(0)
      : cellsOn(this.columns, this.source),
  );
  #index = $derived.by(() => {
    const { columns, picture } = this;
    if (columns === null || picture === null) return null;
    const { x, y } = columns;
    return new GridIndex(x, y, this.#places, picture.width_px, picture.height_px);
  });

  layer = $derived.by<CellLayer | null>(() => {
    const [columns, index, looks, names] = [this.columns, this.#index, this.#looks, this.#names];
    if (columns === null || index === null || looks === null || names === null) return null;
    return { columns, index, looks, lettering: { ...names, letters: this.letters } };
  });
  among = $derived.by(() =>
    this.columns === null || this.#names === null
      ? { classes: [], nUndecided: 0 }
      : classesAmong(this.columns, this.#names, this.#places),
  );
  nShown = $derived.by(() => {
    const looks = this.#looks;
    return looks === null ? 0 : this.#places.reduce((n, at) => (looks[at] === 0 ? n : n + 1), 0);
  });

  placeOf(cellId: string | null): Place | undefined {
    return cellId === null ? undefined : this.columns?.placeOf.get(cellId);
  }

  /** undefined where there is no such cell. */
  boxOf(place: Place | undefined): Box | undefined {
    const { columns } = this;
    if (columns === null || place === undefined) return undefined;
    const { x, y, w, h } = columns;
    return { x: x[place]!, y: y[place]!, w: w[place]!, h: h[place]! };
  }

  /** What the ring is drawn around: a missed cell, else the chosen one if it lies here. */
  ringAround(place: Place | undefined): Box | null {
    const { missedAt } = this.pointing;
    if (missedAt !== null && this.umPerPx !== null) {
      const side = MISSED_CELL_UM / this.umPerPx;
      return { ...missedAt, w: side, h: side };
    }
    const isHere = place !== undefined && this.columns?.source[place] === this.source;
    return isHere ? (this.boxOf(place) ?? null) : null;
  }

  /** Reads what there is; true once the analysis is finished and its cells are there. */
  async findOut(): Promise<void> {
    try {
      const { status } = await analysisProgress(this.of.caseId, this.of.analysisId);
      if (status === "finished") {
        if (this.review.columns === null) await this.review.load();
        await Promise.all([this.pictures.load(), this.pictures.loadRegions()]);
      } else if (this.pictures.all === null) await this.pictures.load();
      this.isFinished = status === "finished";
    } catch (error) {
      this.pictures.trouble = errorWords(error);
    }
  }

  /** Id of the cell under a point; null where there is none, or none is shown. */
  cellUnder(at: Point): string | null {
    const { layer, view } = this;
    if (layer === null || view === null || !this.areCellsShown) return null;
    const reach = FARTHEST_PX / view.scale;
    const near = layer.index.near(at, reach);
    const found = cellAt(layer.columns, layer.looks, near, at, CLICK_SLACK_PX / view.scale);
    return found === null ? null : (layer.columns.cellId[found] ?? null);
  }

  /** The middle of the viewer, in level-0 pixels. */
  get middle(): Point | null {
    const { view } = this;
    if (view === null) return null;
    return {
      x: (view.width / 2 - view.left) / view.scale,
      y: (view.height / 2 - view.top) / view.scale,
    };
  }

  /** A cell that the machine did not find; `pointing.missedAt` says where. */
  addMissed(classId: string): void {
    const { missedAt } = this.pointing;
    if (missedAt === null || this.source === null) return;
    this.review.queue.add({
      id: crypto.randomUUID(),
      kind: "add",
      source: this.source,
      x_px: missedAt.x,
      y_px: missedAt.y,
      class_id: classId,
    });
    const label = this.columns?.classes.find((one) => one.class_id === classId)?.label ?? classId;
    this.pointing.said = `Added: ${label}`;
    this.pointing.missedAt = null;
  }
}
