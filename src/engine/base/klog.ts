/**
 * The log lines of Kubernetes' components. Upstream: k8s.io/klog/v2 (formatHeader, KObj), component-base/cli/run.go.
 *
 * **Simplified:** the places in the source that lines name are those of a release near v1.36.
 */
export type KlogLevel = "I" | "W" | "E" | "F";

interface KlogOrigin {
  readonly level: KlogLevel;
  /** `controller.go:228`. */
  readonly place: string;
  /** Default: 1, a container's main process. */
  readonly pid?: number;
}

/** `I0101 00:00:12.345000       1 controller.go:228] "Backend successfully reloaded"`. `time`: virtual milliseconds. */
export function klogLine(time: number, { level, place, pid = 1 }: KlogOrigin, text: string): string {
  const stamp = new Date(time).toISOString();
  const header = `${level}${stamp.slice(5, 7)}${stamp.slice(8, 10)} ${stamp.slice(11, 23)}000`;
  return `${header} ${String(pid).padStart(7)} ${place}] ${text}`;
}

/** A message of structured logging: `"Failed to watch" err="…"`. */
export function keyed(message: string, values: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(values).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  return `${JSON.stringify(message)}${pairs.join("")}`;
}

/** A process that writes to its standard error; a line is made when somebody reads it. */
interface Writer {
  log(line: (time: number) => string, stream: "stderr"): void;
}

/** Writes one of klog's lines. */
export function sayKlog(process: Writer, level: KlogLevel, place: string, text: string): void {
  process.log((time) => klogLine(time, { level, place }, text), "stderr");
}

/** The last words of a component that can't begin. */
export function sayFailure(process: Writer, why: string): void {
  sayKlog(process, "E", "run.go:72", keyed("command failed", { err: why }));
}
