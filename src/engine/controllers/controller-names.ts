/**
 * What `--controllers` calls the controllers. Upstream: cmd/kube-controller-manager/names, KnownControllers and
 * ControllerAliases of cmd/kube-controller-manager/app, IsControllerEnabled of controller-manager/app.
 */

/** A name, the one that it had before, and the one under which ours writes events; "-": there is none. */
const NAMES = `
serviceaccount-token-controller serviceaccount-token serviceaccount-token-controller
endpoints-controller endpoint endpoint-controller
endpointslice-controller endpointslice endpointslice-controller
endpointslice-mirroring-controller endpointslicemirroring endpointslice-mirroring-controller
replicationcontroller-controller replicationcontroller replication-controller
pod-garbage-collector-controller podgc pod-garbage-collector
resourcequota-controller resourcequota resourcequota-controller
namespace-controller namespace namespace-controller
serviceaccount-controller serviceaccount service-account-controller
garbage-collector-controller garbagecollector generic-garbage-collector
daemonset-controller daemonset daemonset-controller
job-controller job job-controller
deployment-controller deployment deployment-controller
replicaset-controller replicaset replicaset-controller
horizontal-pod-autoscaler-controller horizontalpodautoscaling horizontal-pod-autoscaler
disruption-controller disruption disruption-controller
statefulset-controller statefulset statefulset-controller
cronjob-controller cronjob cronjob-controller
certificatesigningrequest-signing-controller csrsigning csrsigning
certificatesigningrequest-approving-controller csrapproving csrapproving
certificatesigningrequest-cleaner-controller csrcleaner csrcleaner
ttl-controller ttl ttl-controller
bootstrap-signer-controller bootstrapsigner bootstrap-signer-controller
token-cleaner-controller tokencleaner token-cleaner
node-ipam-controller nodeipam node-ipam-controller
node-lifecycle-controller nodelifecycle node-controller
taint-eviction-controller - taint-eviction-controller
persistentvolume-binder-controller persistentvolume-binder persistentvolume-controller
persistentvolume-attach-detach-controller attachdetach attachdetach-controller
persistentvolume-expander-controller persistentvolume-expander volume_expand
clusterrole-aggregation-controller clusterrole-aggregation clusterrole-aggregation-controller
persistentvolumeclaim-protection-controller pvc-protection pvc-protection-controller
persistentvolume-protection-controller pv-protection pv-protection-controller
ttl-after-finished-controller ttl-after-finished ttl-after-finished-controller
root-ca-certificate-publisher-controller root-ca-cert-publisher root-ca-cert-publisher
ephemeral-volume-controller ephemeral-volume ephemeral-volume-controller
resourceclaim-controller resource-claim-controller resource-claim-controller
legacy-serviceaccount-token-cleaner-controller legacy-service-account-token-cleaner legacy-service-account-token-cleaner
service-lb-controller service -
node-route-controller route -
cloud-node-lifecycle-controller cloud-node-lifecycle -
storageversion-garbage-collector-controller storage-version-gc -
validatingadmissionpolicy-status-controller - -
service-cidr-controller - -
storage-version-migrator-controller - -
`
  .trim()
  .split("\n")
  .map((line) => line.split(" ") as [name: string, alias: string, ours: string]);

/** Off unless they are named. */
const OFF = ["bootstrap-signer-controller", "token-cleaner-controller"];

/** The word with a name of old replaced by the present one; a word may begin with a dash. */
function canonical(word: string): string {
  const bare = word.replace(/^-/, "");
  const [name] = NAMES.find(([, alias]) => alias === bare) ?? [bare];
  return word.startsWith("-") ? `-${name}` : name;
}

/** The first word that names no controller. */
export function unknownController(words: readonly string[]): string | undefined {
  const isKnown = (word: string): boolean => word === "*" || NAMES.some(([name]) => name === word.replace(/^-/, ""));
  return words.find((word) => !isKnown(canonical(word)));
}

/** Whether the controller that writes events under that name is to run; what upstream's manager doesn't have always is. */
export function isControllerEnabled(words: readonly string[], events: string): boolean {
  const [name] = NAMES.find(([, , ours]) => ours === events) ?? [];
  if (name === undefined) return true;
  const wanted = words.map(canonical);
  const said = wanted.find((word) => word === name || word === `-${name}`);
  return said === undefined ? wanted.includes("*") && !OFF.includes(name) : said === name;
}
