// Where the machine counted, where it looked, and what it left out: three tones, three patterns.
import type { Region } from "../api/picture_calls";
import { drawTag } from "./draw_outlines";
import { areaInView, type View } from "./view";

export type Coverage = "counted" | "looked" | "rejected";
export const COVERAGES = ["counted", "looked", "rejected"] as const;

export const COVERAGE_WORDS: Readonly<Record<Coverage, string>> = {
  counted: "counted",
  looked: "countable, not needed",
  rejected: "left out",
};

const LINES: Readonly<Record<Coverage, { css: string; dash: readonly number[]; width: number }>> = {
  counted: { css: "rgb(26 95 180)", dash: [], width: 2 },
  looked: { css: "rgb(70 74 78)", dash: [6, 6], width: 1 },
  rejected: { css: "rgb(149 84 0)", dash: [2, 4], width: 1.5 },
};
const COUNTABLE = "countable";
const VERDICT_FROM_PX = 120;

export function coverageOf(region: Region): Coverage {
  if (region.counted) return "counted";
  return region.verdict === COUNTABLE ? "looked" : "rejected";
}

/** Why a region is as it is, in words. */
export function verdictWords(region: Region): string {
  if (region.counted) return "counted";
  if (region.verdict !== COUNTABLE) return region.verdict;
  return region.read ? "read, not needed for the count" : "countable, not needed";
}

/** Outlines of the regions in view; `context` is in CSS pixels. */
export function drawRegions(
  context: CanvasRenderingContext2D,
  view: View,
  regions: readonly Region[],
): void {
  const area = areaInView(view, 2);
  const inView = regions.filter(
    ({ x_px, y_px, w_px, h_px }) =>
      x_px < area.right && y_px < area.bottom && x_px + w_px > area.left && y_px + h_px > area.top,
  );
  for (const coverage of COVERAGES) {
    const path = new Path2D();
    const { css, dash, width } = LINES[coverage];
    for (const region of inView) {
      if (coverageOf(region) !== coverage) continue;
      // Drawn inside, so that neighbours keep their own lines apart.
      const inset = Math.min(2, (region.w_px * view.scale) / 8);
      path.rect(
        region.x_px * view.scale + view.left + inset,
        region.y_px * view.scale + view.top + inset,
        region.w_px * view.scale - 2 * inset,
        region.h_px * view.scale - 2 * inset,
      );
    }
    context.setLineDash([]);
    context.lineWidth = width + 1.5;
    context.strokeStyle = "rgb(255 255 255 / 50%)";
    context.stroke(path);
    context.setLineDash([...dash]);
    context.lineWidth = width;
    context.strokeStyle = css;
    context.stroke(path);
  }
  context.setLineDash([]);
  for (const region of inView) nameRegion(context, view, region);
}

function nameRegion(context: CanvasRenderingContext2D, view: View, region: Region): void {
  if (region.w_px * view.scale < VERDICT_FROM_PX) return;
  const words = verdictWords(region);
  context.font = '600 11px "Inter Variable", system-ui, sans-serif';
  const width = context.measureText(words).width + 7;
  const column = region.x_px * view.scale + view.left + 8 + width / 2;
  const row = region.y_px * view.scale + view.top + 16;
  drawTag(context, words, column, row, LINES[coverageOf(region)].css, false);
}

/** Fills regions as the map of the overview shows them; `scale`: pixels a level-0 pixel. */
export function fillCoverage(
  context: CanvasRenderingContext2D,
  regions: readonly Region[],
  scale: number,
): void {
  for (const coverage of COVERAGES) {
    const path = new Path2D();
    for (const region of regions) {
      if (coverageOf(region) !== coverage) continue;
      path.rect(
        region.x_px * scale,
        region.y_px * scale,
        Math.max(1, region.w_px * scale),
        Math.max(1, region.h_px * scale),
      );
    }
    context.fillStyle = patternOf(context, coverage);
    context.fill(path);
  }
}

/** counted: full tone. looked: stripes. left out: dots. */
export function patternOf(
  context: CanvasRenderingContext2D,
  coverage: Coverage,
): CanvasPattern | string {
  const { css } = LINES[coverage];
  if (coverage === "counted") return css.replace(")", " / 38%)");
  const tile = document.createElement("canvas");
  tile.width = tile.height = coverage === "looked" ? 8 : 4;
  const paint = tile.getContext("2d");
  if (paint === null) return css;
  paint.fillStyle = css.replace(")", coverage === "looked" ? " / 8%)" : " / 18%)");
  paint.fillRect(0, 0, tile.width, tile.height);
  paint.fillStyle = css;
  paint.strokeStyle = css.replace(")", " / 55%)");
  if (coverage === "looked") {
    paint.lineWidth = 1.2;
    paint.beginPath();
    for (const shift of [-8, 0, 8]) {
      paint.moveTo(shift - 1, 9);
      paint.lineTo(shift + 9, -1);
    }
    paint.stroke();
  } else {
    paint.fillRect(1, 1, 1.5, 1.5);
  }
  return context.createPattern(tile, "repeat") ?? css;
}
