// The viewer of tiles: opens a picture, moves over it, and says how it lies on the screen.
import type OpenSeadragon from "openseadragon";

import { tileAddress, type Picture } from "../api/picture_calls";
import type { Analysed } from "../api/review_calls";
import { LEAST_OF_WHOLE, MOST_ENLARGED, type Point, type View } from "./view";

const MOST_TILES_AT_ONCE = 6;
const MOST_TILES_KEPT = 600;

export interface ViewerEvents {
  /** The picture was drawn anew, perhaps elsewhere on the screen. */
  ondrawn: () => void;
  onopened: () => void;
  /** A click or tap: where, in CSS pixels of the viewer. */
  onclick: (at: Point) => void;
  ontilefailed: (address: string) => void;
}

export class SlideViewer {
  readonly #lib: typeof OpenSeadragon;
  readonly #viewer: OpenSeadragon.Viewer;
  #picture: Picture | null = null;

  private constructor(lib: typeof OpenSeadragon, element: HTMLElement, events: ViewerEvents) {
    this.#lib = lib;
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const gestures = { clickToZoom: false, dblClickToZoom: false, flickEnabled: !isStill };
    this.#viewer = lib({
      element,
      drawer: "canvas",
      prefixUrl: "",
      tabIndex: -1,
      showNavigationControl: false,
      keyboardNavEnabled: false,
      animationTime: isStill ? 0 : 0.25,
      springStiffness: 8,
      blendTime: 0,
      immediateRender: true,
      // A pixel of the screen stays as many µm as it was.
      preserveImageSizeOnResize: true,
      visibilityRatio: 0.15,
      minZoomImageRatio: LEAST_OF_WHOLE,
      maxZoomPixelRatio: MOST_ENLARGED,
      zoomPerScroll: 1.25,
      imageLoaderLimit: MOST_TILES_AT_ONCE,
      maxImageCacheCount: MOST_TILES_KEPT,
      gestureSettingsMouse: gestures,
      gestureSettingsTouch: gestures,
      gestureSettingsPen: gestures,
      crossOriginPolicy: false,
    });
    this.#viewer.addHandler("update-viewport", events.ondrawn);
    this.#viewer.addHandler("open", events.onopened);
    this.#viewer.addHandler("canvas-click", ({ quick, position }) => {
      if (quick) events.onclick({ x: position.x, y: position.y });
    });
    this.#viewer.addHandler("tile-load-failed", ({ tile }) => events.ontilefailed(tile.getUrl()));
  }

  /** The library is fetched when a slide is first looked at, not with the page. */
  static async make(element: HTMLElement, events: ViewerEvents): Promise<SlideViewer> {
    const { default: lib } = await import("openseadragon");
    keepStyleOut();
    return new SlideViewer(lib, element, events);
  }

  open(of: Analysed, picture: Picture): void {
    this.#picture = picture;
    const source: object = {
      width: picture.width_px,
      height: picture.height_px,
      tileSize: picture.tile_px,
      tileOverlap: 0,
      minLevel: 0,
      maxLevel: picture.n_levels - 1,
      getTileUrl: (level: number, column: number, row: number) =>
        tileAddress(of, picture.number, level, column, row),
    };
    this.#viewer.open({ tileSource: source });
  }

  /** null before a picture is open. */
  get view(): View | null {
    const { viewport, world } = this.#viewer;
    if (this.#picture === null || world.getItemCount() === 0) return null;
    const corner = viewport.pixelFromPoint(new this.#lib.Point(0, 0), true);
    const { x: width, y: height } = viewport.getContainerSize();
    const scale = (viewport.getZoom(true) * width) / this.#picture.width_px;
    return { scale, left: corner.x, top: corner.y, width, height };
  }

  /** centre: level-0 pixels; scale: CSS pixels a level-0 pixel, as it is where left out. */
  goTo(centre: Point, scale?: number, isAtOnce = false): void {
    const { viewport } = this.#viewer;
    if (this.#picture === null) return;
    const width = this.#picture.width_px;
    if (scale !== undefined) {
      const zoom = (scale * width) / viewport.getContainerSize().x;
      viewport.zoomTo(Math.min(zoom, viewport.getMaxZoom()), undefined, isAtOnce);
    }
    viewport.panTo(new this.#lib.Point(centre.x / width, centre.y / width), isAtOnce);
    viewport.applyConstraints(isAtOnce);
  }

  /** Keeps what is in the middle there. */
  scaleTo(scale: number): void {
    const { viewport } = this.#viewer;
    if (this.#picture === null) return;
    viewport.zoomTo((scale * this.#picture.width_px) / viewport.getContainerSize().x);
    viewport.applyConstraints();
  }

  zoomBy(factor: number): void {
    this.#viewer.viewport.zoomBy(factor);
    this.#viewer.viewport.applyConstraints();
  }

  /** By parts of what is in view. */
  panBy(across: number, down: number): void {
    const { width, height } = this.#viewer.viewport.getBounds(false);
    this.#viewer.viewport.panBy(new this.#lib.Point(across * width, down * height));
    this.#viewer.viewport.applyConstraints();
  }

  fit(isAtOnce = false): void {
    this.#viewer.viewport.goHome(isAtOnce);
  }

  /** Asks for all tiles again. */
  reload(): void {
    this.#viewer.world.resetItems();
    this.#viewer.forceRedraw();
  }

  /** Draws once more, though nothing moved. */
  redraw(): void {
    this.#viewer.forceRedraw();
  }

  destroy(): void {
    this.#viewer.destroy();
  }
}

/**
 * The library would put a style sheet of its own into the page, which the content security policy
 * forbids. It does not where it finds one by its mark: this one has the name alone, and no style.
 */
function keepStyleOut(): void {
  const mark = "data-openseadragon-mobile-css";
  if (document.querySelector(`style[${mark}]`) !== null) return;
  const inNoNamespace = document.createElementNS(null, "style");
  inNoNamespace.setAttribute(mark, "");
  document.head.append(inNoNamespace);
}
