/**
 * `minikube addons`. Upstream: kubernetes/minikube cmd/minikube/cmd/config/addons_list.go, pkg/addons.
 *
 * **Simplified:** those of `SIMULATED` can be switched on and off, and are on while their objects are there; of the others
 * only the best known are listed.
 */
import type { ProgramContext } from "../engine/base/program.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { sleep, write } from "../engine/base/syscalls.ts";
import { boxTable } from "./box-table.ts";
import { ask, missing, switchAddon } from "./minikube-state.ts";

/** Name → who maintains it. */
const ADDONS: Readonly<Record<string, string>> = {
  ambassador: "3rd party (Ambassador)",
  "cloud-spanner": "Google",
  "csi-hostpath-driver": "Kubernetes",
  dashboard: "Kubernetes",
  "default-storageclass": "Kubernetes",
  "dra-example-driver": "Drydock",
  "gateway-api": "Drydock",
  ingress: "Kubernetes",
  "ingress-dns": "minikube",
  "metrics-server": "Kubernetes",
  "prometheus-adapter": "Drydock",
  registry: "minikube",
  "storage-provisioner": "minikube",
  volumesnapshots: "Kubernetes",
};
const SIG_STORAGE = "registry.k8s.io/sig-storage";
const CERTGEN = "registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.1";
/** What can be switched on and off, and the images that it brings. */
const SIMULATED: Readonly<Record<string, readonly string[]>> = {
  "default-storageclass": [],
  "storage-provisioner": ["gcr.io/k8s-minikube/storage-provisioner:v5"],
  "metrics-server": ["registry.k8s.io/metrics-server/metrics-server:v0.8.0"],
  "prometheus-adapter": [
    "registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0",
    "prom/prometheus:v3.5.0",
    "prom/pushgateway:v1.11.1",
  ],
  "gateway-api": ["drydock.dev/gateway-controller:v1"],
  "dra-example-driver": ["registry.k8s.io/dra-example-driver/dra-example-driver:v0.2.0"],
  volumesnapshots: [`${SIG_STORAGE}/snapshot-controller:v8.2.0`],
  "csi-hostpath-driver": [
    "csi-resizer:v1.6.0",
    "csi-snapshotter:v6.1.0",
    "csi-provisioner:v3.3.0",
    "csi-attacher:v4.0.0",
    "csi-external-health-monitor-controller:v0.7.0",
    "csi-node-driver-registrar:v2.6.0",
    "hostpathplugin:v1.9.0",
    "livenessprobe:v2.8.0",
  ].map((image) => `${SIG_STORAGE}/${image}`),
  ingress: ["registry.k8s.io/ingress-nginx/controller:v1.13.2", CERTGEN, CERTGEN],
};

/** Those whose pods are waited for, and the label of these. */
const VERIFIED: Readonly<Record<string, string>> = {
  "csi-hostpath-driver": "kubernetes.io/minikube-addons=csi-hostpath-driver",
  ingress: "app.kubernetes.io/name=ingress-nginx",
};
const VERIFY_TIMEOUT_MS = 360_000;

/** addons list | enable NAME | disable NAME */
export function* addons(_ctx: ProgramContext, args: string[]): Call<number> {
  const [what, name] = args;
  if (what === "list") return yield* list();
  if ((what === "enable" || what === "disable") && name !== undefined) {
    if (SIMULATED[name] !== undefined) return yield* toggle(what, name);
    const known = ADDONS[name] !== undefined;
    const why = known
      ? `the addon '${name}' is not simulated here`
      : `addon '${name}' is not a valid addon packaged with minikube.`;
    yield* write(2, `\n❌  Exiting due to MK_ADDON_${what.toUpperCase()}: ${why}\n`);
    return 10;
  }
  yield* write(
    2,
    "\n❌  Exiting due to MK_USAGE: usage: minikube addons list | enable ADDON_NAME | disable ADDON_NAME\n",
  );
  return 14;
}

function* toggle(action: "enable" | "disable", name: string): Call<number> {
  const none = yield* missing(yield* ask("state"), true);
  if (none !== undefined) return none;
  if (action === "enable") {
    yield* write(
      1,
      `💡  ${name} is an addon maintained by ${ADDONS[name]}. For any concerns contact minikube on GitHub.\nYou can view the list of minikube maintainers at: https://github.com/kubernetes/minikube/blob/master/OWNERS\n${(SIMULATED[name] ?? []).map((image) => `    ▪ Using image ${image}\n`).join("")}`,
    );
  }
  yield* switchAddon(action, name);
  const label = VERIFIED[name];
  if (action === "enable" && label !== undefined) {
    yield* write(1, `🔎  Verifying ${name} addon...\n`);
    if (!(yield* podsRun(name))) {
      const why = `run callbacks: running callbacks: [waiting for ${label} pods: context deadline exceeded]`;
      yield* write(2, `\n❌  Exiting due to MK_ADDON_ENABLE: ${why}\n`);
      return 10;
    }
  }
  yield* write(
    1,
    action === "enable" ? `🌟  The '${name}' addon is enabled\n` : `🌑  "The '${name}' addon is disabled\n`,
  );
  return 0;
}

/** Waits until the pods of the addon run, for as long as minikube does; it does not wait for them to be ready. */
function* podsRun(name: string): Call<boolean> {
  for (let waited = 0; waited < VERIFY_TIMEOUT_MS; waited += 500) {
    if ((yield* ask("state")).verified.includes(name)) return true;
    yield* sleep(500);
  }
  return false;
}

/** Without a cluster there is no profile to tell the state of. */
function* list(): Call<number> {
  const { exists, addons: switchedOn } = yield* ask("state");
  const isOn = (name: string): boolean => switchedOn.includes(name);
  const names = Object.entries(ADDONS);
  const table = exists
    ? boxTable(
        ["ADDON NAME", "PROFILE", "STATUS", "MAINTAINER"],
        names.map(([name, by]) => [name, "minikube", isOn(name) ? "enabled ✅" : "disabled", by]),
      )
    : boxTable(["ADDON NAME", "MAINTAINER"], names);
  yield* write(1, table);
  return 0;
}
