// How this browser shows cells: size, key layout. Kept in the browser: they are about a screen.
import type { KeyLayout } from "./class_keys";

export const THUMBNAIL_SCALES = [1, 1.5, 2] as const;
export type ThumbnailScale = (typeof THUMBNAIL_SCALES)[number];

const LAYOUT = "marrowscope.class-keys";
const SCALE = "marrowscope.thumbnail-scale";

function stored(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    // A browser that keeps nothing: the choice lasts until the page is closed.
    return null;
  }
}

function store(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // As above.
  }
}

class GalleryChoices {
  layout = $state<KeyLayout>(stored(LAYOUT) === "mnemonic" ? "mnemonic" : "left-hand");
  scale = $state<ThumbnailScale>(
    THUMBNAIL_SCALES.find((scale) => String(scale) === stored(SCALE)) ?? 1,
  );

  chooseLayout(layout: KeyLayout): void {
    this.layout = layout;
    store(LAYOUT, layout);
  }

  chooseScale(scale: ThumbnailScale): void {
    this.scale = scale;
    store(SCALE, String(scale));
  }
}

export const choices = new GalleryChoices();
