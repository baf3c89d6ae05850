// One gallery as it is shown: its cells in an order that stays, the current cell, the selection.
import type { Place } from "./cell_columns";
import { ALL, isListGroup, sorted, type GroupKey, type Sort } from "./groups";
import type { ReviewState } from "./review_state.svelte";

export class PaneState {
  group = $state<GroupKey>("");
  sort = $state<Sort>("abnormal");
  /** Cells in the order in which they were when the gallery was opened; newcomers at the end. */
  order = $state.raw<Int32Array>(new Int32Array(0));
  /** Index into `order` of the current cell; -1 where there is none. */
  current = $state(-1);
  selected = $state.raw<ReadonlySet<Place>>(new Set());

  #anchor = 0;
  #indexOf = new Map<Place, number>();

  constructor(private readonly review: ReviewState) {}

  get currentPlace(): Place | null {
    return this.order[this.current] ?? null;
  }

  /** In the order of the gallery, so that an act names them as they are seen. */
  get selectedPlaces(): Place[] {
    return [...this.selected].sort((a, b) => this.indexOf(a) - this.indexOf(b));
  }

  indexOf(place: Place): number {
    return this.#indexOf.get(place) ?? -1;
  }

  /** Whether a cell that is shown here has left: another class was given to it. */
  isGone(place: Place): boolean {
    if (this.group === ALL || isListGroup(this.group)) return false;
    return this.review.groupOf(place) !== this.group;
  }

  open(group: GroupKey, sort: Sort = this.sort, at: Place | null = null): void {
    const { columns } = this.review;
    if (columns === null) return;
    this.group = group;
    this.sort = sort;
    this.#setOrder(sorted(columns, this.review.placesIn(group), sort));
    const index = at === null ? 0 : Math.max(0, this.indexOf(at));
    this.moveTo(this.order.length > 0 ? index : -1);
  }

  /** Cells that came into this class since, at the end: nothing that is shown moves. */
  takeNewcomers(): void {
    const newcomers = this.review.placesIn(this.group).filter((place) => !this.#indexOf.has(place));
    if (newcomers.length === 0) return;
    this.#setOrder(Int32Array.from([...this.order, ...newcomers]));
    if (this.current === -1) this.moveTo(0);
  }

  moveTo(index: number): void {
    this.current = Math.min(Math.max(index, this.order.length > 0 ? 0 : -1), this.order.length - 1);
    this.#anchor = Math.max(0, this.current);
    const place = this.currentPlace;
    this.selected = new Set(place === null ? [] : [place]);
  }

  /** From the cell where the selection began to this one. */
  extendTo(index: number): void {
    this.current = Math.min(Math.max(index, 0), this.order.length - 1);
    const [from, to] = [Math.min(this.#anchor, this.current), Math.max(this.#anchor, this.current)];
    this.selected = new Set(this.order.subarray(from, to + 1));
  }

  toggle(index: number): void {
    const place = this.order[index];
    if (place === undefined) return;
    const selected = new Set(this.selected);
    if (selected.has(place) && selected.size > 1) selected.delete(place);
    else selected.add(place);
    this.selected = selected;
    this.current = index;
    this.#anchor = index;
  }

  selectAll(): void {
    this.selected = new Set(this.order.filter((place) => !this.isGone(place)));
  }

  /** What a rubber band touches, beside what was selected before where that is kept. */
  selectBand(indices: readonly number[], kept: ReadonlySet<Place>): void {
    const places = indices.flatMap((index) => this.order[index] ?? []);
    this.selected = new Set([...kept, ...places]);
    const last = indices.at(-1);
    if (last !== undefined) {
      this.current = last;
      this.#anchor = indices[0] ?? last;
    }
  }

  collapse(): void {
    this.moveTo(this.current);
  }

  /** The next cell, after the last one selected, that still is in this gallery; stays at the end. */
  next(): void {
    const last = Math.max(
      this.current,
      ...this.selectedPlaces.slice(-1).map((p) => this.indexOf(p)),
    );
    const index = this.#find(last + 1, (place) => !this.isGone(place));
    this.moveTo(index === -1 ? last : index);
  }

  /** The next cell that nobody saw, from here to the end and then from the beginning. */
  nextUnseen(): boolean {
    const isUnseen = (place: Place) => !this.review.isSeen(place) && !this.isGone(place);
    let index = this.#find(this.current + 1, isUnseen);
    if (index === -1) index = this.#find(0, isUnseen);
    if (index === -1) return false;
    this.moveTo(index);
    return true;
  }

  #find(from: number, isWanted: (place: Place) => boolean): number {
    for (let index = from; index < this.order.length; index += 1) {
      if (isWanted(this.order[index] ?? -1)) return index;
    }
    return -1;
  }

  #setOrder(order: Int32Array): void {
    this.order = order;
    this.#indexOf = new Map();
    order.forEach((place, index) => this.#indexOf.set(place, index));
  }
}
