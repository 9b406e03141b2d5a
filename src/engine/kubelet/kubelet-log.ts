/**
 * What a kubelet says of itself: lines in klog's layout, as journald keeps them for `journalctl -u kubelet`.
 * Upstream: k8s.io/klog/v2 (formatHeader, KObj).
 */
import { formatTime } from "../base/time.ts";

export interface JournalLine {
  time: number;
  text: string;
}

const KEPT = 500;

export class KubeletLog {
  private readonly kept: JournalLine[] = [];
  private readonly now: () => number;
  /** The process' number: another one after each start. */
  pid = 0;

  constructor(now: () => number) {
    this.now = now;
  }

  get lines(): readonly JournalLine[] {
    return this.kept;
  }

  /** `place` is `file.go:187`; `values` follow the message as key="value". */
  info(place: string, message: string, values: Readonly<Record<string, string | number>> = {}): void {
    this.write("I", place, { message, values });
  }

  warning(place: string, message: string, values: Readonly<Record<string, string | number>> = {}): void {
    this.write("W", place, { message, values });
  }

  error(place: string, message: string, values: Readonly<Record<string, string | number>> = {}): void {
    this.write("E", place, { message, values });
  }

  /** A line that is none of klog's: systemd's own. */
  plain(text: string): void {
    this.kept.push({ time: this.now(), text });
    if (this.kept.length > KEPT) this.kept.shift();
  }

  private write(
    level: "I" | "W" | "E",
    place: string,
    what: { message: string; values: Readonly<Record<string, string | number>> },
  ): void {
    const stamp = formatTime(this.now());
    const header = `${level}${stamp.slice(5, 7)}${stamp.slice(8, 10)} ${stamp.slice(11, 19)}.000000 ${String(this.pid).padStart(7)} ${place}]`;
    const pairs = Object.entries(what.values).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
    this.plain(`kubelet[${this.pid}]: ${header} ${JSON.stringify(what.message)}${pairs.join("")}`);
  }
}
