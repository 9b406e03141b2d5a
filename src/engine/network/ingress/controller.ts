/**
 * ingress-nginx' controller: reads Ingresses and what they name through the API with its own account, and serves them from
 * its pod. Upstream: kubernetes/ingress-nginx cmd/nginx, internal/ingress/{controller,status}.
 *
 * **Simplified:** every replica writes the status, without election; ports are 80, 443 and 10254 unless flags say otherwise.
 * What its own ConfigMap may hold says `controller-settings.ts`.
 */
import type {
  ConfigMap,
  EndpointSlice,
  Ingress,
  IngressClass,
  Node,
  Pod,
  Secret,
  Service,
} from "../../api/generated/types.ts";
import { configMaps } from "../../api/core/config-map.ts";
import { nodes } from "../../api/core/node.ts";
import { pods } from "../../api/core/pod/index.ts";
import { secrets } from "../../api/core/secret.ts";
import { services } from "../../api/core/service.ts";
import { endpointSlices } from "../../api/discovery/endpoint-slice.ts";
import { keyOf } from "../../api/meta/object.ts";
import { isNotFound, StatusError } from "../../api/meta/status-error.ts";
import { ingressClasses } from "../../api/networking/ingress-class.ts";
import { ingresses } from "../../api/networking/ingress.ts";
import { decodeBase64 } from "../../base/base64.ts";
import { deepEqual } from "../../base/json.ts";
import { klogLine } from "../../base/klog.ts";
import type { KlogLevel } from "../../base/klog.ts";
import { RequestCounts } from "../../base/request-counts.ts";
import type { Client } from "../../client/client.ts";
import { Recorder } from "../../client/event-recorder.ts";
import { InformerFactory } from "../../client/informer-factory.ts";
import type { Informer } from "../../client/informer.ts";
import type { ServerContext, ServerHooks } from "../../runtime/containers/image.ts";
import { overTls } from "../../runtime/network-port.ts";
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import type { Simulation } from "../../sim/simulation.ts";
import { readControllerSettings } from "./controller-settings.ts";
import { withoutEffect } from "./annotations.ts";
import { answerReview, checkIngress } from "./admission.ts";
import { takesIngress } from "./class-match.ts";
import { fakeCertificate } from "./fake-certificate.ts";
import type { IngressObjects } from "./backends.ts";
import { IngressServer } from "./ingress-server.ts";
import { orphans } from "./orphans.ts";
import { publishedAddresses } from "./published-addresses.ts";
import { readFlags } from "./read-flags.ts";
import { Streams } from "./streams.ts";
import { buildTable, settingsOf } from "./routing-table.ts";
import type { Server } from "./routing-table.ts";

const METRIC = "nginx_ingress_controller_requests";
const METRIC_HELP = "The total number of client requests";
const BY_SERVICE = "service";
const SERVICE_NAME = "kubernetes.io/service-name";
/** From a change until nginx runs with it. */
const RELOAD_MS = 100;
const STATUS_MS = 60_000;
const PATIENCE_MS = 100;
const NOT_PERMITTED =
  "✖ the cluster seems to be running with a restrictive Authorization mode and the Ingress controller does not have the required permissions to operate normally";

export class IngressController {
  private readonly ctx: ServerContext;
  private readonly client: Client;
  private readonly informers: InformerFactory;
  private readonly events: Recorder;
  private readonly flags: ReadonlyMap<string, string>;
  private readonly ingresses: Informer<Ingress>;
  private readonly classes: Informer<IngressClass>;
  private readonly services: Informer<Service>;
  private readonly slices: Informer<EndpointSlice>;
  private readonly secrets: Informer<Secret>;
  private readonly maps: Informer<ConfigMap>;
  private readonly objects: IngressObjects;
  private readonly server: IngressServer;
  private readonly streams: Streams;
  /** Undefined: nobody wants to know. */
  private readonly requests: RequestCounts | undefined;
  private waiting = false;
  private ready = false;

  constructor(sim: Simulation, ctx: ServerContext, client: Client) {
    this.ctx = ctx;
    this.client = client;
    this.flags = readFlags(ctx.argv);
    this.informers = new InformerFactory(sim, client);
    this.events = new Recorder(sim, client, { component: "nginx-ingress-controller" });
    this.ingresses = this.informers.informer(ingresses);
    this.classes = this.informers.informer(ingressClasses);
    this.services = this.informers.informer(services);
    this.slices = this.informers.informer(endpointSlices);
    this.secrets = this.informers.informer(secrets);
    this.maps = this.informers.informer(configMaps);
    this.slices.addIndex(BY_SERVICE, ({ metadata }) => {
      const name = metadata.labels?.[SERVICE_NAME];
      return name === undefined ? [] : [`${metadata.namespace}/${name}`];
    });
    const asked = this.flags.get("enable-metrics");
    const counts = asked === undefined || asked === "false" ? undefined : new RequestCounts(METRIC, METRIC_HELP);
    this.requests = counts;
    const itself = { canary: "", controller_pod: ctx.pod.name, controller_namespace: ctx.pod.namespace };
    const objects: IngressObjects = {
      service: (key: string) => this.services.lister.get(key),
      slices: (key: string) => this.slices.lister.byIndex(BY_SERVICE, key),
      secret: (key: string) => this.secrets.lister.get(key),
      configMap: (key: string) => this.maps.lister.get(key),
    };
    this.objects = objects;
    const host = {
      objects,
      now: () => ctx.now(),
      after: (ms: number, run: () => void) => ctx.after(ms, run),
      random: (bound: number) => ctx.random(bound),
      exchange: (request: Parameters<NonNullable<typeof ctx.network.exchange>>[0]) =>
        ctx.network.exchange?.(request) ?? ({ ok: false, errno: "ENETUNREACH", latencyMs: 0, hops: [] } as const),
      log: (line: () => string) => ctx.log(line),
      complain: (line: () => string) => ctx.log(line, "stderr"),
      station: `pod/${ctx.pod.namespace}/${ctx.pod.name}`,
      defaultService: this.flags.get("default-backend-service") ?? "",
      ...(counts && {
        served: (labels: Readonly<Record<string, string>>) =>
          counts.count({ ...labels, ...itself, controller_class: "k8s.io/ingress-nginx" }),
      }),
      certificate: (server: Server) => this.certificate(server),
      httpsPort: this.port("https-port", 443),
      passesTls: this.flags.get("enable-ssl-passthrough") === "true",
    };
    this.server = new IngressServer(host, buildTable([]));
    const warn = (where: string, text: string): void => this.warn(where, text);
    const error = (where: string, text: string): void => this.tell("E", where, text);
    const taken = [this.port("http-port", 80), host.httpsPort, this.port("healthz-port", 10_254)];
    this.streams = new Streams(ctx, { objects, taken, warn, error });
  }

  start(): ServerHooks {
    const { ctx, informers } = this;
    ctx.use({ cpuMillicores: 3, memoryBytes: 92 * 1024 * 1024 });
    const rule = "-".repeat(79);
    ctx.log(
      `${rule}\nNGINX Ingress controller\n  Release:       v1.15.1\n  Build:         simulated\n  Repository:    https://github.com/kubernetes/ingress-nginx\n  nginx version: nginx/1.27.1\n\n${rule}\n`,
    );
    this.say("main.go:205", `"Creating API client" host="https://10.96.0.1:443"`);
    const fatal = this.missing();
    if (fatal !== undefined) {
      this.tell("F", "main.go:83", fatal);
      ctx.exit(255);
      return {};
    }
    this.watch();
    informers.start();
    ctx.listen(this.port("healthz-port", 10_254), ({ path }) => this.page(path));
    this.whenSynced();
    const stop = (): void => {
      this.say("sigterm.go:36", `"Received SIGTERM, shutting down"`);
      this.say("nginx.go:393", `"Shutting down controller queues"`);
      ctx.exit(0);
    };
    return { signals: { SIGTERM: stop, SIGINT: stop, SIGQUIT: stop }, ended: () => informers.stop() };
  }

  /** Why it does not start: a service that its flags name can't be had. */
  private missing(): string | undefined {
    for (const flag of ["default-backend-service", "publish-service"]) {
      const [namespace = "", name = ""] = (this.flags.get(flag) ?? "").split("/");
      if (name === "") continue;
      try {
        this.client.resource(services).get(namespace, name);
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        if (error.code === 403 || error.code === 401) return NOT_PERMITTED;
        if (isNotFound(error)) return `no service with name ${name} found in namespace ${namespace}: ${error.message}`;
      }
    }
    return undefined;
  }

  private whenSynced(): void {
    if (!this.informers.synced) return this.ctx.after(PATIENCE_MS, () => this.whenSynced());
    this.readSettings();
    this.reload();
    this.ready = true;
    const { ctx, server } = this;
    ctx.listen(this.port("http-port", 80), (request) => server.answer(request));
    const secure = (request: ServedRequest): ServedResponse => server.answer(request);
    ctx.listen(this.port("https-port", 443), overTls(secure, secure));
    if (this.flags.has("validating-webhook"))
      ctx.listen(
        this.port("validating-webhook", 8443),
        overTls(({ body }) => answerReview(body, (each) => this.check(each))),
      );
    this.keepStatus();
  }

  /** Its own pages; metrics with `--enable-metrics`. */
  private page(path: string): ServedResponse {
    if (path === "/metrics" && this.requests !== undefined) return { status: 200, body: this.requests.text() };
    if (path !== "/healthz") return { status: 404, body: "404 page not found\n" };
    if (this.ready) return { status: 200, body: "ok" };
    const body = "[+]ping ok\n[-]nginx-ingress-controller failed: reason withheld\nhealthz check failed\n";
    return { status: 500, body };
  }

  /** What keeps an Ingress from being stored; those of other controllers are none of its business. */
  private check(ingress: Ingress): string | undefined {
    if (!this.isMine(ingress)) return undefined;
    const { namespace, name } = ingress.metadata;
    const why = checkIngress(ingress, { settings: this.server.settings, others: this.mine() });
    if (why === undefined)
      this.say("main.go:107", `"successfully validated configuration, accepting" ingress="${namespace}/${name}"`);
    else
      this.tell(
        "E",
        "main.go:96",
        `"invalid ingress configuration" err=${JSON.stringify(why)} ingress="${namespace}/${name}"`,
      );
    return why;
  }

  private mine(): Ingress[] {
    return [...this.ingresses.lister.list()].filter((ingress) => this.isMine(ingress));
  }

  private watch(): void {
    const later = (): void => this.reloadSoon();
    this.ingresses.addHandler({
      onAdd: (ingress) => this.seen(ingress),
      onUpdate: (ingress, old) => {
        const same =
          deepEqual(ingress.spec, old.spec) && deepEqual(ingress.metadata.annotations, old.metadata.annotations);
        if (!same) this.seen(ingress);
      },
      onDelete: later,
    });
    const settings = (map: ConfigMap): void => {
      if (this.isStreams(map)) return this.reloadSoon();
      if (keyOf(map) !== this.flags.get("configmap") || !this.ready) return;
      this.readSettings();
      this.reloadSoon();
    };
    const streamed = ({ metadata }: EndpointSlice): void => {
      if (this.ready && this.streams.uses(`${metadata.namespace}/${metadata.labels?.[SERVICE_NAME]}`))
        this.readStreams();
    };
    this.slices.addHandler({ onAdd: streamed, onUpdate: streamed, onDelete: streamed });
    this.maps.addHandler({ onAdd: settings, onUpdate: settings, onDelete: settings });
    this.classes.addHandler({ onAdd: later, onUpdate: later, onDelete: later });
  }

  private readSettings(): void {
    const key = this.flags.get("configmap") ?? "";
    const map = this.maps.lister.get(key);
    this.server.settings = readControllerSettings(map?.data);
    for (const name of this.server.settings.unknown)
      this.warn("template.go:1", `key ${name} of ConfigMap ${key} is not simulated: it has no effect`);
  }

  /** Ports of `--tcp-services-configmap` and its sister, and the endpoints behind them. */
  private readStreams(): void {
    for (const protocol of ["TCP", "UDP"] as const) {
      const map = this.maps.lister.get(this.flags.get(`${protocol.toLowerCase()}-services-configmap`) ?? "");
      this.streams.update(protocol, map?.data);
    }
  }

  private isStreams(map: ConfigMap): boolean {
    return ["tcp", "udp"].some((protocol) => keyOf(map) === this.flags.get(`${protocol}-services-configmap`));
  }

  private warn(where: string, text: string): void {
    this.tell("W", where, text);
  }

  private seen(ingress: Ingress): void {
    this.reloadSoon();
    if (!this.isMine(ingress)) {
      if (this.ready) {
        const { name, namespace } = ingress.metadata;
        this.say(
          "store.go:439",
          `"Ignoring ingress because of error while validating ingress class" ingress="${namespace}/${name}" error="ingress does not contain a valid IngressClass"`,
        );
      }
      return;
    }
    const settings = settingsOf(ingress, this.server.settings);
    for (const { name, why } of withoutEffect(settings, this.flags.get("enable-ssl-passthrough") === "true")) {
      const text = `annotation nginx.ingress.kubernetes.io/${name}`;
      this.warn("annotations.go:1", `${text} of ${keyOf(ingress)} ${why}`);
      this.events.event(ingress, "Warning", { reason: "NotSimulated", message: `${text} ${why}` });
    }
    this.events.event(ingress, "Normal", { reason: "Sync", message: "Scheduled for sync" });
  }

  private isMine(ingress: Ingress): boolean {
    return takesIngress(ingress, this.flags, (name) => this.classes.lister.get(name));
  }

  private reloadSoon(): void {
    if (this.waiting || !this.ready) return;
    this.waiting = true;
    this.ctx.after(RELOAD_MS, () => {
      this.waiting = false;
      this.reload();
      this.writeStatus();
    });
  }

  private reload(): void {
    this.say("controller.go:214", `"Configuration changes detected, backend reload required"`);
    this.server.table = buildTable(this.mine(), this.server.settings);
    for (const { place, text } of orphans(this.server.table, this.objects)) this.warn(place, text);
    this.readStreams();
    this.say("controller.go:228", `"Backend successfully reloaded"`);
    const own = this.ownPod();
    if (own !== undefined) {
      const message = "NGINX reload triggered due to a change in configuration";
      this.events.event(own, "Normal", { reason: "RELOAD", message });
    }
  }

  private keepStatus(): void {
    this.writeStatus();
    this.ctx.after(STATUS_MS, () => this.keepStatus());
  }

  private writeStatus(): void {
    const ingress = publishedAddresses(this.flags, {
      service: this.objects.service,
      nodes: () => this.nodeAddresses(),
    });
    for (const mine of this.mine()) {
      if (deepEqual(mine.status?.loadBalancer?.ingress ?? [], ingress)) continue;
      this.attempt(() =>
        this.client
          .resource(ingresses)
          .updateStatus({ ...mine, status: { loadBalancer: ingress.length === 0 ? {} : { ingress } } }),
      );
    }
  }

  private nodeAddresses(): { ip: string }[] {
    const own = this.ownPod();
    const labels = Object.entries(own?.metadata.labels ?? {}).filter(([key]) => !key.endsWith("template-hash"));
    const found = new Set<string>();
    this.attempt(() => {
      const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(",");
      const { items } = this.client.resource(pods).list(this.ctx.pod.namespace, { labelSelector });
      for (const { spec, status } of items as Pod[]) {
        if (status.phase !== "Running") continue;
        const node: Node = this.client.resource(nodes).get("", spec.nodeName ?? "");
        const address = node.status.addresses?.find(({ type }) => type === "InternalIP")?.address;
        if (address !== undefined) found.add(address);
      }
    });
    return [...found].sort().map((ip) => ({ ip }));
  }

  private ownPod(): Pod | undefined {
    const { namespace, name } = this.ctx.pod;
    let pod: Pod | undefined;
    this.attempt(() => (pod = this.client.resource(pods).get(namespace, name)));
    return pod;
  }

  private certificate({ tls = "" }: Server): string {
    const given = tls === "" ? (this.flags.get("default-ssl-certificate") ?? "") : tls;
    const pem = this.secrets.lister.get(given)?.data?.["tls.crt"];
    return pem === undefined ? fakeCertificate() : decodeBase64(pem);
  }

  /** What the API refuses is said, and tried again at the next turn. */
  private attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.tell("E", "status.go:1", error.message);
    }
  }

  private port(flag: string, usual: number): number {
    return Number(this.flags.get(flag)?.replace(/^.*:/, "") ?? usual);
  }

  private say(place: string, text: string): void {
    this.tell("I", place, text);
  }

  private tell(level: KlogLevel, place: string, text: string): void {
    this.ctx.log(klogLine(this.ctx.now(), { level, place, pid: 7 }, text), "stderr");
  }
}
