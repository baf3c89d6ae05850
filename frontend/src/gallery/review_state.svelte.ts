// The review of one analysis as this page knows it: what the server said, and on top of it what the
// reader did that is still on its way. Cells are columns; `tick` tells that some of them changed.
import {
  cellsOf,
  readCells,
  readPictures,
  readReview,
  reviewChanges,
  takeOverReview,
  sendActs,
  sendActsOnLeaving,
  type Act,
  type AddedCell,
  type Analysed,
  type Changes,
  type Count,
  type Named,
} from "../api/review_calls";
import { RefusedError, UnreachableError } from "../api/client";
import { errorWords } from "../api/error_words";
import { session } from "../session/session.svelte";
import { ActQueue } from "./act_queue.svelte";
import { columnsOf, withAdded, type CellColumns, type Place } from "./cell_columns";
import { labelOfClass } from "./class_labels";
import { ALL, groupOfClass, isListGroup, UNDECIDED, type CellList, type GroupKey } from "./groups";
import { KeptActs } from "./kept_acts";
import { actWords, meaningOf, refusalWords, type PendingMeaning } from "./pending_acts";

/** A person's mark on a cell. */
export interface Mark {
  initials: string;
  byName: string;
  isMine: boolean;
}

export class ReviewState {
  columns = $state.raw<CellColumns | null>(null);
  count = $state.raw<Count | null>(null);
  /** Whether the report is signed: then nobody changes the review. */
  isSigned = $state(false);
  #isAllowed = $state(false);
  mayReview = $derived(this.#isAllowed && !this.isSigned);
  whyNot = $state("");
  /** What undo and redo would do, as the server says it. */
  undo = $state.raw<string | null>(null);
  redo = $state.raw<string | null>(null);
  /** Number of each picture by its name; crops are asked by number. */
  pictureOf = $state.raw<ReadonlyMap<number, number>>(new Map());
  /** Goes up whenever a cell changed. */
  tick = $state(0);
  /** Cells that the last answer changed though this page did not ask for it, latest answer only. */
  changedByOthers = $state.raw<ReadonlySet<string>>(new Set());
  /** Cells that an undo or a redo of this reader changed just now. */
  takenBack = $state.raw<readonly string[]>([]);
  trouble = $state("");
  /** Something was refused; said until the reader has read it. */
  refusal = $state("");
  isSilent = $state(false);

  /** Galleries that are lists of cells, by their group. */
  lists = $state.raw<ReadonlyMap<GroupKey, CellList>>(new Map());
  /** Of the review, as the server counts it: goes up whenever somebody changed something. */
  version = $state(0);

  readonly queue: ActQueue;

  readonly #accountId = session.account?.account_id ?? "";
  #loading: Promise<void> | null = null;
  #named = new Map<string, Named>();
  #seen = new Set<string>();
  #auer = new Set<string>();
  #added: readonly AddedCell[] = [];
  #pending: PendingMeaning = meaningOf([]);
  /** What `refusal` says, one by one. */
  #refusals: readonly string[] = [];

  // By place: the class now, whether a person gave it, the gallery it is in.
  #classNow = new Int16Array(0);
  #isByPerson = new Uint8Array(0);
  #isSeen = new Uint8Array(0);
  #groupNow = new Int16Array(0);
  #groups: GroupKey[] = [];
  #groupAt = new Map<GroupKey, number>();
  #groupOfClassAt = new Int16Array(0);

  constructor(readonly of: Analysed) {
    this.queue = new ActQueue(
      {
        send: (acts) => this.#send(acts),
        accept: (changes, acts) => this.#accept(changes, acts),
        refused: (words, act) => this.#refused(words, act),
        changed: () => this.#pendingChanged(),
      },
      new KeptActs(this.#accountId, of.analysisId),
    );
  }

  /** Reads everything, once however often it is called; `trouble` says why that is not possible. */
  load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #load(): Promise<void> {
    try {
      const [cells, review, { pictures }] = await Promise.all([
        readCells(this.of),
        readReview(this.of),
        readPictures(this.of),
      ]);
      const columns = columnsOf(cells);
      this.pictureOf = new Map(
        columns.sources.flatMap((source, index) => {
          const picture = pictures.find(
            (one) => one.name === source.name && one.slide === source.slide,
          );
          return picture === undefined ? [] : [[index, picture.number]];
        }),
      );
      this.#nameGroups(columns);
      this.columns = columns;
      this.#takeWhole(review);
      this.trouble = "";
      this.queue.flush();
    } catch (error) {
      this.trouble = errorWords(error);
    }
  }

  /** Reads the review again where it was reopened or signed: one may then change more, or less. */
  async reread(): Promise<void> {
    if (this.columns === null) return;
    try {
      this.#takeWhole(await readReview(this.of));
    } catch (error) {
      this.trouble = errorWords(error);
    }
  }

  setList(group: GroupKey, list: CellList): void {
    this.lists = new Map(this.lists).set(group, list);
  }

  /** Asks what others changed. Called again and again while somebody looks. */
  async poll(): Promise<void> {
    if (this.columns === null || this.queue.isBusy) return;
    try {
      const changes = await reviewChanges(this.of, this.version);
      this.isSilent = false;
      this.#accept(changes, []);
    } catch (error) {
      this.isSilent = error instanceof UnreachableError;
      if (!this.isSilent) this.trouble = errorWords(error);
    }
  }

  // What the reader does.

  /** Takes over what they did with an earlier analysis. Throws what the request throws. */
  async takeOver(): Promise<void> {
    this.#accept(await takeOverReview(this.of, this.version), []);
    this.changedByOthers = new Set();
  }

  name(places: readonly Place[], classId: string): void {
    if (places.length === 0) return;
    this.#add({ id: newId(), kind: "name", cell_ids: this.#idsOf(places), class_id: classId });
  }

  see(place: Place): void {
    const cellId = this.columns?.cellId[place];
    if (!this.mayReview || cellId === undefined || this.isSeen(place)) return;
    this.queue.see(cellId);
  }

  /** Says that an Auer rod is there where one of them has none, else takes it back. */
  toggleAuer(places: readonly Place[]): void {
    if (places.length === 0) return;
    const is_set = places.some((place) => !this.hasAuer(place));
    this.#add({ id: newId(), kind: "tag", cell_ids: this.#idsOf(places), tag: "auer", is_set });
  }

  takeBack(): void {
    if (this.undo !== null || this.queue.pending.length > 0)
      this.#add({ id: newId(), kind: "undo" });
  }

  doAgain(): void {
    if (this.redo !== null || this.queue.pending.length > 0)
      this.#add({ id: newId(), kind: "redo" });
  }

  /** Before the page goes away; what does not get through is kept in this browser. */
  leave(): void {
    const csrfToken = session.answer?.csrf_token;
    const acts = this.queue.pending;
    if (acts.length > 0 && csrfToken && this.#isTheirSession) {
      sendActsOnLeaving(this.of, this.version, acts, csrfToken);
      this.queue.wasSentUnheard();
    }
  }

  // How a cell stands now. Whoever reads these reads `tick` with them.

  classOf(place: Place): number {
    void this.tick;
    return this.#classNow[place] ?? -1;
  }

  labelOf(place: Place): string {
    const now = this.columns?.classes[this.classOf(place)];
    return now === undefined ? "" : labelOfClass(now);
  }

  isByPerson(place: Place): boolean {
    void this.tick;
    return this.#isByPerson[place] === 1;
  }

  isSeen(place: Place): boolean {
    void this.tick;
    return this.#isSeen[place] === 1;
  }

  isOpen(place: Place): boolean {
    return this.groupOf(place) === UNDECIDED;
  }

  groupOf(place: Place): GroupKey {
    void this.tick;
    return this.#groups[this.#groupNow[place] ?? -1] ?? "";
  }

  hasAuer(place: Place): boolean {
    void this.tick;
    const cellId = this.columns?.cellId[place] ?? "";
    return this.#pending.auer.get(cellId) ?? this.#auer.has(cellId);
  }

  isAdded(place: Place): boolean {
    return this.columns !== null && place >= this.columns.nFound;
  }

  /** Who named a cell; null where that is the machine. */
  markOf(place: Place): Mark | null {
    void this.tick;
    const { columns } = this;
    const account = session.account;
    if (columns === null || account === null) return null;
    const cellId = columns.cellId[place] ?? "";
    if (this.#pending.named.has(cellId)) {
      return { initials: account.initials, byName: account.full_name, isMine: true };
    }
    const named =
      this.#named.get(cellId) ??
      (this.isAdded(place) ? this.#added[place - columns.nFound] : undefined);
    if (named === undefined) return null;
    const isMine = named.by_name === account.user_name || named.by_name === account.full_name;
    return { initials: named.initials || "–", byName: named.by_name, isMine };
  }

  /** Cells of a gallery, in the order of the columns. */
  placesIn(group: GroupKey): Place[] {
    void this.tick;
    const { columns } = this;
    if (columns === null) return [];
    if (isListGroup(group)) {
      const cellIds = this.lists.get(group)?.cellIds ?? [];
      return cellIds.flatMap((cellId) => columns.placeOf.get(cellId) ?? []);
    }
    const wanted = this.#groupAt.get(group) ?? -1;
    const places: Place[] = [];
    for (let place = 0; place < columns.n; place += 1) {
      const now = this.#groupNow[place] ?? -1;
      if (group === ALL ? now !== -1 : now === wanted && wanted !== -1) places.push(place);
    }
    return places;
  }

  // Within.

  /** Whether who did what is pending is who is signed in now. */
  get #isTheirSession(): boolean {
    return session.account?.account_id === this.#accountId;
  }

  async #send(acts: Act[]): Promise<Changes> {
    // Acts of one person are never sent as another's: they wait until that person is back.
    if (!this.#isTheirSession) throw new UnreachableError();
    try {
      return await sendActs(this.of, this.version, acts);
    } catch (error) {
      // A server that was put back to an earlier state has written nothing: it can be told anew.
      if (!(error instanceof RefusedError && error.code === "ahead")) throw error;
      this.#takeWhole(await readReview(this.of));
      return sendActs(this.of, this.version, acts);
    }
  }

  #idsOf(places: readonly Place[]): string[] {
    return places.map((place) => this.columns?.cellId[place] ?? "");
  }

  #add(act: Act): void {
    if (this.mayReview) this.queue.add(act);
  }

  #nameGroups(columns: CellColumns): void {
    const ofClass = columns.classes.map(groupOfClass);
    this.#groups = [...new Set([UNDECIDED, ...ofClass])];
    this.#groupAt = new Map(this.#groups.map((key, index) => [key, index]));
    this.#groupOfClassAt = Int16Array.from(ofClass, (key) => this.#groupAt.get(key) ?? -1);
  }

  #takeWhole(review: Awaited<ReturnType<typeof readReview>>): void {
    this.version = review.version;
    this.#named = new Map(Object.entries(review.named));
    this.#seen = new Set(review.seen);
    this.#auer = new Set(cellsWithAuer(review.tags));
    this.#isAllowed = review.may_review;
    this.whyNot = review.why_not;
    this.#takeHead(review);
    this.#takeAdded(review.added);
    this.#refreshAll();
  }

  #accept(changes: Changes, acts: readonly Act[]): void {
    // An answer that was overtaken by a newer one says nothing new.
    if (changes.version < this.version) return;
    this.version = changes.version;
    const cellIds = new Set([...Object.keys(changes.named), ...changes.seen]);
    for (const [cellId, named] of Object.entries(changes.named)) {
      if (named === null) this.#named.delete(cellId);
      else this.#named.set(cellId, named);
    }
    for (const cellId of changes.seen) this.#seen.add(cellId);
    for (const [cellId, tags] of Object.entries(changes.tags)) {
      cellIds.add(cellId);
      if (tags.includes("auer")) this.#auer.add(cellId);
      else this.#auer.delete(cellId);
    }
    this.#takeHead(changes);
    if (isOtherThan(changes.added, this.#added)) {
      this.#takeAdded(changes.added);
      this.#refreshAll();
    } else this.#refresh(cellIds);
    const isBack = acts.some((act) => act.kind === "undo" || act.kind === "redo");
    if (isBack) this.takenBack = [...cellIds];
    const mine = new Set(acts.flatMap(cellsOf));
    const others = Object.keys(changes.named).filter((cellId) => !mine.has(cellId));
    if (others.length > 0 && !isBack) this.changedByOthers = new Set(others);
  }

  async #refused(words: string, act: Act): Promise<void> {
    const what = actWords(act, this.columns?.classes ?? []);
    const said = what === "" ? words : `Not saved, ${what}: ${words}`;
    // Several may be refused one after the other; the same is said once.
    if (this.refusal === "") this.#refusals = [said];
    else if (!this.#refusals.includes(said)) this.#refusals = [...this.#refusals, said];
    this.refusal = refusalWords(this.#refusals);
    try {
      this.#takeWhole(await readReview(this.of));
    } catch (error) {
      this.trouble = errorWords(error);
    }
  }

  #takeHead({ count, undo, redo }: Pick<Changes, "count" | "undo" | "redo">): void {
    this.count = count;
    this.undo = undo;
    this.redo = redo;
  }

  #takeAdded(added: readonly AddedCell[]): void {
    this.#added = added;
    if (this.columns !== null) this.columns = withAdded(this.columns, added);
  }

  #pendingChanged(): void {
    const before = this.#pending;
    this.#pending = meaningOf(this.queue.pending);
    this.#refresh([
      ...before.seen,
      ...before.named.keys(),
      ...this.#pending.seen,
      ...this.#pending.named.keys(),
    ]);
  }

  #refresh(cellIds: Iterable<string>): void {
    const { columns } = this;
    if (columns === null) return;
    for (const cellId of cellIds) {
      const place = columns.placeOf.get(cellId);
      if (place !== undefined) this.#refreshOne(columns, place);
    }
    this.tick += 1;
  }

  #refreshAll(): void {
    const { columns } = this;
    if (columns === null) return;
    this.#classNow = new Int16Array(columns.n);
    this.#isByPerson = new Uint8Array(columns.n);
    this.#isSeen = new Uint8Array(columns.n);
    this.#groupNow = new Int16Array(columns.n);
    this.#pending = meaningOf(this.queue.pending);
    for (let place = 0; place < columns.n; place += 1) this.#refreshOne(columns, place);
    this.tick += 1;
  }

  #refreshOne(columns: CellColumns, place: Place): void {
    const cellId = columns.cellId[place] ?? "";
    const classId = this.#pending.named.get(cellId) ?? this.#named.get(cellId)?.class_id;
    const byPerson = classId !== undefined || place >= columns.nFound;
    const classNow =
      classId === undefined ? columns.classIndex[place] : columns.classAt.get(classId);
    this.#classNow[place] = classNow ?? -1;
    this.#isByPerson[place] = Number(byPerson);
    this.#isSeen[place] = Number(
      byPerson || this.#seen.has(cellId) || this.#pending.seen.has(cellId),
    );
    this.#groupNow[place] = this.#groupOfPlace(columns, place, classNow ?? -1, byPerson);
  }

  #groupOfPlace(columns: CellColumns, place: Place, classNow: number, byPerson: boolean): number {
    if (columns.inCount[place] !== 1) return -1;
    if (!byPerson && columns.isUndecided[place] === 1) return this.#groupAt.get(UNDECIDED) ?? -1;
    return this.#groupOfClassAt[classNow] ?? -1;
  }
}

/** Made here, so that an act that is sent twice is done once. */
const newId = () => crypto.randomUUID();

const cellsWithAuer = (tags: Changes["tags"]) =>
  Object.entries(tags)
    .filter(([, all]) => all.includes("auer"))
    .map(([cellId]) => cellId);

const isOtherThan = (one: readonly AddedCell[], other: readonly AddedCell[]) =>
  one.length !== other.length || one.some((cell, at) => cell.cell_id !== other[at]?.cell_id);
