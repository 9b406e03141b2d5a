/** What a server counts of its own requests, as its `/metrics` shows it: Prometheus' text format. */

export class RequestCounts {
  private readonly counts = new Map<string, { labels: Readonly<Record<string, string>>; count: number }>();
  private readonly name: string;
  private readonly help: string;

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  count(labels: Readonly<Record<string, string>>): void {
    const key = Object.values(labels).join(" ");
    const found = this.counts.get(key);
    if (found === undefined) this.counts.set(key, { labels, count: 1 });
    else found.count++;
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, { count }) => sum + count, 0);
  }

  text(): string {
    const lines = [...this.counts.values()].map(({ labels, count }) => expositionLine(this.name, labels, count));
    return `# HELP ${this.name} ${this.help}\n# TYPE ${this.name} counter\n${lines.map((line) => `${line}\n`).join("")}`;
  }
}

/** A line of the text format, with its labels in the order of their names. */
export function expositionLine(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.keys(labels)
    .toSorted()
    .map((label) => `${label}=${JSON.stringify(labels[label])}`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
}
