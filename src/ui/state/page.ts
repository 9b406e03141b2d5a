/** What the page itself remembers: theme, language, which view, what is folded, which dialog is open. */
import { create } from "zustand";
import type { BootOutcome, LinkOutcome } from "../../worker/protocol.ts";
import { recall, remember } from "./storage.ts";

export type Theme = "light" | "dark" | "system";
export type SeaView = "cluster" | "owners" | "traffic" | "timeline";
export type Region = "lesson" | "sea" | "inspector" | "dock";
export type DialogName = "new-cluster" | "share" | "link" | "shortcuts" | "palette";

export const regions: readonly Region[] = ["lesson", "sea", "inspector", "dock"];

interface PageState {
  theme: Theme;
  /** What the theme comes to on this machine. */
  dark: boolean;
  seaView: SeaView;
  /** Sea as a table: for screen readers and for those who prefer it. */
  asList: boolean;
  systemVisible: boolean;
  /** The view keeps everything in sight; false from when the learner moves it by hand. */
  following: boolean;
  folded: Record<Region, boolean>;
  /** The region that is shown where there is room for one only. */
  narrowRegion: Region;
  dialog: DialogName | null;
  boot: "starting" | "ready" | "crashed";
  crash: string;
  /** How much of a session has been replayed, 0 to 1; null while none is. */
  replayed: number | null;
  /** True while the worker fetches what the first screen did without: time stands until it is there. */
  fetching: boolean;
  link: LinkOutcome | null;
  origin: BootOutcome["origin"];
  /** What kind of cluster the present one began as. */
  preset: string;
  screenReader: boolean;
  /** The last thing worth saying aloud, and a number that changes even when the text does not. */
  notice: { text: string; tone: "info" | "bad"; id: number };
}

const widths = { one: "(max-width: 899px)", most: "(max-width: 1180px)" };

/** Under 900 px one region is seen at a time; up to 1180 px the sea has the inspector's room until something is selected. */
export function roomFor(regionsSeen: keyof typeof widths): boolean {
  return typeof matchMedia === "function" && matchMedia(widths[regionsSeen]).matches;
}

export const usePage = create<PageState>(() => ({
  theme: recall<Theme>("theme", "system"),
  dark: false,
  seaView: "cluster",
  asList: false,
  systemVisible: false,
  following: true,
  folded: { lesson: false, sea: false, inspector: roomFor("most"), dock: false },
  narrowRegion: "sea",
  dialog: null,
  boot: "starting",
  crash: "",
  replayed: null,
  fetching: false,
  link: null,
  origin: "new",
  preset: "default",
  screenReader: recall("screen-reader", false),
  notice: { text: "", tone: "info", id: 0 },
}));

export function notify(text: string, tone: "info" | "bad" = "info"): void {
  usePage.setState(({ notice }) => ({ notice: { text, tone, id: notice.id + 1 } }));
}

export function openDialog(dialog: DialogName | null): void {
  usePage.setState({ dialog });
}

export function chooseTheme(theme: Theme): void {
  remember("theme", theme);
  usePage.setState({ theme });
  showTheme();
}

/** Puts the chosen theme on the root element; `system` follows the machine. */
export function showTheme(): void {
  const { theme } = usePage.getState();
  const dark = theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  usePage.setState({ dark });
}

export function chooseScreenReader(on: boolean): void {
  remember("screen-reader", on);
  usePage.setState({ screenReader: on });
}
