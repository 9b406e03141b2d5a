/** What a kubelet says of itself: klog's lines, as journald keeps them for `journalctl -u kubelet`. */
import { keyed, klogLine } from "../base/klog.ts";
import type { KlogLevel } from "../base/klog.ts";

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
  /** What the latest error was: its message, and the `err` beside it. */
  lastError: string | undefined;

  constructor(now: () => number) {
    this.now = now;
  }

  get lines(): readonly JournalLine[] {
    return this.kept;
  }

  /** `place` is `file.go:187`; `values` follow the message as key="value". */
  info(place: string, message: string, values: Readonly<Record<string, string | number>> = {}): void {
    this.write({ level: "I", place }, message, values);
  }

  warning(place: string, message: string, values: Readonly<Record<string, string | number>> = {}): void {
    this.write({ level: "W", place }, message, values);
  }

  error(place: string, message: string, values: Readonly<Record<string, string | number>> = {}): void {
    this.lastError = values["err"] === undefined ? message : `${message}: ${values["err"]}`;
    this.write({ level: "E", place }, message, values);
  }

  /** A line that is none of klog's: systemd's own. */
  plain(text: string): void {
    this.kept.push({ time: this.now(), text });
    if (this.kept.length > KEPT) this.kept.shift();
  }

  private write(
    { level, place }: { level: KlogLevel; place: string },
    message: string,
    values: Readonly<Record<string, string | number>>,
  ): void {
    const line = klogLine(this.now(), { level, place, pid: this.pid }, keyed(message, values));
    this.plain(`kubelet[${this.pid}]: ${line}`);
  }
}
