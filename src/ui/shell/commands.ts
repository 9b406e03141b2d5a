/** Every action of the page by name, for the palette. What a learner could type instead stands beside it. */
import {
  breakSomething,
  inspect,
  openLaptop,
  runCommand,
  runUntilIdle,
  setSpeed,
  speeds,
  step,
  toggleSystem,
  togglePause,
} from "../state/actions.ts";
import { useCluster } from "../state/cluster.ts";
import { engine, startOver } from "../state/engine.ts";
import { useLesson } from "../state/lesson.ts";
import { chooseScreenReader, chooseTheme, openDialog, regions, usePage, type SeaView } from "../state/page.ts";
import { useInstruments, useTime } from "../state/time.ts";
import { chooseLanguage, languageCodes, type Translate, type WordKey } from "../words/translate.ts";
import { focusRegion } from "./shortcuts.ts";

export interface Command {
  id: string;
  label: string;
  group: WordKey;
  /** What could be typed in the terminal for it. */
  typed?: string;
  run(): void;
}

const views: readonly SeaView[] = ["cluster", "owners", "traffic", "timeline"];

export function commands(t: Translate): Command[] {
  return [
    ...timeCommands(t),
    ...lessonCommands(t),
    ...placeCommands(t),
    ...faultCommands(t),
    ...typedCommands(),
    ...objectCommands(t),
  ];
}

function timeCommands(t: Translate): Command[] {
  const group = "palette.time" as const;
  const paused = useTime.getState().paused;
  return [
    {
      id: "pause",
      group,
      label: t(paused ? "time.play" : "time.pause"),
      typed: paused ? "drydock play" : "drydock pause",
      run: togglePause,
    },
    { id: "step", group, label: t("time.step"), typed: "drydock step", run: step },
    { id: "until-idle", group, label: t("time.until-idle"), typed: "drydock settle", run: runUntilIdle },
    { id: "start-over", group, label: t("time.start-over"), typed: "drydock reset", run: () => void startOver() },
    { id: "new-cluster", group, label: t("new.title"), typed: "drydock new", run: () => openDialog("new-cluster") },
    ...speeds.map((speed) => ({
      id: `speed-${speed}`,
      group,
      label: t("time.speed", { speed }),
      typed: `drydock speed ${speed}`,
      run: () => setSpeed(speed),
    })),
  ];
}

function lessonCommands(t: Translate): Command[] {
  const group = "palette.lesson" as const;
  if (useLesson.getState().text === null) return [];
  return [
    { id: "hint", group, label: t("lesson.hint"), typed: "drydock hint", run: () => void engine().hint() },
    { id: "show", group, label: t("lesson.show"), typed: "drydock solution", run: () => void engine().showMe() },
  ];
}

function placeCommands(t: Translate): Command[] {
  const group = "palette.page" as const;
  const { screenReader, asList } = usePage.getState();
  return [
    { id: "share", group, label: t("share.button"), typed: "drydock share", run: () => openDialog("share") },
    { id: "shortcuts", group, label: t("shortcuts.title"), run: () => openDialog("shortcuts") },
    ...regions.map((region) => ({
      id: `go-${region}`,
      group,
      label: t("palette.go", { name: t(`region.${region}`) }),
      run: () => focusRegion(region),
    })),
    ...views.map((seaView) => ({
      id: `view-${seaView}`,
      group,
      label: t("palette.go", { name: t(`sea.view.${seaView}`) }),
      run: () => usePage.setState({ seaView, narrowRegion: "sea" }),
    })),
    {
      id: "list",
      group,
      label: t(asList ? "palette.as-chart" : "sea.as-list"),
      run: () => usePage.setState({ asList: !asList }),
    },
    { id: "system", group, label: t("sea.system"), typed: "kubectl get pods -A", run: toggleSystem },
    { id: "terminal", group, label: t("dock.new-terminal"), run: () => void openLaptop() },
    { id: "light", group, label: t("palette.theme", { name: t("theme.light") }), run: () => chooseTheme("light") },
    { id: "dark", group, label: t("palette.theme", { name: t("theme.dark") }), run: () => chooseTheme("dark") },
    ...languageCodes.map((code) => ({
      id: `language-${code}`,
      group,
      label: t("palette.language", { name: new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code }),
      run: () => chooseLanguage(code),
    })),
    {
      id: "screen-reader",
      group,
      label: t(screenReader ? "palette.screen-reader-off" : "palette.screen-reader-on"),
      run: () => chooseScreenReader(!screenReader),
    },
  ];
}

function faultCommands(t: Translate): Command[] {
  const group = "palette.break" as const;
  const nodes = [...useCluster.getState().nodes.values()].slice(0, 12);
  const { stopped } = useInstruments.getState();
  return [
    ...nodes.map(({ name, powered }) => ({
      id: `power-${name}`,
      group,
      label: t(powered ? "break.power-off" : "break.power-on", { node: name }),
      typed: `drydock power ${powered ? "off" : "on"} ${name}`,
      run: () => breakSomething({ kind: powered ? "power-off" : "power-on", node: name }),
    })),
    ...["kube-scheduler", "kube-controller-manager"].map((component) => {
      const out = stopped.includes(component);
      return {
        id: `component-${component}`,
        group,
        label: t(out ? "break.start" : "break.stop", { component }),
        typed: `drydock ${out ? "start" : "stop"} ${component}`,
        run: () => breakSomething({ kind: out ? "start-component" : "stop-component", component }),
      };
    }),
  ];
}

/** The commands themselves, for those who would rather pick than type. */
function typedCommands(): Command[] {
  const group = "palette.terminal" as const;
  const typed = [
    "kubectl get nodes",
    "kubectl get pods -o wide",
    "kubectl get all",
    "kubectl cluster-info",
    "kubectl get events",
  ];
  return typed.map((command) => ({ id: command, group, label: command, run: () => runCommand(command) }));
}

function objectCommands(t: Translate): Command[] {
  const group = "palette.objects" as const;
  const { pods, nodes, services } = useCluster.getState();
  const found: Command[] = [];
  for (const { name } of nodes.values()) found.push(open(t, "Node", "", name));
  for (const { namespace, name } of services.values()) found.push(open(t, "Service", namespace, name));
  for (const { namespace, name, system } of pods.values()) {
    if (!system) found.push(open(t, "Pod", namespace, name));
    if (found.length > 200) break;
  }
  return found.map((command) => ({ ...command, group }));
}

function open(t: Translate, kind: string, namespace: string, name: string): Command {
  return {
    id: `open-${kind}-${namespace}-${name}`,
    group: "palette.objects",
    label: t("palette.inspect", { kind, name }),
    typed: `kubectl describe ${kind.toLowerCase()} ${name}`,
    run: () => inspect({ kind, namespace, name }),
  };
}
