/** What administrators apply: namespaces, tools for names and logs, roles, policies, definitions. */
import type { PolicyRule } from "../../../api/generated/types.ts";
import {
  container,
  daemonSet,
  emptyDir,
  type Examples,
  hostPath,
  type Manifest,
  mounts,
  object,
  pod,
  podSpec,
  resources,
} from "./manifest.ts";

const RBAC = "rbac.authorization.k8s.io/v1";
const ADMISSION = "admissionregistration.k8s.io/v1";

export function administrationExamples(): Examples {
  return { ...tools(), ...logging(), ...access(), ...policies(), ...shirts() };
}

function tools(): Examples {
  const namespace = (name: string) => () => [object("v1 Namespace", { name, labels: { name } }, {})];
  /** A pod of the namespace default that stays. */
  const stays = (name: string, image: string, command?: string[]) => () => [
    pod(
      { name, namespace: "default" },
      container(name, image, { ...(command && { command }), imagePullPolicy: "IfNotPresent" }),
      { restartPolicy: "Always" },
    ),
  ];
  const scheduled = (kind: string, name: string, schedulerName?: string) => () => [
    pod(
      { name, labels: { name: "multischeduler-example" } },
      container(`pod-with-${kind}-annotation-container`, "registry.k8s.io/pause:3.8"),
      schedulerName === undefined ? {} : { schedulerName },
    ),
  ];
  return {
    "admin/namespace-dev.yaml": namespace("development"),
    "admin/namespace-prod.yaml": namespace("production"),
    "admin/dns/busybox.yaml": stays("busybox", "busybox:1.28", ["sleep", "3600"]),
    "admin/dns/dnsutils.yaml": stays("dnsutils", "registry.k8s.io/e2e-test-images/agnhost:2.39"),
    "admin/sched/pod1.yaml": scheduled("no", "no-annotation"),
    "admin/sched/pod2.yaml": scheduled("default", "annotation-default-scheduler", "default-scheduler"),
    "admin/sched/pod3.yaml": scheduled("second", "annotation-second-scheduler", "my-scheduler"),
  };
}

function logging(): Examples {
  const count = (script: string): string[] => [
    "/bin/sh",
    "-c",
    `i=0; while true; do ${script}; i=$((i+1)); sleep 1; done`,
  ];
  const counter = (name: string, script: string) => () => [
    pod(name, container("count", "busybox:1.28", { args: count(script) })),
  ];
  const volumeMounts = mounts({ varlog: "/var/log" });
  const twoFiles =
    (...tails: string[]) =>
    () => {
      const script = 'echo "$i: $(date)" >> /var/log/1.log; echo "$(date) INFO $i" >> /var/log/2.log';
      const shown = tails.map((file) =>
        container(`count-log-${file}`, "busybox:1.28", {
          args: ["/bin/sh", "-c", `tail -n+1 -F /var/log/${file}.log`],
          volumeMounts,
        }),
      );
      const writer = container("count", "busybox:1.28", { args: count(script), volumeMounts });
      return [pod("counter", [writer, ...shown], { volumes: [emptyDir("varlog")] })];
    };
  const detector = (configured: boolean) => (): Manifest[] => {
    const name = "node-problem-detector";
    const labels = { "k8s-app": name, version: "v0.1", "kubernetes.io/cluster-service": "true" };
    const paths = { log: "/log", ...(configured && { config: "/config" }) };
    const of = container(name, `registry.k8s.io/${name}:v0.1`, {
      securityContext: { privileged: true },
      resources: resources({ cpu: "20m", memory: "20Mi" }, { cpu: "200m", memory: "100Mi" }),
      volumeMounts: mounts(paths, { readOnly: true }),
    });
    const config = { name: "config", configMap: { name: `${name}-config` } };
    const volumes = [hostPath("log", "/var/log/"), ...(configured ? [config] : [])];
    const spec = podSpec(of, { hostNetwork: true, volumes });
    return [daemonSet({ name: `${name}-v0.1`, namespace: "kube-system", labels }, { labels, pod: spec })];
  };
  return {
    "debug/counter-pod.yaml": counter("counter", 'echo "$i: $(date)"'),
    "debug/counter-pod-err.yaml": counter("counter-err", 'echo "$i: $(date)"; echo "$i: err" >&2'),
    "debug/termination.yaml": () => [
      pod(
        "termination-demo",
        container("termination-demo-container", "debian", {
          command: ["/bin/sh"],
          args: ["-c", "sleep 10 && echo Sleep expired > /dev/termination-log"],
        }),
      ),
    ],
    "debug/node-problem-detector.yaml": detector(false),
    "debug/node-problem-detector-configmap.yaml": detector(true),
    "admin/logging/two-files-counter-pod.yaml": twoFiles(),
    "admin/logging/two-files-counter-pod-streaming-sidecar.yaml": twoFiles("1", "2"),
  };
}

/** `get,list pods` of the core group, `get secrets of core` … */
function may(verbs: string, resource: string, apiGroup = ""): PolicyRule {
  return { apiGroups: [apiGroup], resources: [resource], verbs: verbs.split(",") };
}

function access(): Examples {
  const role = (kind: string, named: { name: string; namespace?: string }, rules: PolicyRule[]) => () => [
    object(`${RBAC} ${kind}`, named, { rules }),
  ];
  const apiGroup = "rbac.authorization.k8s.io";
  const binding = (
    kind: string,
    named: { name: string; namespace?: string },
    { subject, of }: { subject: [kind: string, name: string]; of: [kind: string, name: string] },
  ) => {
    return () => [
      object(`${RBAC} ${kind}`, named, {
        subjects: [{ kind: subject[0], name: subject[1], apiGroup }],
        roleRef: { kind: of[0], name: of[1], apiGroup },
      }),
    ];
  };
  const certificates = "certificates.k8s.io";
  const requests = (verbs: string, part = ""): PolicyRule =>
    may(verbs, `certificatesigningrequests${part}`, certificates);
  const signer = (verb: string): PolicyRule => ({
    ...may(verb, "signers", certificates),
    resourceNames: ["example.com/my-signer-name"],
  });
  return {
    "access/simple-role.yaml": role("Role", { namespace: "default", name: "pod-reader" }, [
      may("get,watch,list", "pods"),
    ]),
    "access/simple-clusterrole.yaml": role("ClusterRole", { name: "secret-reader" }, [
      may("get,watch,list", "secrets"),
    ]),
    "access/simple-rolebinding-with-role.yaml": binding(
      "RoleBinding",
      { name: "read-pods", namespace: "default" },
      { subject: ["User", "jane"], of: ["Role", "pod-reader"] },
    ),
    "access/simple-rolebinding-with-clusterrole.yaml": binding(
      "RoleBinding",
      { name: "read-secrets", namespace: "development" },
      { subject: ["User", "dave"], of: ["ClusterRole", "secret-reader"] },
    ),
    "access/simple-clusterrolebinding.yaml": binding(
      "ClusterRoleBinding",
      { name: "read-secrets-global" },
      { subject: ["Group", "manager"], of: ["ClusterRole", "secret-reader"] },
    ),
    "access/certificate-signing-request/clusterrole-create.yaml": role("ClusterRole", { name: "csr-creator" }, [
      requests("create,get,list,watch"),
    ]),
    "access/certificate-signing-request/clusterrole-approve.yaml": role("ClusterRole", { name: "csr-approver" }, [
      requests("get,list,watch"),
      requests("update", "/approval"),
      signer("approve"),
    ]),
    "access/certificate-signing-request/clusterrole-sign.yaml": role("ClusterRole", { name: "csr-signer" }, [
      requests("get,list,watch"),
      requests("update", "/status"),
      signer("sign"),
    ]),
  };
}

function policies(): Examples {
  const deployments = {
    resourceRules: [
      { apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["deployments"] },
    ],
  };
  const limit = { apiVersion: "rules.example.com/v1", kind: "ReplicaLimit" };
  const policy = (name: string, spec: object): Manifest =>
    object(`${ADMISSION} ValidatingAdmissionPolicy`, name, {
      spec: { failurePolicy: "Fail", matchConstraints: deployments, ...spec },
    });
  const binding = (name: string, of: string, more: object): Manifest =>
    object(`${ADMISSION} ValidatingAdmissionPolicyBinding`, name, {
      spec: { policyName: of, validationActions: ["Deny"], ...more },
    });
  const inTest = { namespaceSelector: { matchLabels: { environment: "test" } } };
  const byLimit = (name: string) => ({
    paramRef: { name: `${name}.example.com`, namespace: "default", parameterNotFoundAction: "Deny" },
  });
  const path = "validatingadmissionpolicy";
  return {
    [`${path}/basic-example-policy.yaml`]: () => [
      policy("demo-policy.example.com", { validations: [{ expression: "object.spec.replicas <= 5" }] }),
    ],
    [`${path}/basic-example-binding.yaml`]: () => [
      binding("demo-binding-test.example.com", "demo-policy.example.com", { matchResources: inTest }),
    ],
    [`${path}/policy-with-param.yaml`]: () => [
      policy("replicalimit-policy.example.com", {
        paramKind: limit,
        validations: [{ expression: "object.spec.replicas <= params.maxReplicas", reason: "Invalid" }],
      }),
    ],
    [`${path}/binding-with-param.yaml`]: () => [
      binding("replicalimit-binding-test.example.com", "replicalimit-policy.example.com", {
        ...byLimit("replica-limit-test"),
        matchResources: inTest,
      }),
    ],
    [`${path}/binding-with-param-prod.yaml`]: () => [
      binding("replicalimit-binding-nontest", "replicalimit-policy.example.com", {
        ...byLimit("replica-limit-prod"),
        matchResources: {
          namespaceSelector: { matchExpressions: [{ key: "environment", operator: "NotIn", values: ["test"] }] },
        },
      }),
    ],
  };
}

function shirts(): Examples {
  const fields = ["color", "size"];
  const texts = Object.fromEntries(fields.map((field) => [field, { type: "string" }]));
  const shirt = (name: string, color: string, size: string): Manifest =>
    object("stable.example.com/v1 Shirt", name, { spec: { color, size } });
  const of = (field: string): string => `.spec.${field}`;
  return {
    "customresourcedefinition/shirt-resource-definition.yaml": () => [
      object("apiextensions.k8s.io/v1 CustomResourceDefinition", "shirts.stable.example.com", {
        spec: {
          group: "stable.example.com",
          scope: "Namespaced",
          names: { plural: "shirts", singular: "shirt", kind: "Shirt" },
          versions: [
            {
              name: "v1",
              served: true,
              storage: true,
              schema: {
                openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: texts } } },
              },
              selectableFields: fields.map((field) => ({ jsonPath: of(field) })),
              additionalPrinterColumns: fields.map((field) => ({
                jsonPath: of(field),
                name: field === "color" ? "Color" : "Size",
                type: "string",
              })),
            },
          ],
        },
      }),
    ],
    "customresourcedefinition/shirt-resources.yaml": () => [
      shirt("example1", "blue", "S"),
      shirt("example2", "blue", "M"),
      shirt("example3", "green", "M"),
    ],
  };
}
