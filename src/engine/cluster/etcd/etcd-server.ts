/**
 * etcd as a container's program. On a control-plane node, in the host's network, it is a member of the cluster's own etcd
 * and says when it is up; anywhere else it is an etcd by itself. Upstream: etcd server/etcdmain, server/embed.
 *
 * **Simplified:** a member by itself finds no others, and writes its whole database at each change.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import type { Store } from "../../etcd/store.ts";
import type { AtRest } from "../../apiserver/storage/encryption.ts";
import { decodeBase64 } from "../../base/base64.ts";
import { SystemError } from "../../base/program.ts";
import { CLIENT_CERTIFICATE_HEADER } from "../../base/x509/client-certificate.ts";
import type { Server, ServerContext } from "../../runtime/containers/image.ts";
import type { Simulation } from "../../sim/simulation.ts";
import { missingFile } from "../component-files.ts";
import { readComponentFlags } from "../component-flags.ts";
import { flagsWithoutEffect, withoutEffect } from "../flags-without-effect.ts";
import type { ComponentProcess } from "../leadership.ts";
import { etcdAuthority } from "./certificates.ts";
import { DataFolders, REMOVED, writeDatabase } from "./data-folders.ts";
import { gatewayListener } from "./gateway.ts";
import { ClusterKeyspace, PlainKeyspace } from "./keyspace.ts";
import type { Keyspace } from "./keyspace.ts";
import { memberOf, Membership } from "./membership.ts";
import type { Member } from "./membership.ts";
import { listenAt, listenForHealth, listenForPeers, unbindable } from "./listen.ts";
import { databasePath, readSnapshot, snapshotText } from "./snapshot-file.ts";
import { ETCD_VERSION } from "./version.ts";

/** Virtual milliseconds from the container's start until it serves. */
const STARTUP_MS = 400;

export interface EtcdOptions {
  sim: Simulation;
  /** What the API server stores. */
  store: Store<KubeObject>;
  /** How it holds that. */
  atRest: AtRest;
  /** Of the cluster. */
  membership: Membership;
  /** Told when it begins with nothing. */
  begun(): void;
  /** Whether an etcd in kube-system there is a member of it. */
  hosts(node: string): boolean;
  /** The command line that it has on a node unless somebody changes it. */
  asSetUp(node: string): readonly string[];
  /** Told when a member of the cluster's etcd comes up and when it goes. */
  report(node: string, process: ComponentProcess | undefined): void;
}

/** The cluster's members that run, and what they hold. */
export function etcdServer(options: EtcdOptions): Server {
  const keyspace = new ClusterKeyspace(options.sim, options.store, options.atRest);
  const folders = new DataFolders(keyspace, options.membership, options.begun);
  return (ctx) => {
    const log = logger(ctx);
    const read = readComponentFlags("etcd", ctx.argv);
    if (read.problem !== undefined) {
      ctx.log(read.problem, "stderr");
      ctx.exit(2);
      return;
    }
    const { flags } = read;
    const folder = (flags.get("data-dir") ?? `/${flags.get("name") ?? "default"}.etcd`).replace(/\/+$/, "");
    log("info", "etcdmain/etcd.go:88", "initialized data dir", { "data-dir": folder, version: ETCD_VERSION });
    for (const name of flagsWithoutEffect("etcd", flags, options.asSetUp(ctx.hostname)))
      log("warn", "flags/flag.go:94", withoutEffect(name), {});
    const urls = (flag: string, usual: string): string[] => (flags.get(flag) ?? usual).split(",");
    const listens = urls("listen-client-urls", "http://localhost:2379");
    const peers = urls("listen-peer-urls", "http://localhost:2380");
    const unusable = unbindable([...peers, ...listens]);
    if (unusable !== undefined) {
      log("fatal", "etcdmain/etcd.go:183", "discovery failed", {
        error: `expected IP in URL for binding (${unusable})`,
      });
      ctx.exit(1);
      return;
    }
    if (flags.has("listen-client-urls") && !flags.has("advertise-client-urls")) {
      log("fatal", "etcdmain/etcd.go:183", "discovery failed", {
        error: "--advertise-client-urls is required when --listen-client-urls is set explicitly",
      });
      ctx.exit(1);
      return;
    }
    const missing = missingFile(flags, () => ctx.fs);
    if (missing !== undefined) {
      log("fatal", "etcdmain/etcd.go:183", "discovery failed", { error: missing.error });
      ctx.exit(1);
      return;
    }
    const name = flags.get("name") ?? "default";
    const peerURLs = flags.get("initial-advertise-peer-urls") ?? "http://localhost:2380";
    const own = memberOf(name, {
      peers: peerURLs,
      clients: flags.get("advertise-client-urls") ?? "http://localhost:2379",
    });
    const node = options.hosts(ctx.hostname) && ctx.pod.namespace === "kube-system" ? ctx.hostname : undefined;
    const membership = node === undefined ? alone(own.name, own) : options.membership;
    const opened = opening(() =>
      node === undefined ? standalone(options.sim, ctx, folder) : (folders.open(ctx.fs, folder, peerURLs) ?? keyspace),
    );
    if (typeof opened === "string") {
      log("fatal", "etcdmain/etcd.go:183", "discovery failed", { error: opened });
      ctx.exit(1);
      return;
    }
    if (membership.members.length === 0) membership.replace(founders(flags.get("initial-cluster") ?? "", peerURLs));
    const checked = flags.get("client-cert-auth") === "true";
    let up = false;
    ctx.use({ cpuMillicores: 20, memoryBytes: 60 * 1024 * 1024 });
    const timer = options.sim.after(STARTUP_MS, () => {
      const secure = listens.some((url) => url.startsWith("https:"));
      const listener = Object.assign(
        gatewayListener({
          keyspace: opened,
          membership,
          own: { id: own.id, node: node ?? name },
          admits: (headers) => !checked || isKnown(options.sim, headers[CLIENT_CERTIFICATE_HEADER]),
          changed: () => node === undefined && writeDatabase(ctx.fs, folder, snapshotText(opened.contents())),
        }),
        { tls: () => secure },
      );
      const problem =
        listenForPeers(ctx, peers, {
          members: () => membership.members,
          checked: flags.get("peer-client-cert-auth") === "true",
        }) ?? listenAt(ctx, listens, { listener });
      if (problem !== undefined) {
        log("fatal", "etcdmain/etcd.go:183", "discovery failed", { error: problem });
        ctx.exit(1);
        return;
      }
      up = true;
      const metrics = flags.get("listen-metrics-urls");
      if (metrics !== undefined) listenForHealth(ctx, metrics.split(","), () => membership.answers(node ?? name));
      const traffic = checked
        ? "serving client traffic securely"
        : "serving client traffic insecurely; this is strongly discouraged!";
      for (const url of listens) log("info", "embed/serve.go:187", traffic, { address: url.replace(/^\w+:\/\//, "") });
      if (node === undefined) return;
      membership.start(own, node, () => {
        log("error", "etcdserver/server.go:1127", REMOVED, {});
        ctx.exit(0);
      });
      options.report(node, {
        argv: ctx.argv,
        log: (line) => ctx.log(line, "stderr"),
        exit: (code) => ctx.exit(code),
      });
    });
    return {
      signals: { SIGTERM: () => ctx.exit(0) },
      ended() {
        options.sim.cancel(timer);
        if (node === undefined || !up) return;
        membership.end(own.id);
        options.report(node, undefined);
      },
    };
  };
}

/** What a folder that can't be written says. */
function opening(open: () => Keyspace | string): Keyspace | string {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return error.errno === "EACCES"
      ? "cannot access data directory: permission denied"
      : `cannot access data directory: ${error.message}`;
  }
}

function standalone(sim: Simulation, { fs }: ServerContext, folder: string): Keyspace | string {
  const keyspace = new PlainKeyspace(sim);
  const path = databasePath(folder);
  if (!fs.exists(path)) {
    writeDatabase(fs, folder, snapshotText(keyspace.contents()));
    return keyspace;
  }
  const snapshot = readSnapshot(fs.readFile(path));
  if (typeof snapshot !== "object") return "failed to open database: invalid database";
  keyspace.replace(snapshot.contents);
  return keyspace;
}

function isKnown(sim: Simulation, header: string | undefined): boolean {
  return header !== undefined && etcdAuthority(sim).verify(decodeBase64(header)) !== undefined;
}

/** Of an etcd by itself, which runs from the beginning. */
function alone(node: string, own: Member): Membership {
  const membership = new Membership({ members: [own], linked: () => true, changed() {} });
  membership.start(own, node, () => {});
  return membership;
}

/** Whom `--initial-cluster` names, of a cluster that nobody has begun yet. */
function founders(initial: string, own: string): Member[] {
  const named = initial.split(",").flatMap((entry) => /^[^=]+=(.+)$/.exec(entry)?.[1] ?? []);
  return [...new Set(named.includes(own) ? named : [own])].map((peers) => memberOf("", { peers, clients: "" }));
}

function logger(ctx: ServerContext) {
  return (level: string, caller: string, msg: string, fields: object): void => {
    ctx.log((time) => JSON.stringify({ level, ts: new Date(time).toISOString(), caller, msg, ...fields }), "stderr");
  };
}
