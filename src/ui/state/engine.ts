/** The line to the worker: starts it, hands each frame to the stores, and says when it died. */
import { proxy, wrap } from "comlink";
import type { BootOptions, BootOutcome, DrydockWorker, Frame, PageRequest } from "../../worker/protocol.ts";
import { say, t } from "../words/translate.ts";
import { applyTopology } from "./cluster.ts";
import { addTab, deliverOutput, removeTab, showTab, startSession, useDock } from "./dock.ts";
import { setDocument } from "./documents.ts";
import { addEvents, addHappenings, addPulses, forgetHappenings, setRates } from "./happenings.ts";
import { useKinds } from "./kinds.ts";
import { receiveLesson, useLesson } from "./lesson.ts";
import { keepForOffline } from "./offline.ts";
import { notify, usePage } from "./page.ts";
import { useSelection } from "./selection.ts";
import { useInstruments, useTime } from "./time.ts";
import { pageWorker } from "./worker.ts";

/** The worker's methods as they are seen from here: every answer comes later. */
export type Engine = {
  [Method in keyof DrydockWorker]: (
    ...args: Parameters<DrydockWorker[Method]>
  ) => Promise<Awaited<ReturnType<DrydockWorker[Method]>>>;
};

let current: Engine | undefined;

export function engine(): Engine {
  if (current === undefined) throw new Error("the worker is not started yet");
  return current;
}

async function createEngine(): Promise<Engine> {
  const worker = pageWorker();
  // The comparison is folded away in the published build, and the made-up data with it.
  if (import.meta.env.MODE !== "production" && worker === undefined) {
    const { createFakeWorker } = await import("../testing/fake-worker.ts");
    return createFakeWorker();
  }
  if (worker === undefined) throw new Error("no worker");
  worker.addEventListener("error", (event) => crash(event.message));
  worker.addEventListener("messageerror", () => crash("messageerror"));
  return wrap<DrydockWorker>(worker) as unknown as Engine;
}

export function crash(reason: string): void {
  usePage.setState({ boot: "crashed", crash: reason });
}

export async function startEngine(options: BootOptions): Promise<void> {
  try {
    current = await createEngine();
    entered(await current.boot(options, proxy(receiveFrame)));
    keepForOffline();
  } catch (error) {
    crash(error instanceof Error ? error.message : String(error));
  }
}

/** A session was entered: its first terminal replaces the ones of the session before. */
export function entered(outcome: BootOutcome): void {
  for (const tab of useDock.getState().tabs) if (tab.type === "terminal") removeTab(tab.id);
  forgetHappenings();
  startSession();
  useSelection.setState({ ref: null, view: null, trail: [], lit: "" });
  addTab({
    id: `terminal-${outcome.terminal}`,
    type: "terminal",
    terminal: outcome.terminal,
    title: "",
    closable: false,
  });
  for (const { terminal, target } of outcome.terminals) {
    const title = target.kind === "exec" ? target.pod : "";
    addTab({ id: `terminal-${terminal}`, type: "terminal", terminal, title, closable: true });
  }
  showTab(`terminal-${outcome.terminal}`);
  usePage.setState({
    boot: "ready",
    origin: outcome.origin,
    preset: outcome.info.preset,
    link: outcome.link ?? null,
    dialog: outcome.link === undefined ? usePage.getState().dialog : "link",
  });
}

export function receiveFrame(frame: Frame): void {
  // A new session's terminals must be there before what they print.
  for (const request of frame.requests ?? []) if (request.type === "session-started") entered(request.outcome);
  if (frame.topology !== undefined) applyTopology(frame.topology);
  if (frame.time !== undefined) useTime.setState(frame.time);
  if (frame.instruments !== undefined) useInstruments.setState(frame.instruments);
  if (frame.happenings !== undefined) addHappenings(frame.happenings);
  if (frame.replay !== undefined) usePage.setState({ replayed: frame.replay?.done ?? null });
  if (frame.fetching !== undefined) usePage.setState({ fetching: frame.fetching });
  if (frame.events !== undefined) addEvents(frame.events);
  if (frame.pulses !== undefined) addPulses(frame.pulses);
  if (frame.rates !== undefined) setRates(frame.rates);
  if (frame.inspector !== undefined) useSelection.setState({ view: frame.inspector });
  if (frame.kinds !== undefined) useKinds.setState({ generation: frame.kinds });
  if (frame.lesson !== undefined) receiveLesson(frame.lesson);
  for (const { terminal, text } of frame.output ?? []) deliverOutput(terminal, text);
  for (const request of frame.requests ?? []) answer(request);
}

function answer(request: PageRequest): void {
  switch (request.type) {
    case "open-editor": {
      const path = `edit-${request.edit}`;
      setDocument({ path, text: request.text, saved: request.text, edit: request.edit });
      addTab({ id: `file-${path}`, type: "file", path, title: request.title, edit: request.edit });
      return;
    }
    case "terminal-closed":
      removeTab(`terminal-${request.terminal}`);
      return;
    case "select":
      useSelection.setState({ ref: request.ref, tab: "summary" });
      void engine().inspect(request.ref);
      return;
    case "session-started":
      return;
    case "share":
      usePage.setState({ dialog: "share" });
      return;
    case "reset":
      void startOver();
      return;
    case "new-cluster":
      newCluster(request.preset).catch((error: unknown) =>
        notify(t("new.problem", { problem: error instanceof Error ? error.message : String(error) }), "bad"),
      );
      return;
    case "notice":
      notify(say(request.message));
  }
}

/** Throws the cluster away and starts the same preset anew; an open lesson starts over with it. */
export async function startOver(): Promise<void> {
  const lesson = useLesson.getState().text;
  if (lesson !== null) {
    await engine().startLesson(lesson.id);
  } else {
    entered(await engine().reset({ preset: usePage.getState().preset }));
  }
  notify(say({ key: "notice.started-over" }));
}

/** Throws the cluster away for a new one of another kind, or of the same; an open lesson is left. */
export async function newCluster(preset: string): Promise<void> {
  entered(await engine().reset({ preset }));
  useLesson.setState({ text: null, progress: null });
  notify(say({ key: "notice.started-over" }));
}
