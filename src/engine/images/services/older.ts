/** Servers of older examples whose own work is left out. */
import { defineImage } from "../define-image.ts";
import type { ImageDefinition } from "../define-image.ts";
import { write } from "../../base/syscalls.ts";
import { tags } from "../tags.ts";
import { json } from "../web-app.ts";
import { defineService } from "./define-service.ts";

const seleniumHub = defineService({
  names: ["docker.io/selenium/hub"],
  tags: tags(280, "latest 4.0 4.0.0 4.1.0 4.8.0 4.20.0 4.27.0 4.35.0"),
  program: "/opt/bin/start-selenium-grid-hub.sh",
  http: {
    4444: ({ path }) =>
      /^\/(wd\/hub\/)?status$/.test(path)
        ? json({ value: { ready: false, message: "Selenium Grid not ready.", nodes: [] } })
        : path === "/"
          ? { status: 302, headers: { location: "/ui/" }, body: "" }
          : path.startsWith("/ui/")
            ? "Selenium Grid: this playground drives no browsers.\n"
            : undefined,
  },
  tcp: [4442, 4443],
  lacks: "drives no browsers and registers no nodes; its status is there",
  banner: ["INFO [Hub.execute] - Started Selenium Hub 4.35.0: http://0.0.0.0:4444"],
  startMs: 3000,
  memoryMB: 220,
  user: { name: "seluser", uid: 1200 },
});

const seleniumNodes = defineService({
  names: ["chrome", "firefox", "edge"].map((browser) => `docker.io/selenium/node-${browser}`),
  tags: tags(600, "latest 4.0 4.0.0 4.1.0 4.8.0 4.20.0 4.27.0 4.35.0"),
  program: "/opt/bin/start-selenium-node.sh",
  http: { 5555: ({ path }) => (path === "/status" ? json({ value: { ready: false } }) : undefined) },
  lacks: "has no browser and finds no hub",
  banner: ["INFO [NodeServer.execute] - Started Selenium node 4.35.0: http://0.0.0.0:5555"],
  startMs: 3000,
  memoryMB: 300,
  user: { name: "seluser", uid: 1200 },
});

const hazelcast = defineService({
  names: ["quay.io/pires/hazelcast-kubernetes", "docker.io/hazelcast/hazelcast"],
  tags: tags(120, "latest 0.8.0 3.6 3.7 3.8 3.8_1 5.3 5.4 5.5"),
  program: "/opt/hazelcast/bin/hz-start",
  http: { 5701: ({ path }) => (path.startsWith("/hazelcast/health") ? json({ nodeState: "ACTIVE" }) : undefined) },
  lacks: "finds no other member and keeps no maps",
  banner: ["INFO: Members {size:1, ver:1} [ this ]", "INFO: LifecycleService: Address is STARTED"],
  startMs: 5000,
  memoryMB: 150,
});

const cockroach = defineService({
  names: ["docker.io/cockroachdb/cockroach"],
  tags: tags(150, "latest v1.1.0 v2.0.0 v19.1.0 v20.2.0 v21.2.0 v22.2.0 v23.1.0 v24.1.0 v25.2.0"),
  program: "/cockroach/cockroach",
  http: {
    8080: ({ path }) => (/^\/(health|_admin\/v1\/health)$/.test(path) ? json({ nodeId: 1 }) : undefined),
  },
  tcp: [26_257],
  refuses: ({ argv }) =>
    /^start(-single-node)?$/.test(argv[1] ?? "")
      ? undefined
      : { text: "Drydock: only `cockroach start` is simulated", code: 1 },
  lacks: "speaks no SQL and joins no other node: clients are hung up on; /health is there",
  banner: ["CockroachDB node starting", "nodeID:              1"],
  startMs: 4000,
  memoryMB: 220,
});

/** Looks for others before the first start. **Simplified:** it finds nobody. */
const cockroachInit = defineImage({
  name: "docker.io/cockroachdb/cockroach-k8s-init",
  tags: tags(20, "0.1..2"),
  entrypoint: ["/peer-finder"],
  userland: "busybox",
  programs: () => ({
    "/peer-finder": {
      kind: "program",
      *run() {
        yield* write(1, "Peer finder exiting\n");
        return 0;
      },
    },
  }),
});

const openldap = defineService({
  names: ["docker.io/osixia/openldap"],
  tags: tags(90, "latest stable 1.1.11 1.2.0..5 1.3.0 1.4.0 1.5.0"),
  program: "/container/tool/run",
  tcp: [389, 636],
  lacks: "speaks no LDAP: clients are hung up on",
  banner: ["*** INFO   | Running /container/run/process/slapd/run...", "slapd starting"],
  startMs: 3000,
  memoryMB: 40,
});

const nfsServer = defineService({
  names: ["registry.k8s.io/volume-nfs"],
  tags: tags(85, "0.6 0.8 latest"),
  program: "/usr/local/bin/run_nfs.sh",
  args: ["/exports"],
  tcp: [2049, 20_048, 111],
  lacks: "exports nothing: an nfs volume's backend is the storage part's own",
  banner: ["Serving /exports", "rpcinfo: can't contact rpcbind", "Starting rpcbind", "NFS started"],
  memoryMB: 8,
});

const problemDetector = defineService({
  names: ["registry.k8s.io/node-problem-detector", "registry.k8s.io/node-problem-detector/node-problem-detector"],
  tags: tags(40, "v0.1 v0.2 v0.6.3 v0.8.0..19 v0.8.20"),
  program: "/node-problem-detector",
  lacks: "reads no kernel log: it finds no problems, and reports none",
  banner: ["I kernel_monitor.go:87] Start kernel monitor", "I problem_detector.go:74] Problem detector started"],
  memoryMB: 12,
});

export const older: readonly ImageDefinition[] = [
  ...seleniumHub,
  ...seleniumNodes,
  ...hazelcast,
  ...cockroach,
  cockroachInit,
  ...openldap,
  ...nfsServer,
  ...problemDetector,
];
