/**
 * `npx tsx scripts/front-pages.ts DIR [--only TEXT] [--all]`: do the pages of the applications below DIR answer? Each folder
 * gets a cluster of its own (each file, where the files of a folder stand in each other's way) with an ingress controller.
 * Every service that speaks HTTP is asked by a pod through its name, by the laptop through an Ingress, and by the laptop
 * through a node's port; the table has what came back, and what `drydock why` says where that isn't one and the same. Of
 * services that nobody is ready behind it has why: no pod of the folder is meant, or what keeps the pods. A folder that
 * brings an Ingress controller of its own has that one, whose services are the doorway and aren't asked through it. Services
 * that speak something else are counted. `--only` takes the folders whose path has TEXT in it; `--all` prints the rows that
 * are well besides the others.
 */
import { relative } from "node:path";
import type { Pod, PodSpec, Service } from "../src/engine/api/generated/types.ts";
import { selectorFromLabels } from "../src/engine/api/meta/selectors.ts";
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
type Way = "service" | "ingress" | "node port";
interface Row {
  service: string;
  pages: Partial<Record<Way, Page>> & { service: Page };
  /** Where the ways don't come to the same. */
  why?: string;
}
interface Found {
  rows: Row[];
  mute: string[];
  /** Services that nobody is ready behind, with why. */
  empty: { label: string; why: string }[];
}

const CONTROLLER = "/nginx-ingress-controller";
const controls = (spec: PodSpec | undefined): boolean =>
  spec?.containers?.some(({ args, command }) => [...(command ?? []), ...(args ?? [])].includes(CONTROLLER)) === true;

/** What keeps a pod from being ready, in the shortest form. */
function stateOf({ spec, status }: Pod): string {
  const image = spec.containers[0]?.image ?? "";
  for (const { state, lastState, name } of [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
  ]) {
    const reason = state?.waiting?.reason ?? state?.terminated?.reason;
    const last = lastState?.terminated?.exitCode;
    if (reason !== undefined && reason !== "Completed")
      return `${name} of ${image}: ${reason}${last === undefined ? "" : `, exit ${last}`}`;
  }
  const unmet = status.conditions?.find(({ status: value }) => value === "False");
  return `${image}: ${unmet?.reason ?? status.phase} ${unmet?.message ?? ""}`.trim();
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

  async rows(manifests: readonly Manifest[]): Promise<Found> {
    const { playground } = this;
    await playground.boot();
    const ownController = manifests.some(({ object }) =>
      controls((object["spec"] as { template?: { spec?: PodSpec } } | undefined)?.template?.spec),
    );
    playground.cluster?.setAddon("ingress", !ownController);
    await apply(playground, { file: "", object: CLIENT }, this.namespaces);
    for (const manifest of [...missingSecrets(manifests), ...manifests]) {
      if (!LEFT_OUT.test(manifest.object.kind)) await apply(playground, manifest, this.namespaces);
    }
    await playground.runUntil(playground.sim.now + WAITED_MS);
    const found: Found = { rows: [], mute: [], empty: [] };
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
        if (!this.served(service)) found.empty.push({ label, why: this.whyNobody(service) });
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

  private podsOf({ metadata, spec }: Service): Pod[] {
    const selector = selectorFromLabels(spec.selector);
    const all = this.client.resource(pods).list(metadata.namespace ?? "").items;
    return all.filter(({ metadata: { labels } }) => selector.matches(labels ?? {}));
  }

  private whyNobody(service: Service): string {
    const [pod] = this.podsOf(service);
    return pod === undefined ? "no pod" : stateOf(pod);
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
    const doorway = this.doorway;
    const itself = this.podsOf(service).some(({ spec }) => controls(spec));
    const outside = [
      "curl",
      "--resolve",
      `${host}:${doorway.port}:${doorway.address}`,
      `http://${host}:${doorway.port}/`,
    ];
    const pages: Row["pages"] = {
      service: inside,
      ...(!itself && { ingress: await this.ask(outside) }),
      "node port": await this.ask(["curl", "-k", `${scheme}://${doorway.address}:${nodePort}/`]),
    };
    const row = { service: `${namespace}/${name}:${port}`, pages };
    const wrong = (Object.entries(pages) as [Way, Page][]).find(([, page]) => !isWell(page, inside));
    if (wrong === undefined) return row;
    const asked = {
      service: ["pod/front-pages/front-pages", `http://${name}.${namespace}:${port}/`],
      ingress: ["laptop", `http://${doorway.address}:${doorway.port}/`, "-H", `Host: ${host}`],
      "node port": ["laptop", `${scheme}://${doorway.address}:${nodePort}/`],
    };
    return { ...row, why: await this.print(["drydock", "why", ...asked[wrong[0]], "--no-trial"]) };
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

  /** Where the ingress controller is asked: its node's port 80, or the node port of its service. */
  private get doorway(): { address: string; port: number } {
    const running = this.client
      .resource(pods)
      .list("")
      .items.find(({ spec, status }) => status.phase === "Running" && controls(spec));
    if (running === undefined) return { address: "", port: 80 };
    const { spec, status, metadata } = running;
    const address = status.hostIP ?? "";
    const open = spec.containers.some(({ ports = [] }) => ports.some(({ hostPort }) => hostPort === 80));
    if (open || spec.hostNetwork === true) return { address, port: 80 };
    const own = this.client
      .resource(services)
      .list(metadata.namespace ?? "")
      .items.filter((each) => this.podsOf(each).includes(running))
      .flatMap((each) => each.spec.ports ?? [])
      .find(({ name, nodePort }) => name === "http" && nodePort !== undefined);
    return { address, port: own?.nodePort ?? 80 };
  }

  /** What a command on the laptop prints. */
  private async print(argv: readonly string[]): Promise<string> {
    const { playground } = this;
    let stdout: string | undefined;
    void playground.command([...argv], "", false).then((result) => (stdout = result.stdout));
    while (stdout === undefined) await playground.runUntil(playground.sim.now + 50);
    return stdout;
  }

  /** What a curl on the laptop, or in the pod, gets: redirects are followed. */
  private async ask(words: readonly string[]): Promise<Page> {
    const at = words.indexOf("curl") + 1;
    const more = ["-s", "-L", "-m", "8", "-w", "\n%{http_code}"];
    const stdout = await this.print([...words.slice(0, at), ...more, ...words.slice(at)]);
    const end = stdout.lastIndexOf("\n");
    const text = stdout.slice(0, Math.max(0, end)).replace(/<(style|script)[^]*?<\/\1>|<[^>]*>/g, " ");
    return { status: Number(stdout.slice(end + 1)), words: text.replace(/\s+/g, " ").trim().slice(0, 60) };
  }
}

const isWell = ({ status }: Page, { status: inside }: Page): boolean => status === inside && status > 0 && status < 500;

const counts = { well: 0, not: 0, mute: 0, alone: 0, kept: 0 };
for (const { name, manifests } of readCollections(root).folders) {
  if (!name.includes(only)) continue;
  for (const [application, content] of applicationsOf(name, manifests)) {
    if (!content.some(({ object }) => object.kind === "Service")) continue;
    const { rows, mute, empty } = await new Trial().rows(content);
    const lines: string[] = [];
    for (const { service, pages, why } of rows) {
      counts[why === undefined ? "well" : "not"]++;
      const shown = Object.entries(pages).map(([way, { status }]) => `${way} ${status}`);
      if (showAll || why !== undefined)
        lines.push(
          `  ${why === undefined ? "ok " : "NOT"} ${service}  ${shown.join("  ")}  ${pages.service.words}`,
          ...(why ?? "").split("\n").flatMap((line) => (/^ *Why:/.test(line) ? [`      ${line.trim()}`] : [])),
        );
    }
    counts.mute += mute.length;
    if (showAll && mute.length > 0) lines.push(`      no HTTP: ${mute.join(", ")}`);
    for (const { label, why } of empty) {
      counts[why === "no pod" ? "alone" : "kept"]++;
      lines.push(`  -   nobody ready behind ${label}: ${why}`);
    }
    if (lines.length > 0) console.log([relative(root, application), ...lines].join("\n"));
  }
}
console.log(
  `pages: ${counts.well} answer through service, ingress and node port, ${counts.not} do not; ${counts.mute} services speak something else; ${counts.alone} have no pod in their folder, behind ${counts.kept} none is ready`,
);
