/**
 * One node of a Redis Cluster: which slots are whose, where a client has to ask, and who takes over when a master is gone.
 * Upstream: Redis src/cluster_legacy.c and its cluster specification.
 *
 * **Simplified:** slots don't move one by one (no MIGRATE, no resharding); a replica takes over when it has missed its master
 * for the node's timeout and reaches most masters, without votes; the bus speaks `PeerGroup`'s lines.
 */
import { hex64 } from "../../runtime/containers/identity.ts";
import { PeerGroup, RETRY_MS } from "../services/peer-group.ts";
import type { PeerRecord } from "../services/peer-group.ts";
import { hashSlot, rangesText, readRanges, SLOTS, slotCount } from "./hash-slots.ts";
import type { SlotRange } from "./hash-slots.ts";
import { OK } from "./resp.ts";
import type { Reply } from "./resp.ts";
import type { RedisServer } from "./server.ts";

const BUS_OFFSET = 10_000;
const FAILOVER_DELAY_MS = 600;

export interface ClusterNode extends PeerRecord {
  port: number;
  /** The id of its master; "" for a master. */
  master: string;
  slots: readonly SlotRange[];
  epoch: number;
}

export class RedisCluster {
  private readonly server: RedisServer;
  private readonly group: PeerGroup<ClusterNode>;
  private own: ClusterNode;
  private followed = "";
  /** Whether all slots are served; undefined until somebody asks after records or connections changed. */
  private ok: boolean | undefined;
  private electionFor = "";

  constructor(server: RedisServer) {
    this.server = server;
    const { ctx } = server;
    const kept = this.load();
    const mine = kept.find(({ myself }) => myself)?.node;
    this.own = {
      ...(mine ?? {
        id: hex64(`redis/${ctx.pod.namespace}/${ctx.pod.name}/${ctx.now()}`).slice(0, 40),
        master: "",
        slots: [],
        epoch: 0,
      }),
      address: ctx.podIP,
      port: Number(server.get("port")),
      version: ctx.now(),
    };
    if (mine === undefined) server.line("*", `No cluster configuration found, I'm ${this.own.id}`);
    else server.line("*", `Node configuration loaded, I'm ${this.own.id}`);
    this.group = new PeerGroup<ClusterNode>(ctx, {
      port: this.own.port + BUS_OFFSET,
      own: this.own,
      known: kept.filter(({ myself }) => !myself).map(({ node }) => node),
      changed: () => this.changed(),
    });
    this.follow();
    this.save();
  }

  private get file(): string {
    const name = this.server.get("cluster-config-file");
    return name.startsWith("/") ? name : `${this.server.get("dir").replace(/\/$/, "")}/${name}`;
  }

  private load(): { node: ClusterNode; myself: boolean }[] {
    const { fs } = this.server.ctx;
    if (!fs.exists(this.file)) return [];
    return fs
      .readFile(this.file)
      .split("\n")
      .flatMap((line) => {
        const [id = "", place = "", flags = "", master = "", , version = "0", epoch = "0", , ...slots] =
          line.split(" ");
        const found = /^(.*):(\d+)@\d+$/.exec(place);
        if (found === null) return [];
        const [, address = "", port] = found;
        const node: ClusterNode = {
          ...{ id, address, port: Number(port), master: master === "-" ? "" : master },
          ...{ version: Number(version), epoch: Number(epoch), slots: readRanges(slots) },
        };
        return [{ node, myself: flags.includes("myself") }];
      });
  }

  private save(): void {
    const { fs } = this.server.ctx;
    const folder = this.file.slice(0, this.file.lastIndexOf("/"));
    if (folder !== "") fs.mkdir(folder, { recursive: true });
    fs.writeFile(this.file, `${this.nodesText()}vars currentEpoch ${this.currentEpoch} lastVoteEpoch 0\n`);
  }

  private get nodes(): ClusterNode[] {
    return [...this.group.members.values()];
  }

  private get masters(): ClusterNode[] {
    return this.nodes.filter(({ master }) => master === "");
  }

  private get currentEpoch(): number {
    return Math.max(...this.nodes.map(({ epoch }) => epoch));
  }

  private change(to: Partial<ClusterNode>): void {
    const { own, server } = this;
    this.own = { ...own, ...to, version: Math.max(server.ctx.now(), own.version + 1) };
    this.group.update(this.own);
    this.changed();
  }

  /** Records or connections are not what they were. */
  private changed(): void {
    const { own, server } = this;
    this.ok = undefined;
    const successor = own.slots.length === 0 ? undefined : this.usurper(own);
    if (successor !== undefined) {
      server.line("#", `Configuration change detected. Reconfiguring myself as a replica of ${successor.id} ()`);
      this.change({ master: successor.id, slots: [] });
      return;
    }
    this.follow();
    this.watchMaster();
    this.save();
  }

  /** Who has a node's slots by a newer configuration. */
  private usurper({ id, slots, epoch }: ClusterNode): ClusterNode | undefined {
    const first = slots[0]?.[0];
    if (first === undefined) return undefined;
    const owner = this.ownerOf(first);
    return owner !== undefined && owner.id !== id && owner.epoch > epoch ? owner : undefined;
  }

  /** Its server copies its master, wherever that is by now. */
  private follow(): void {
    const { own, server } = this;
    if (own.master === "") {
      if (this.followed !== "") server.link.follow(undefined);
      this.followed = "";
      return;
    }
    const master = this.group.members.get(own.master);
    if (master === undefined) return;
    const next = master.master !== "" ? this.group.members.get(master.master) : this.usurper(master);
    if (next !== undefined && next.id !== own.id) {
      this.change({ master: next.id });
      return;
    }
    const place = `${master.address}:${master.port}`;
    if (this.followed === place) return;
    this.followed = place;
    server.link.follow({ host: master.address, port: master.port });
  }

  /** A replica that misses its master for long enough takes its place. */
  private watchMaster(): void {
    const { own, server } = this;
    if (own.master === "" || this.group.isUp(own.master) || this.electionFor === own.master) return;
    const lost = own.master;
    this.electionFor = lost;
    const siblings = this.nodes.filter(({ master }) => master === lost).map(({ id }) => id);
    const rank = siblings.sort().indexOf(own.id);
    const wait = Number(server.get("cluster-node-timeout")) + FAILOVER_DELAY_MS * (rank + 1);
    server.ctx.after(wait, () => {
      this.electionFor = "";
      if (this.own.master !== lost || this.group.isUp(lost)) return;
      const master = this.group.members.get(lost);
      const up = this.masters.filter(({ id }) => this.group.isUp(id)).length;
      server.line("#", `Marking node ${lost} () as failing (quorum reached).`);
      if (master === undefined || up * 2 <= this.masters.length) {
        server.line("#", "Failover auth denied: most masters cannot be reached");
        this.watchMaster();
        return;
      }
      server.line("#", "Failover election won: I'm the new master.");
      this.change({ master: "", slots: master.slots, epoch: this.currentEpoch + 1 });
    });
  }

  private ownerOf(slot: number): ClusterNode | undefined {
    let owner: ClusterNode | undefined;
    for (const node of this.masters) {
      const has = node.slots.some(([from, to]) => from <= slot && slot <= to);
      if (has && (owner === undefined || node.epoch > owner.epoch)) owner = node;
    }
    return owner;
  }

  /** Slots that a master has, and those of masters that are away. */
  private coverage(): { assigned: number; failed: number } {
    const counted = this.masters.filter((node) => node.slots.length > 0 && this.usurper(node) === undefined);
    const sum = (nodes: readonly ClusterNode[]): number => nodes.reduce((all, { slots }) => all + slotCount(slots), 0);
    return { assigned: sum(counted), failed: sum(counted.filter(({ id }) => !this.group.isUp(id))) };
  }

  get isOk(): boolean {
    if (this.ok === undefined) {
      const { assigned, failed } = this.coverage();
      this.ok = assigned >= SLOTS && failed === 0;
    }
    return this.ok;
  }

  /** Why a command on these keys isn't answered here; undefined: it is. */
  refusal(keys: readonly string[], readsReplica: boolean): Reply | undefined {
    const [slot, ...others] = new Set(keys.map(hashSlot));
    if (slot === undefined) return undefined;
    if (others.length > 0) return { error: "CROSSSLOT Keys in request don't hash to the same slot" };
    const owner = this.ownerOf(slot);
    if (owner === undefined) return { error: "CLUSTERDOWN Hash slot not served" };
    if (!this.isOk) return { error: "CLUSTERDOWN The cluster is down" };
    if (owner.id === this.own.id || (readsReplica && owner.id === this.own.master)) return undefined;
    return { error: `MOVED ${slot} ${owner.address}:${owner.port}` };
  }

  /** CLUSTER and its subcommands. */
  command([word = "", ...args]: readonly string[]): Reply {
    switch (word.toUpperCase()) {
      case "INFO":
        return this.infoText();
      case "NODES":
        return this.nodesText();
      case "MYID":
        return this.own.id;
      case "KEYSLOT":
        return hashSlot(args[0] ?? "");
      case "SLOTS":
        return this.slots();
      case "MEET":
        return this.meet(args);
      case "SET-CONFIG-EPOCH":
        if (!/^\d+$/.test(args[0] ?? "")) return { error: `ERR Invalid config epoch specified: ${args[0] ?? ""}` };
        this.change({ epoch: Number(args[0]) });
        return OK;
      case "ADDSLOTS":
      case "ADDSLOTSRANGE":
        return this.addSlots(args, word.toUpperCase() === "ADDSLOTSRANGE");
      case "REPLICATE":
        return this.replicate(args[0] ?? "");
      case "FORGET":
        if (!this.group.members.has(args[0] ?? "")) return { error: `ERR Unknown node ${args[0] ?? ""}` };
        this.group.forget(args[0] ?? "");
        this.changed();
        return OK;
      case "SAVECONFIG":
        this.save();
        return OK;
      default:
        return { error: `ERR unknown subcommand '${word}'. Try CLUSTER HELP.` };
    }
  }

  /** Simplified: all nodes have the port that this one has. Who has not answered in the node's timeout is given up. */
  private meet([address = "", port = ""]: readonly string[]): Reply {
    if (!/^[\d.]+$|:/.test(address) || !/^\d+$/.test(port))
      return { error: `ERR Invalid node address specified: ${address}:${port}` };
    if (Number(port) !== this.own.port)
      return { error: `ERR Drydock: the nodes of a cluster have one port in this playground: ${this.own.port}` };
    this.group.dial(address, Math.ceil(Number(this.server.get("cluster-node-timeout")) / RETRY_MS));
    return OK;
  }

  private addSlots(args: readonly string[], inRanges: boolean): Reply {
    const numbers = args.map(Number);
    if (numbers.some((slot) => !Number.isInteger(slot) || slot < 0 || slot >= SLOTS))
      return { error: "ERR Invalid or out of range slot" };
    const added = inRanges
      ? numbers.flatMap((from, at): SlotRange[] => (at % 2 === 0 ? [[from, numbers[at + 1] ?? from]] : []))
      : numbers.map((slot): SlotRange => [slot, slot]);
    const busy = added.map(([from]) => from).find((slot) => this.ownerOf(slot) !== undefined);
    if (busy !== undefined) return { error: `ERR Slot ${busy} is already busy` };
    this.change({
      slots: readRanges([...rangesText(this.own.slots).split(" "), ...added.map(([a, b]) => `${a}-${b}`)]),
    });
    return OK;
  }

  private replicate(id: string): Reply {
    const master = this.group.members.get(id);
    if (master === undefined) return { error: `ERR Unknown node ${id}` };
    if (id === this.own.id) return { error: "ERR Can't replicate myself" };
    if (master.master !== "") return { error: "ERR I can only replicate a master, not a replica." };
    if (this.own.slots.length > 0)
      return { error: "ERR To set a master the node must be empty and without assigned slots." };
    this.change({ master: id });
    return OK;
  }

  private infoText(): string {
    const { assigned, failed } = this.coverage();
    const fields: [string, string | number][] = [
      ["cluster_state", this.isOk ? "ok" : "fail"],
      ["cluster_slots_assigned", assigned],
      ["cluster_slots_ok", assigned - failed],
      ["cluster_slots_pfail", 0],
      ["cluster_slots_fail", failed],
      ["cluster_known_nodes", this.nodes.length],
      ["cluster_size", this.masters.filter(({ slots }) => slots.length > 0).length],
      ["cluster_current_epoch", this.currentEpoch],
      ["cluster_my_epoch", this.own.epoch],
    ];
    return fields.map(([name, value]) => `${name}:${value}\r\n`).join("");
  }

  private nodesText(): string {
    return this.nodes
      .map((node) => {
        const { id, address, port, master, version, epoch } = node;
        const isUp = this.group.isUp(id);
        const role = master === "" ? "master" : "slave";
        const flags = `${id === this.own.id ? "myself," : ""}${role}${isUp ? "" : ",fail"}`;
        const slots = this.usurper(node) === undefined ? rangesText(node.slots) : "";
        const place = `${address}:${port}@${port + BUS_OFFSET}`;
        const link = isUp ? "connected" : "disconnected";
        return `${[id, place, flags, master || "-", 0, version, epoch, link, slots].join(" ").trimEnd()}\n`;
      })
      .join("");
  }

  private slots(): Reply {
    return this.masters
      .filter((node) => this.usurper(node) === undefined)
      .flatMap((node) => {
        const own = [node, ...this.nodes.filter(({ master }) => master === node.id)];
        const places = own.map(({ id, address, port }): Reply => [address, port, id]);
        return node.slots.map(([from, to]): Reply => [from, to, ...places]);
      });
  }
}
