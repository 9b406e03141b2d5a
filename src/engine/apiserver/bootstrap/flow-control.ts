/**
 * The priority levels and flow schemas of a new cluster. Upstream: apiserver pkg/apis/flowcontrol/bootstrap/default.go.
 */
import type { FlowSchemaSpec, FlowcontrolSubject, PriorityLevelConfigurationSpec } from "../../api/generated/types.ts";
import type { Draft, KubeObject } from "../../api/meta/object.ts";

const EVERYTHING = [
  {
    resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] }],
    nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
  },
];

interface Level {
  shares: number;
  lendable: number;
  /** Queues, hand size and queue length; absent: what is too much is rejected. */
  queuing?: readonly [queues: number, handSize: number, queueLengthLimit: number];
}

const LEVELS: Readonly<Record<string, Level>> = {
  "catch-all": { shares: 5, lendable: 0 },
  system: { shares: 30, lendable: 33, queuing: [64, 6, 50] },
  "node-high": { shares: 40, lendable: 25, queuing: [64, 6, 50] },
  "leader-election": { shares: 10, lendable: 0, queuing: [16, 4, 50] },
  "workload-high": { shares: 40, lendable: 50, queuing: [128, 6, 50] },
  "workload-low": { shares: 100, lendable: 90, queuing: [128, 6, 50] },
  "global-default": { shares: 20, lendable: 50, queuing: [128, 6, 50] },
};

export function priorityLevels(): Draft<KubeObject>[] {
  const exempt: PriorityLevelConfigurationSpec = { type: "Exempt" };
  const limited = Object.entries(LEVELS).map(([name, { shares, lendable, queuing }]) => {
    const [queues, handSize, queueLengthLimit] = queuing ?? [];
    const limitResponse =
      queues === undefined ? { type: "Reject" } : { type: "Queue", queuing: { queues, handSize, queueLengthLimit } };
    return draft(name, {
      type: "Limited",
      limited: { nominalConcurrencyShares: shares, lendablePercent: lendable, limitResponse },
    });
  });
  return [draft("exempt", exempt), ...limited];
}

function draft(name: string, spec: object): Draft<KubeObject> {
  return { metadata: { name, annotations: { [AUTOUPDATE]: "true" } }, spec } as Draft<KubeObject>;
}

const AUTOUPDATE = "apf.kubernetes.io/autoupdate-spec";

function groups(...names: string[]): FlowcontrolSubject[] {
  return names.map((name) => ({ kind: "Group", group: { name } }));
}

function users(...names: string[]): FlowcontrolSubject[] {
  return names.map((name) => ({ kind: "User", user: { name } }));
}

function accounts(name: string): FlowcontrolSubject[] {
  return [{ kind: "ServiceAccount", serviceAccount: { name, namespace: "kube-system" } }];
}

function schema(
  name: string,
  [level, matchingPrecedence, method]: readonly [level: string, precedence: number, method?: string],
  ...rules: NonNullable<FlowSchemaSpec["rules"]>
): Draft<KubeObject> {
  return draft(name, {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence,
    ...(method !== undefined && { distinguisherMethod: { type: method } }),
    rules,
  });
}

/** Whatever these subjects do. */
function all(subjects: FlowcontrolSubject[]) {
  return { subjects, ...EVERYTHING[0] };
}

export function flowSchemas(): Draft<KubeObject>[] {
  const manage = ["get", "create", "update"];
  const leases = { verbs: manage, apiGroups: ["coordination.k8s.io"], resources: ["leases"] };
  const locks = { verbs: manage, apiGroups: [""], resources: ["endpoints", "configmaps"] };
  const managers = users("system:kube-controller-manager", "system:kube-scheduler");
  const nodes = groups("system:nodes");
  const nodeRules = [
    { verbs: ["*"], apiGroups: [""], resources: ["nodes", "nodes/status"], clusterScope: true, namespaces: ["*"] },
    { verbs: ["*"], apiGroups: ["coordination.k8s.io"], resources: ["leases"], namespaces: ["*"] },
  ];
  const everybody = groups("system:unauthenticated", "system:authenticated");
  return [
    schema("exempt", ["exempt", 1], all(groups("system:masters"))),
    schema("probes", ["exempt", 2], {
      subjects: everybody,
      nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/healthz", "/readyz", "/livez"] }],
    }),
    schema("system-leader-election", ["leader-election", 100, "ByUser"], {
      subjects: managers,
      resourceRules: [{ ...leases, namespaces: ["*"] }],
    }),
    schema("endpoint-controller", ["workload-high", 150, "ByUser"], {
      subjects: [
        ...users("system:kube-controller-manager"),
        ...accounts("endpoint-controller"),
        ...accounts("endpointslicemirroring-controller"),
      ],
      resourceRules: [{ verbs: manage, apiGroups: [""], resources: ["endpoints"], namespaces: ["*"] }],
    }),
    schema("workload-leader-election", ["leader-election", 200, "ByUser"], {
      subjects: accounts("*"),
      resourceRules: [
        { ...locks, namespaces: ["*"] },
        { ...leases, namespaces: ["*"] },
      ],
    }),
    schema("system-node-high", ["node-high", 400, "ByUser"], { subjects: nodes, resourceRules: nodeRules }),
    schema("system-nodes", ["system", 500, "ByUser"], all(nodes)),
    schema(
      "kube-controller-manager",
      ["workload-high", 800, "ByNamespace"],
      all(users("system:kube-controller-manager")),
    ),
    schema("kube-scheduler", ["workload-high", 800, "ByNamespace"], all(users("system:kube-scheduler"))),
    schema("kube-system-service-accounts", ["workload-high", 900, "ByNamespace"], all(accounts("*"))),
    schema("service-accounts", ["workload-low", 9000, "ByUser"], all(groups("system:serviceaccounts"))),
    schema("global-default", ["global-default", 9900, "ByUser"], all(everybody)),
    schema("catch-all", ["catch-all", 10_000, "ByUser"], all(everybody)),
  ];
}
