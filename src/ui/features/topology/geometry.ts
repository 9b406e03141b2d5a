/** Sizes of everything that stands in the sea, in its own units (one unit is one pixel at zoom 1), and boxes. */

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** `cards` name each pod, `chips` show the end of the name, `dots` are drawn on one canvas. */
export type Drawing = "cards" | "chips" | "dots";

export interface PodSize {
  width: number;
  height: number;
  gap: number;
}

export const podSizes: Record<Drawing, PodSize> = {
  cards: { width: 190, height: 44, gap: 7 },
  chips: { width: 92, height: 26, gap: 5 },
  dots: { width: 11, height: 11, gap: 3 },
};

export const dockHead = 31;
export const dockFoot = 31;
export const dockPad = 11;
export const dockGap = 26;

export const laptopSize = { width: 96, height: 50 };
export const serviceSize = { width: 202, height: 48 };
export const serviceGap = 18;
/** Where the docks begin, left of them stand laptop and services. */
export const docksAt = 378;
export const servicesAt = 120;

export const workloadSize = { width: 204, height: 62 };

export function isSameBox(a: Box, b: Box): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

export function union(boxes: readonly Box[]): Box {
  if (boxes.length === 0) return { x: 0, y: 0, width: 1, height: 1 };
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

/** A grid slot's box, relative to nothing: `origin` is the corner of slot 0. */
export function slotBox(slot: number, columns: number, size: PodSize, origin: { x: number; y: number }): Box {
  const column = slot % columns;
  const row = Math.floor(slot / columns);
  return {
    x: origin.x + column * (size.width + size.gap),
    y: origin.y + row * (size.height + size.gap),
    width: size.width,
    height: size.height,
  };
}

/** An S-curve that leaves and arrives level, as a line on a chart does. */
export function curve(from: { x: number; y: number }, to: { x: number; y: number }): string {
  const bend = Math.max(24, Math.abs(to.x - from.x) * 0.45);
  return `M${from.x} ${from.y}C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`;
}
