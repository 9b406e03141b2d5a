/** What the page asks of the worker, in one place, so that a button, a key and the palette do the same thing. */
import type { Fault, ObjectRef } from "../../worker/protocol.ts";
import { t } from "../words/translate.ts";
import { addTab, removeTab, showTab, terminalTabs, useDock } from "./dock.ts";
import { forgetDocument, setDocument, useDocuments } from "./documents.ts";
import { engine, entered } from "./engine.ts";
import { inOrder, useLesson } from "./lesson.ts";
import { roomFor, usePage } from "./page.ts";
import { sameRef, type InspectorTab, useSelection } from "./selection.ts";
import { useTime } from "./time.ts";

export const speeds = [0.1, 0.5, 1, 2, 5, 10, 60, 1000] as const;

/** At most this much virtual time passes in "run until nothing changes". */
const runLimit = 30 * 60_000;

/* ---- Time ---- */

export function togglePause(): void {
  void engine().setPaused(!useTime.getState().paused);
}

export function step(): void {
  void engine().step();
}

export function setSpeed(speed: number): void {
  void engine().setSpeed(speed);
}

export function runUntilIdle(): void {
  void engine().runUntilIdle(runLimit);
}

/** Takes a link that won't be run out of the address, so that a reload doesn't ask again. */
export function forgetLink(): void {
  history.replaceState(null, "", `${location.pathname}${location.search}`);
}

export function cancelReplay(): void {
  void engine().cancelReplay();
}

export async function runLink(): Promise<void> {
  entered(await engine().runLink());
}

/* ---- Selection ---- */

export function select(ref: ObjectRef | null, tab: InspectorTab = "summary"): void {
  const state = useSelection.getState();
  if (sameRef(ref, state.ref)) {
    useSelection.setState({ tab });
    // Where one region is seen at a time, the second touch opens what the first one selected.
    if (ref !== null && roomFor("one")) usePage.setState({ narrowRegion: "inspector" });
    return;
  }
  if (ref !== null && roomFor("most")) {
    usePage.setState(({ folded }) => ({ folded: { ...folded, inspector: false } }));
  }
  const trail = state.ref === null || ref === null ? [] : [...state.trail, state.ref].slice(-20);
  useSelection.setState({ ref, tab, trail, view: null, lit: "" });
  void engine().inspect(ref);
}

export function selectBack(): void {
  const { trail } = useSelection.getState();
  const last = trail.at(-1);
  if (last === undefined) return;
  select(last);
  useSelection.setState({ trail: trail.slice(0, -1) });
}

/** Opens the inspector, also where it is folded or behind another tab. */
export function inspect(ref: ObjectRef, tab: InspectorTab = "summary"): void {
  select(ref, tab);
  usePage.setState(({ folded }) => ({ folded: { ...folded, inspector: false }, narrowRegion: "inspector" }));
}

/* ---- Terminals ---- */

/** The laptop terminal that commands of the page are typed into. */
export function laptopTerminal(): number | undefined {
  const terminals = terminalTabs(useDock.getState().tabs);
  const active = terminals.find((tab) => tab.id === useDock.getState().active && tab.title === "");
  return (active ?? terminals.find((tab) => tab.title === ""))?.terminal;
}

export function showDock(id?: string): void {
  if (id !== undefined) showTab(id);
  usePage.setState(({ folded }) => ({ folded: { ...folded, dock: false }, narrowRegion: "dock" }));
}

export function runCommand(command: string): void {
  const terminal = laptopTerminal();
  if (terminal === undefined) return;
  showDock(`terminal-${terminal}`);
  void engine().run(terminal, command);
}

export async function openLaptop(): Promise<number> {
  const terminal = await engine().openTerminal({ kind: "laptop" });
  addTab({ id: `terminal-${terminal}`, type: "terminal", terminal, title: "", closable: true });
  showDock();
  return terminal;
}

export async function openShell(namespace: string, pod: string, container: string): Promise<void> {
  const terminal = await engine().openTerminal({ kind: "exec", namespace, pod, container });
  addTab({ id: `terminal-${terminal}`, type: "terminal", terminal, title: pod, closable: true });
  showDock();
}

/** Logs are a terminal that follows them: what runs there can be seen, stopped and learnt from. */
export async function followLogs(namespace: string, pod: string, container: string): Promise<void> {
  const terminal = await engine().openTerminal({ kind: "laptop" });
  const title = t("dock.logs-of", { pod });
  addTab({ id: `terminal-${terminal}`, type: "terminal", terminal, title, closable: true });
  showDock();
  void engine().run(terminal, `kubectl logs -f ${pod} -c ${container} -n ${namespace}`);
}

export function closeTerminal(terminal: number): void {
  removeTab(`terminal-${terminal}`);
  void engine().closeTerminal(terminal);
}

/* ---- Files ---- */

export async function openFile(path: string): Promise<void> {
  if (!useDocuments.getState().open.has(path)) {
    const text = await engine().readFile(path);
    setDocument({ path, text, saved: text });
  }
  const title = path.slice(path.lastIndexOf("/") + 1);
  addTab({ id: `file-${path}`, type: "file", path, title });
  showDock();
}

export async function newFile(path: string, text: string): Promise<void> {
  await engine().writeFile(path, text);
  await openFile(path);
}

export function closeFile(path: string): void {
  const edit = useDocuments.getState().open.get(path)?.edit;
  if (edit !== undefined) void engine().finishEdit(edit, null);
  forgetDocument(path);
  removeTab(`file-${path}`);
}

/* ---- Faults, system pods ---- */

export function breakSomething(fault: Fault): void {
  void engine().fault(fault);
}

export function toggleSystem(): void {
  const systemVisible = !usePage.getState().systemVisible;
  usePage.setState({ systemVisible });
}

/* ---- Lessons ---- */

export function neighbourLesson(offset: 1 | -1): string | undefined {
  const { index, text } = useLesson.getState();
  const ordered = inOrder(index);
  const at = ordered.findIndex((entry) => entry.id === text?.id);
  return at < 0 ? undefined : ordered[at + offset]?.id;
}
