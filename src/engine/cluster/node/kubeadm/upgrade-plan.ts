/** `kubeadm upgrade plan`. Upstream: cmd/kubeadm/app/cmd/upgrade/plan.go, cmd/kubeadm/app/phases/upgrade/compute.go. */
import { nodes, pods } from "../../../api/registry.ts";
import type { Pod } from "../../../api/generated/types.ts";
import type { Client } from "../../../client/client.ts";
import { compareReleases, MINOR, NEWEST } from "../../releases.ts";
import { table } from "../text-table.ts";
import { adminClient } from "./admin-client.ts";
import { healthProblems, STATIC_COMPONENTS } from "./cluster-health.ts";
import { clusterRelease, readingConfiguration } from "./cluster-configuration.ts";
import type { Subcommand } from "./subcommand.ts";

const RULE = "_".repeat(69);
const COLUMNS = ["COMPONENT", "NODE", "CURRENT", "TARGET"];
const CONFIGS = [
  ["API GROUP", "CURRENT VERSION", "PREFERRED VERSION", "MANUAL UPGRADE REQUIRED"],
  ["kubeproxy.config.k8s.io", "v1alpha1", "v1alpha1", "no"],
  ["kubelet.config.k8s.io", "v1beta1", "v1beta1", "no"],
];

export const planUpgrade: Subcommand = {
  flags: "ignore-preflight-errors",
  *run(call) {
    yield* call.out("[preflight] Running pre-flight checks.\n");
    yield* call.preflight(call.privilegeProblem, "");
    const client = adminClient(call);
    yield* call.out(readingConfiguration("upgrade/config"));
    const current = clusterRelease(client);
    yield* call.out("[upgrade] Running cluster health checks\n");
    yield* call.preflight(healthProblems(call, client), "");
    const own = call.host.packages.release("kubeadm");
    yield* call.out(
      `[upgrade] Fetching available versions to upgrade to\n[upgrade/versions] Cluster version: ${current}\n[upgrade/versions] kubeadm version: ${own}\n[upgrade/versions] Target version: ${NEWEST}\n[upgrade/versions] Latest version in the ${MINOR} series: ${NEWEST}\n\n`,
    );
    if (compareReleases(current, NEWEST) < 0) yield* call.out(upgradeText(client, { current, own }));
    yield* call.out(componentConfigs());
    return 0;
  },
};

function upgradeText(client: Client, { current, own }: { current: string; own: string }): string {
  const kubelets = client
    .resource(nodes)
    .list("")
    .items.filter(({ status }) => compareReleases(status.nodeInfo?.kubeletVersion ?? "", NEWEST) < 0)
    .map(({ metadata, status }) => ["kubelet", metadata.name, status.nodeInfo?.kubeletVersion ?? "", NEWEST]);
  const inKubeSystem = (labelSelector: string): Pod[] =>
    client.resource(pods).list("kube-system", { labelSelector }).items;
  const tagOf = ({ spec }: Pod): string => spec.containers[0]?.image?.replace(/^.*:/, "") ?? "";
  const rowsOf = (component: string, target: string): string[][] =>
    inKubeSystem(`component=${component}`).map((pod) => [component, pod.spec.nodeName ?? "", tagOf(pod), target]);
  const etcd = rowsOf("etcd", "").map(([name = "", node = "", tag = ""]) => [name, node, tag, tag]);
  const [dns] = inKubeSystem("k8s-app=kube-dns");
  const dnsTag = dns === undefined ? "" : tagOf(dns);
  const rows = [
    ...STATIC_COMPONENTS.flatMap((component) => rowsOf(component, NEWEST)),
    ["kube-proxy", "", current.slice(1), NEWEST],
    ["CoreDNS", "", dnsTag, dnsTag],
    ...etcd,
  ];
  return [
    "Components that must be upgraded manually after you have upgraded the control plane with 'kubeadm upgrade apply':\n",
    table([COLUMNS, ...kubelets]),
    `\nUpgrade to the latest version in the ${MINOR} series:\n\n`,
    table([COLUMNS, ...rows]),
    `\nYou can now apply the upgrade by executing the following command:\n\n\tkubeadm upgrade apply ${NEWEST}\n\n`,
    own === NEWEST ? "" : `Note: Before you can perform this upgrade, you have to update kubeadm to ${NEWEST}.\n\n`,
    `${RULE}\n\n\n`,
  ].join("");
}

function componentConfigs(): string {
  return [
    "The table below shows the current state of component configs as understood by this version of kubeadm.\n",
    'Configs that have a "yes" mark in the "MANUAL UPGRADE REQUIRED" column require manual config upgrade or\n',
    "resetting to kubeadm defaults before a successful upgrade can be performed. The version to manually\n",
    'upgrade to is denoted in the "PREFERRED VERSION" column.\n\n',
    table(CONFIGS),
    `${RULE}\n\n`,
  ].join("");
}
