/** ZooKeeper's data: nodes by path, and what an operation does to them. */

/** As `stat` shows a node; times in milliseconds. */
export interface Stat {
  czxid: number;
  ctime: number;
  mzxid: number;
  mtime: number;
  pzxid: number;
  cversion: number;
  dataVersion: number;
  /** The session that it goes with; "" for one that stays. */
  owner: string;
}

export interface Node extends Stat {
  data: string;
}

export type Operation =
  | { op: "create"; path: string; data: string; sequential: boolean; owner: string }
  | { op: "set"; path: string; data: string; version: number }
  /** `below`: with all that is below it. */
  | { op: "delete"; path: string; version: number; below: boolean }
  | { op: "session"; session: string }
  | { op: "close"; session: string }
  /** A server that starts anew has none of the sessions that it had. */
  | { op: "forget"; server: string };

export type TreeProblem = "exists" | "missing" | "not-empty" | "bad-version" | "ephemeral-parent";
export type Result = { problem: TreeProblem; path: string } | { path: string; node?: Node };

const NEW = { czxid: 0, ctime: 0, mzxid: 0, mtime: 0, pzxid: 0, cversion: 0, dataVersion: 0, owner: "" };

export class Tree {
  private nodes: Record<string, Node> = {
    "/": { ...NEW, data: "" },
    "/zookeeper": { ...NEW, data: "" },
    "/zookeeper/quota": { ...NEW, data: "" },
  };

  snapshot(): Record<string, Node> {
    return this.nodes;
  }

  restore(nodes: Record<string, Node>): void {
    this.nodes = nodes;
  }

  get count(): number {
    return Object.keys(this.nodes).length;
  }

  get(path: string): Node | undefined {
    return Object.hasOwn(this.nodes, path) ? this.nodes[path] : undefined;
  }

  /** Names, sorted. */
  children(path: string): string[] {
    const start = path === "/" ? "/" : `${path}/`;
    return Object.keys(this.nodes)
      .filter((each) => each.startsWith(start) && each !== "/" && !each.slice(start.length).includes("/"))
      .map((each) => each.slice(start.length))
      .sort();
  }

  /** Whether some session of that server has nodes. */
  hasSessionsOf(server: string): boolean {
    return Object.values(this.nodes).some(({ owner }) => owner.startsWith(server));
  }

  apply(operation: Operation, { zxid, at }: { zxid: number; at: number }): Result {
    switch (operation.op) {
      case "create":
        return this.create(operation, zxid, at);
      case "set": {
        const { path, data, version } = operation;
        const node = this.get(path);
        if (node === undefined) return { problem: "missing", path };
        if (version >= 0 && version !== node.dataVersion) return { problem: "bad-version", path };
        const set = { ...node, data, mzxid: zxid, mtime: at, dataVersion: node.dataVersion + 1 };
        this.nodes[path] = set;
        return { path, node: set };
      }
      case "delete": {
        const { path, version, below } = operation;
        const node = this.get(path);
        if (node === undefined) return { problem: "missing", path };
        if (version >= 0 && version !== node.dataVersion) return { problem: "bad-version", path };
        const under = Object.keys(this.nodes).filter((each) => each.startsWith(`${path}/`));
        if (under.length > 0 && !below) return { problem: "not-empty", path };
        for (const each of [...under, path]) this.remove(each, zxid);
        return { path };
      }
      case "session":
        return { path: "" };
      case "close":
      case "forget": {
        const owned = operation.op === "close" ? operation.session : operation.server;
        for (const [path, { owner }] of Object.entries(this.nodes))
          if (owner !== "" && owner.startsWith(owned)) this.remove(path, zxid);
        return { path: "" };
      }
    }
  }

  private create(operation: Operation & { op: "create" }, zxid: number, at: number): Result {
    const { data, sequential, owner } = operation;
    const above = parentOf(operation.path);
    const parent = this.get(above);
    if (parent === undefined) return { problem: "missing", path: operation.path };
    if (parent.owner !== "") return { problem: "ephemeral-parent", path: operation.path };
    const path = sequential ? operation.path + String(parent.cversion).padStart(10, "0") : operation.path;
    if (this.get(path) !== undefined) return { problem: "exists", path };
    const times = { czxid: zxid, ctime: at, mzxid: zxid, mtime: at, pzxid: zxid };
    const node = { ...NEW, ...times, owner, data };
    this.nodes[path] = node;
    this.nodes[above] = { ...parent, pzxid: zxid, cversion: parent.cversion + 1 };
    return { path, node };
  }

  private remove(path: string, zxid: number): void {
    delete this.nodes[path];
    const above = parentOf(path);
    const parent = this.get(above);
    if (parent !== undefined) this.nodes[above] = { ...parent, pzxid: zxid, cversion: parent.cversion + 1 };
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
