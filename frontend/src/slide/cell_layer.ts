// What the viewer needs to draw the cells of a picture.
import type { CellColumns } from "../gallery/cell_columns";
import type { Lettering } from "./draw_outlines";
import type { GridIndex } from "./grid_index";

/** All cells of the analysis; `index` has those of the picture shown. */
export interface CellLayer {
  columns: CellColumns;
  index: GridIndex;
  /** See `looksOf`. */
  looks: Uint8Array;
  lettering: Lettering;
}
