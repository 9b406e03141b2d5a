/**
 * `npx tsx scripts/front-pages.ts DIR [--only TEXT] [--all]`: do the pages of the applications below DIR answer? Each folder
 * gets a cluster of its own (each file, where the files of a folder stand in each other's way) with an ingress controller.
 * Every service that speaks HTTP is asked by a pod through its name, by the laptop through an Ingress, and by the laptop
 * through a node's port; the table has what came back. Services that speak something else are counted. `--only` takes the
 * folders whose path has TEXT in it; `--all` prints the rows that are well besides the others.
 */
import { relative } from "node:path";
import type { PodSpec, Service } from "../src/engine/api/generated/types.ts";
import { endpointSlices, pods, services } from "../src/engine/api/registry.ts";
import { adminUser } from "../src/engine/api/meta/user-info.ts";
import { Client } from "../src/engine/client/client.ts";
import { Playground } from "../src/worker/playground.ts";
import { type Manifest, readCollections } from "./manifests/collection.ts";
import { apply } from "./manifests/send.ts";

const [root, ...flags] = process.argv.slice(2);
if (root === undefined) throw new Error("usage: npx tsx scripts/front-pages.ts DIR [--only TEXT] [--all]");
const showAll = flags.includes("--all");
const only = flags.includes("--only") ? (flags[flags.indexOf("--only") + 1] ?? "") : "";

/** Longer than pulling, starting slowly and one round of crash back-off take. */
const WAITED_MS = 4 * 60_000;
/** What would stand in the way of everything else of its folder. */
const LEFT_OUT = /^(LimitRange|ResourceQuota|(Validating|Mutating)WebhookConfiguration|ValidatingAdmissionPolicy.*)$/;
const MANY = 100;
const CLIENT: Manifest["object"] = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "front-pages", namespace: "front-pages" },
  spec: { containers: [{ name: "curl", image: "curlimages/curl", command: ["sleep", "1d"] }] },
};

interface Page {
  status: number;
  words: string;
}
interface Row {
  service: string;
  pages: Record<"service" | "ingress" | "node port", Page>;
}

/** The secrets that pods name and nobody in the folder makes: what an application's instructions say to make by hand. */
function missingSecrets(manifests: readonly Manifest[]): Manifest[] {
  const made = new Set(
    manifests.filter(({ object }) => object.kind === "Secret").map(({ object }) => String(object.metadata?.["name"])),
  );
  const missing = new Map<string, Manifest>();
  for (const { file, object } of manifests) {
    const template = (object["spec"] as { template?: { spec?: PodSpec } } | undefined)?.template?.spec;
    const mounted = (template?.volumes ?? []).flatMap(({ secret }) =>
      secret?.secretName === undefined ? [] : [{ name: secret.secretName, items: secret.items ?? [] }],
    );
    const named = [...(template?.containers ?? []), ...(template?.initContainers ?? [])]
      .flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []))
      .map(({ name = "", key }) => ({ name, items: [{ key }] }));
    for (const { name, items } of [...mounted, ...named]) {
      if (made.has(name)) continue;
      const before = missing.get(name)?.object["stringData"] as Record<string, string> | undefined;
      const stringData = { ...before, ...Object.fromEntries(items.map(({ key }) => [key, `${key} by hand`])) };
      const metadata = { name, namespace: object.metadata?.["namespace"] ?? "default" };
      missing.set(name, { file, object: { apiVersion: "v1", kind: "Secret", metadata, stringData } });
    }
  }
  return [...missing.values()];
}

/** A folder, or its files one by one, each with what is there once in the folder, where two of them have the same object. */
function applicationsOf(folder: string, manifests: readonly Manifest[]): [string, Manifest[]][] {
  const names = manifests.map(({ object }) =>
    [object.kind, object.metadata?.["namespace"], object.metadata?.["name"]].join(),
  );
  if (new Set(names).size === names.length) return [[folder, [...manifests]]];
  // Examples that were cut out of texts have nothing to do with each other, nor do a hundred files in a folder.
  const alone =
    folder.includes("_embedded") || manifests.length > MANY
      ? []
      : manifests.filter((_, at) => names.indexOf(names[at] ?? "") === names.lastIndexOf(names[at] ?? ""));
  const files = new Map<string, Manifest[]>();
  for (const manifest of manifests) files.set(manifest.file, [...(files.get(manifest.file) ?? []), manifest]);
  return [...files]
    .filter(([, own]) => own.some(({ object }) => object.kind === "Service"))
    .map(([file, own]) => [file, [...own, ...alone.filter((each) => each.file !== file)]]);
}

class Trial {
  readonly playground = Playground.create({ preset: "default", seed: 1 });
  private readonly namespaces = new Set(["default", "kube-system", "kube-public"]);
  private get client(): Client {
    const { cluster } = this.playground;
    if (cluster === undefined) throw new Error("the cluster is gone");
    return new Client(cluster.server, adminUser);
  }

  async rows(manifests: readonly Manifest[]): Promise<{ rows: Row[]; mute: string[]; empty: string[] }> {
    const { playground } = this;
    await playground.boot();
    playground.cluster?.setAddon("ingress", true);
    await apply(playground, { file: "", object: CLIENT }, this.namespaces);
    for (const manifest of [...missingSecrets(manifests), ...manifests]) {
      if (!LEFT_OUT.test(manifest.object.kind)) await apply(playground, manifest, this.namespaces);
    }
    await playground.runUntil(playground.sim.now + WAITED_MS);
    const found = { rows: [] as Row[], mute: [] as string[], empty: [] as string[] };
    const own = new Set(
      manifests
        .filter(({ object }) => object.kind === "Service")
        .map(
          ({ object: { metadata } }) => `${String(metadata?.["namespace"] ?? "default")}/${String(metadata?.["name"])}`,
        ),
    );
    for (const service of this.client.resource(services).list("").items) {
      const { name, namespace = "" } = service.metadata;
      if (!own.has(`${namespace}/${name}`) || service.spec.selector === undefined) continue;
      for (const { port, protocol = "TCP" } of service.spec.ports ?? []) {
        if (protocol !== "TCP") continue;
        const label = `${namespace}/${name}:${port}`;
        if (!this.served(service)) found.empty.push(label);
        else {
          const row = await this.row(service, port);
          if (row === undefined) found.mute.push(label);
          else found.rows.push(row);
        }
      }
    }
    return found;
  }

  private served({ metadata: { name, namespace = "" } }: Service): boolean {
    return this.client
      .resource(endpointSlices)
      .list(namespace)
      .items.some(
        ({ metadata, endpoints = [] }) =>
          metadata.labels?.["kubernetes.io/service-name"] === name &&
          endpoints.some(({ conditions }) => conditions?.ready !== false),
      );
  }

  /** Undefined where the service doesn't speak HTTP. */
  private async row(service: Service, port: number): Promise<Row | undefined> {
    const { name, namespace = "" } = service.metadata;
    const from = ["kubectl", "exec", "-n", "front-pages", "front-pages", "--"];
    let scheme = "http";
    let inside = await this.ask([...from, "curl", `http://${name}.${namespace}:${port}/`]);
    if (inside.status === 0 || (inside.status === 400 && /HTTPS/i.test(inside.words))) {
      const secure = await this.ask([...from, "curl", "-k", `https://${name}.${namespace}:${port}/`]);
      if (secure.status === 0 && inside.status === 0) return undefined;
      if (secure.status !== 0) [scheme, inside] = ["https", secure];
    }
    const host = `${name}-${port}.${namespace}.example`;
    const nodePort = await this.open(service, { port, host, scheme });
    const address = this.doorway;
    const pages: Row["pages"] = {
      service: inside,
      ingress: await this.ask(["curl", "--resolve", `${host}:80:${address}`, `http://${host}/`]),
      "node port": await this.ask(["curl", "-k", `${scheme}://${address}:${nodePort}/`]),
    };
    return { service: `${namespace}/${name}:${port}`, pages };
  }

  /** An Ingress and a service with a node port beside the application's own service; answers with that port. */
  private async open(
    { metadata, spec }: Service,
    { port, host, scheme }: { port: number; host: string; scheme: string },
  ): Promise<number> {
    const { name, namespace } = metadata;
    const own = spec.ports?.find((each) => each.port === port);
    const doorway = `front-pages-${name}-${port}`.slice(0, 60);
    const backend = { service: { name, port: { number: port } } };
    const protocol = { "nginx.ingress.kubernetes.io/backend-protocol": scheme.toUpperCase() };
    const object = (apiVersion: string, kind: string, rest: object): Manifest => ({
      file: "",
      object: { apiVersion, kind, metadata: { name: doorway, namespace, annotations: protocol }, ...rest },
    });
    const { playground } = this;
    const rules = [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }];
    await apply(
      playground,
      object("networking.k8s.io/v1", "Ingress", { spec: { ingressClassName: "nginx", rules } }),
      this.namespaces,
    );
    const ports = [{ port, targetPort: own?.targetPort ?? port }];
    const twin = { type: "NodePort", selector: spec.selector, ports };
    await apply(playground, object("v1", "Service", { spec: twin }), this.namespaces);
    await playground.runUntil(playground.sim.now + 5000);
    return this.client.resource(services).get(namespace ?? "", doorway).spec.ports?.[0]?.nodePort ?? 0;
  }

  /** The node that the ingress controller runs on. */
  private get doorway(): string {
    const controllers = this.client.resource(pods).list("ingress-nginx").items;
    return controllers.find(({ status }) => status.phase === "Running")?.status.hostIP ?? "";
  }

  /** What a curl on the laptop, or in the pod, gets: redirects are followed. */
  private async ask(words: readonly string[]): Promise<Page> {
    const at = words.indexOf("curl") + 1;
    const more = ["-s", "-L", "-m", "8", "-w", "\n%{http_code}"];
    const { playground } = this;
    let stdout: string | undefined;
    const argv = [...words.slice(0, at), ...more, ...words.slice(at)];
    void playground.command(argv, "", false).then((result) => (stdout = result.stdout));
    while (stdout === undefined) await playground.runUntil(playground.sim.now + 50);
    const end = stdout.lastIndexOf("\n");
    const text = stdout.slice(0, Math.max(0, end)).replace(/<(style|script)[^]*?<\/\1>|<[^>]*>/g, " ");
    return { status: Number(stdout.slice(end + 1)), words: text.replace(/\s+/g, " ").trim().slice(0, 40) };
  }
}

const counts = { well: 0, not: 0, mute: 0, empty: 0 };
for (const { name, manifests } of readCollections(root).folders) {
  if (!name.includes(only)) continue;
  for (const [application, content] of applicationsOf(name, manifests)) {
    if (!content.some(({ object }) => object.kind === "Service")) continue;
    const { rows, mute, empty } = await new Trial().rows(content);
    const lines: string[] = [];
    for (const { service, pages } of rows) {
      const statuses = Object.values(pages).map(({ status }) => status);
      const well = statuses.every((status) => status === statuses[0] && status > 0 && status < 500);
      counts[well ? "well" : "not"]++;
      const shown = Object.entries(pages).map(([way, { status }]) => `${way} ${status}`);
      if (showAll || !well)
        lines.push(`  ${well ? "ok " : "NOT"} ${service}  ${shown.join("  ")}  ${pages.service.words}`);
    }
    counts.mute += mute.length;
    counts.empty += empty.length;
    if (showAll && mute.length > 0) lines.push(`      no HTTP: ${mute.join(", ")}`);
    if (empty.length > 0) lines.push(`  -   nobody ready behind: ${empty.join(", ")}`);
    if (lines.length > 0) console.log([relative(root, application), ...lines].join("\n"));
  }
}
console.log(
  `pages: ${counts.well} answer through service, ingress and node port, ${counts.not} do not; ${counts.mute} services speak something else, behind ${counts.empty} is nobody`,
);
