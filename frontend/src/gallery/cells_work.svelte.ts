// What a reader has open of a case's cells: one gallery or two, and what acts on them. It outlives
// a look at the slide, so that the reader comes back to the same cell.
import type { Analysed } from "../api/review_calls";
import type { Place } from "./cell_columns";
import { labelOfClass } from "./class_labels";
import { ALL, UNDECIDED, type GroupKey, type Sort } from "./groups";
import { PaneState } from "./pane_state.svelte";
import { ReviewState } from "./review_state.svelte";

export class CellsWork {
  readonly review: ReviewState;
  readonly panes: readonly [PaneState, PaneState];
  isComparing = $state(false);
  /** Which of the two galleries the keys act on. */
  active = $state<0 | 1>(0);
  /** Whether the machine's names and probabilities are hidden. */
  isBlind = $state(false);
  /** What happened last, for who cannot see it. */
  said = $state("");

  /** Galleries in reading order, as the list of classes shows them. */
  #groups: readonly GroupKey[] = [];
  #beforeBlind: { group: GroupKey; sort: Sort } | null = null;

  constructor(of: Analysed) {
    this.review = new ReviewState(of);
    this.panes = [new PaneState(this.review), new PaneState(this.review)];
  }

  get pane(): PaneState {
    return this.panes[this.active];
  }

  get analysisId(): string {
    return this.review.of.analysisId;
  }

  /** Reads the cells and opens the gallery that is to be looked at first. */
  async load(): Promise<void> {
    if (this.review.columns === null) await this.review.load();
    if (this.review.columns === null || this.pane.group !== "") return;
    const first = this.review.placesIn(UNDECIDED).length > 0 ? UNDECIDED : "blasts";
    this.panes[0].open(first, "abnormal");
  }

  setGroups(groups: readonly GroupKey[]): void {
    this.#groups = groups;
  }

  open(group: GroupKey): void {
    if (this.isBlind) return;
    this.pane.open(group);
  }

  /** Some cells as a gallery of their own, also for who reads blind: they are only cells. */
  openList(group: GroupKey, title: string, cellIds: readonly string[]): void {
    this.review.setList(group, { title, cellIds });
    this.pane.open(group, "position");
  }

  /** One gallery further or back in the list of classes. */
  step(by: 1 | -1): void {
    const at = this.#groups.indexOf(this.pane.group);
    const group = this.#groups[at + by];
    if (group !== undefined) this.open(group);
  }

  /** Goes to a cell, in its own gallery if it is in none that is open. */
  show(cellId: string): void {
    const place = this.review.columns?.placeOf.get(cellId);
    if (place === undefined) return;
    const index = this.pane.indexOf(place);
    if (index !== -1) this.pane.moveTo(index);
    else if (this.review.groupOf(place) !== "") {
      this.pane.open(this.isBlind ? ALL : this.review.groupOf(place), this.pane.sort, place);
    }
  }

  /** Goes to the first of these cells that is in the gallery, if any is. */
  lookAgain(cellIds: readonly string[]): void {
    const indices = cellIds
      .map((cellId) => this.pane.indexOf(this.review.columns?.placeOf.get(cellId) ?? -1))
      .filter((index) => index !== -1);
    if (indices.length > 0) this.pane.moveTo(Math.min(...indices));
  }

  toggleCompare(): void {
    if (this.isBlind) return;
    this.isComparing = !this.isComparing;
    this.active = 0;
    if (!this.isComparing) return;
    const other = this.#likelyOther();
    if (other !== undefined) this.panes[1].open(other, this.pane.sort);
  }

  setBlind(isBlind: boolean): void {
    if (isBlind === this.isBlind) return;
    this.isBlind = isBlind;
    this.isComparing = false;
    this.active = 0;
    const { pane } = this;
    if (isBlind) {
      this.#beforeBlind = { group: pane.group, sort: pane.sort };
      pane.open(ALL, "position", pane.currentPlace);
    } else {
      const { group, sort } = this.#beforeBlind ?? { group: "blasts", sort: "abnormal" };
      pane.open(group, sort);
    }
  }

  /** Gives what is selected a class, and goes on to the next cell. */
  name(classId: string, places: readonly Place[] = this.pane.selectedPlaces): void {
    if (places.length === 0) return;
    if (!this.review.mayReview) {
      this.said = this.review.whyNot;
      return;
    }
    this.review.name(places, classId);
    const given = this.review.columns?.classes[this.#classAt(classId)];
    const label = given === undefined ? classId : labelOfClass(given);
    this.said = `${places.length === 1 ? "1 cell" : `${places.length} cells`}: ${label}`;
    this.pane.next();
  }

  tagAuer(): void {
    const places = this.pane.selectedPlaces;
    if (places.length === 0 || !this.review.mayReview) return;
    this.review.toggleAuer(places);
    this.said = this.review.hasAuer(places[0] ?? -1) ? "Auer rod noted" : "Auer rod taken back";
  }

  seenAndNext(): void {
    for (const place of this.pane.selectedPlaces) this.review.see(place);
    this.pane.next();
  }

  /** Also in the galleries after this one, and then in those before it. */
  nextUnseen(): void {
    this.said = "";
    if (this.pane.nextUnseen()) return;
    const at = this.#groups.indexOf(this.pane.group);
    const after = [...this.#groups.slice(at + 1), ...this.#groups.slice(0, Math.max(0, at))];
    const group = (this.isBlind ? [] : after).find((one) =>
      this.review.placesIn(one).some((place) => !this.review.isSeen(place)),
    );
    if (group === undefined) {
      this.said = "Every cell of the count was seen.";
      return;
    }
    this.pane.open(group);
    const place = this.pane.currentPlace;
    if (place !== null && this.review.isSeen(place)) this.pane.nextUnseen();
  }

  #classAt(classId: string): number {
    return this.review.columns?.classAt.get(classId) ?? -1;
  }

  /** The gallery after this one that has cells: mostly the neighbour in maturation. */
  #likelyOther(): GroupKey | undefined {
    const at = this.#groups.indexOf(this.pane.group);
    const others = [...this.#groups.slice(at + 1), ...this.#groups.slice(0, Math.max(0, at))];
    return others.find((one) => this.review.placesIn(one).length > 0);
  }
}
