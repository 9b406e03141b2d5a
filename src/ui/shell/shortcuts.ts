/** Keys that work everywhere. F6 walks the regions; Ctrl-K opens every action; nothing else is taken from the terminal. */
import { useEffect } from "react";
import { openDialog, type Region, regions, usePage } from "../state/page.ts";

export function useShortcuts(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "F6") {
        event.preventDefault();
        walkRegions(event.shiftKey ? -1 : 1);
      } else if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !inTerminal(event)) {
        event.preventDefault();
        openDialog("palette");
      }
    };
    document.addEventListener("keydown", onKey, { capture: true });
    return () => document.removeEventListener("keydown", onKey, { capture: true });
  }, []);
}

/** In a terminal Ctrl-K deletes to the end of the line, as every shell does; ⌘K and the button still open the palette. */
function inTerminal(event: KeyboardEvent): boolean {
  return event.ctrlKey && (event.target as Element | null)?.closest(".xterm") !== null;
}

export function walkRegions(offset: 1 | -1): void {
  const { folded } = usePage.getState();
  const open = regions.filter((region) => !folded[region]);
  const here = document.activeElement?.closest<HTMLElement>(".region")?.id.slice("region-".length) as
    | Region
    | undefined;
  const at = here === undefined ? (offset === 1 ? -1 : 0) : open.indexOf(here);
  const next = open[(at + offset + open.length) % open.length];
  if (next !== undefined) focusRegion(next);
}

/** Where a region is entered: its terminal or editor if one is shown, the chart's tab stop, or else its tabs. */
const entries = [
  ".terminal:not([hidden]) .xterm-helper-textarea",
  ".monaco-editor [role=textbox]",
  "[data-station][tabindex='0']",
  "[role=tab][tabindex='0']",
];

export function focusRegion(region: Region): void {
  usePage.setState(({ folded }) => ({ narrowRegion: region, folded: { ...folded, [region]: false } }));
  requestAnimationFrame(() => {
    const element = document.getElementById(`region-${region}`);
    const inner = entries.map((selector) => element?.querySelector<HTMLElement>(selector)).find((found) => found);
    (inner ?? element)?.focus();
  });
}
