/**
 * In which order a server shows the groups that are its own, and which version of each is preferred. Upstream:
 * apiVersionPriorities in pkg/controlplane/apiserver/aggregator.go and cmd/kube-apiserver/app/server.go.
 */
export interface Priority {
  readonly group: number;
  readonly version: number;
}

const GROUPS: Readonly<Record<string, number>> = {
  "": 18_000,
  apps: 17_800,
  "events.k8s.io": 17_750,
  "authentication.k8s.io": 17_700,
  "authorization.k8s.io": 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  "certificates.k8s.io": 17_300,
  "networking.k8s.io": 17_200,
  policy: 17_100,
  "rbac.authorization.k8s.io": 17_000,
  "storage.k8s.io": 16_800,
  "apiextensions.k8s.io": 16_700,
  "admissionregistration.k8s.io": 16_700,
  "scheduling.k8s.io": 16_600,
  "coordination.k8s.io": 16_500,
  "node.k8s.io": 16_300,
  "discovery.k8s.io": 16_200,
  "flowcontrol.apiserver.k8s.io": 16_100,
  "resource.k8s.io": 15_900,
};

/** The versions that aren't in the place of most. */
const VERSIONS: Readonly<Record<string, number>> = {
  "/v1": 1,
  "autoscaling/v2": 30,
  "flowcontrol.apiserver.k8s.io/v1": 21,
};
const usual = (version: string): number => (/^v\d+$/.test(version) ? 15 : 9);
const FIRST = 20_000;

/** undefined for a group that isn't the server's own: a custom one. */
export function priorityOf(group: string, version: string): Priority | undefined {
  const place = GROUPS[group];
  return place === undefined ? undefined : { group: place, version: VERSIONS[`${group}/${version}`] ?? usual(version) };
}

/** Where the group stands in discovery; custom ones come last, the registration of groups first. */
export function placeOf(group: string): number {
  return group === "apiregistration.k8s.io" ? FIRST : (GROUPS[group] ?? 0);
}
