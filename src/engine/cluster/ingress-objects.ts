/**
 * What `minikube addons enable ingress` applies. Upstream: kubernetes/minikube deploy/addons/ingress, after
 * kubernetes/ingress-nginx deploy/static/provider/kind.
 */
import type { Resource } from "../api/meta/resource.ts";
import {
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  deployments,
  ingressClasses,
  jobs,
  namespaces,
  nodes,
  roleBindings,
  roles,
  serviceAccounts,
  services,
  validatingWebhookConfigurations,
} from "../api/registry.ts";
import { rules } from "../apiserver/auth/policy/rule-text.ts";
import type { Client } from "../client/client.ts";
import { createAll, deleteAll, isThere } from "./addon-objects.ts";

const NAMESPACE = "ingress-nginx";
const ACCOUNT = "ingress-nginx";
const CONTROLLER = "ingress-nginx-controller";
const ADMISSION = "ingress-nginx-admission";
const IMAGE = "registry.k8s.io/ingress-nginx/controller:v1.13.2";
const CERTGEN = "registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.1";
/** The node that `minikube ip` names: the controller's host ports are there, as minikube has it of a cluster of many nodes. */
const PRIMARY = "minikube.k8s.io/primary";
const CONTROL_PLANE = "node-role.kubernetes.io/control-plane";
const RBAC = "rbac.authorization.k8s.io";
const OWN = { "app.kubernetes.io/instance": "ingress-nginx", "app.kubernetes.io/name": "ingress-nginx" };
const SELECTOR = { ...OWN, "app.kubernetes.io/component": "controller" };
const HOOK = { ...OWN, "app.kubernetes.io/component": "admission-webhook" };
const FIELD = (name: string, fieldPath: string): object => ({ name, valueFrom: { fieldRef: { fieldPath } } });

const READING = [
  "list,watch core configmaps endpoints nodes pods secrets namespaces",
  "get core nodes pods",
  "get,list,watch core services",
  "get,list,watch networking.k8s.io ingresses",
  "create,patch core events",
  "update networking.k8s.io ingresses/status",
  "get,list,watch networking.k8s.io ingressclasses",
  "get,list,watch discovery.k8s.io endpointslices",
];

type Entry = readonly [resource: Resource, object: object];

function meta(name: string, labels: Record<string, string> = OWN): object {
  return { name, namespace: NAMESPACE, labels };
}

/** An account with what it may do in the cluster and in its namespace. */
function account(name: string, labels: Record<string, string>, may: { cluster: string[]; local: string[] }): Entry[] {
  const subjects = [{ kind: "ServiceAccount", name, namespace: NAMESPACE }];
  const roleRef = (kind: string): object => ({ apiGroup: RBAC, kind, name });
  return [
    [serviceAccounts as Resource, { metadata: meta(name, labels) }],
    [clusterRoles as Resource, { metadata: { name, labels }, rules: rules(may.cluster) }],
    [clusterRoleBindings as Resource, { metadata: { name, labels }, roleRef: roleRef("ClusterRole"), subjects }],
    [roles as Resource, { metadata: meta(name, labels), rules: rules(may.local) }],
    [roleBindings as Resource, { metadata: meta(name, labels), roleRef: roleRef("Role"), subjects }],
  ];
}

function job(name: string, args: readonly string[]): Entry {
  const env = [FIELD("POD_NAMESPACE", "metadata.namespace")];
  const container = { name: args[0], image: CERTGEN, imagePullPolicy: "IfNotPresent", args, env };
  const spec = {
    restartPolicy: "OnFailure",
    serviceAccountName: ADMISSION,
    nodeSelector: { "kubernetes.io/os": "linux" },
    containers: [container],
  };
  return [
    jobs as Resource,
    { metadata: meta(name, HOOK), spec: { template: { metadata: { name, labels: HOOK }, spec } } },
  ];
}

const PROBE = {
  httpGet: { path: "/healthz", port: 10_254, scheme: "HTTP" },
  initialDelaySeconds: 10,
  periodSeconds: 10,
  timeoutSeconds: 1,
};

const CONTAINER = {
  name: "controller",
  image: IMAGE,
  imagePullPolicy: "IfNotPresent",
  lifecycle: { preStop: { exec: { command: ["/wait-shutdown"] } } },
  args: [
    "/nginx-ingress-controller",
    "--election-id=ingress-nginx-leader",
    "--controller-class=k8s.io/ingress-nginx",
    "--watch-ingress-without-class=true",
    "--configmap=$(POD_NAMESPACE)/ingress-nginx-controller",
    "--tcp-services-configmap=$(POD_NAMESPACE)/tcp-services",
    "--udp-services-configmap=$(POD_NAMESPACE)/udp-services",
    "--report-node-internal-ip-address",
    "--validating-webhook=:8443",
    "--validating-webhook-certificate=/usr/local/certificates/cert",
    "--validating-webhook-key=/usr/local/certificates/key",
  ],
  env: [FIELD("POD_NAME", "metadata.name"), FIELD("POD_NAMESPACE", "metadata.namespace")],
  ports: [
    { name: "http", containerPort: 80, hostPort: 80, protocol: "TCP" },
    { name: "https", containerPort: 443, hostPort: 443, protocol: "TCP" },
    { name: "webhook", containerPort: 8443, protocol: "TCP" },
  ],
  livenessProbe: { ...PROBE, failureThreshold: 5 },
  readinessProbe: { ...PROBE, failureThreshold: 3 },
  resources: { requests: { cpu: "100m", memory: "90Mi" } },
  volumeMounts: [{ name: "webhook-cert", mountPath: "/usr/local/certificates/", readOnly: true }],
};

const WEBHOOK = {
  name: "validate.nginx.ingress.kubernetes.io",
  admissionReviewVersions: ["v1"],
  clientConfig: {
    service: { name: `${CONTROLLER}-admission`, namespace: NAMESPACE, path: "/networking/v1/ingresses" },
  },
  failurePolicy: "Fail",
  matchPolicy: "Equivalent",
  sideEffects: "None",
  rules: [
    {
      apiGroups: ["networking.k8s.io"],
      apiVersions: ["v1"],
      operations: ["CREATE", "UPDATE"],
      resources: ["ingresses"],
    },
  ],
};

function objects(): Entry[] {
  return [
    [namespaces as Resource, { metadata: { name: NAMESPACE, labels: OWN } }],
    ...account(ACCOUNT, OWN, {
      cluster: READING,
      local: ["get,list,watch core configmaps pods secrets endpoints services", "get core namespaces"],
    }),
    ...account(ADMISSION, HOOK, {
      cluster: ["get,update admissionregistration.k8s.io validatingwebhookconfigurations"],
      local: ["get,create core secrets"],
    }),
    ...[CONTROLLER, "tcp-services", "udp-services"].map((name): [Resource, object] => [
      configMaps as Resource,
      { metadata: meta(name, SELECTOR) },
    ]),
    [
      services as Resource,
      {
        metadata: meta(CONTROLLER, SELECTOR),
        spec: {
          type: "NodePort",
          selector: SELECTOR,
          ports: [
            { name: "http", port: 80, targetPort: "http", appProtocol: "http" },
            { name: "https", port: 443, targetPort: "https", appProtocol: "https" },
          ],
        },
      },
    ],
    [
      services as Resource,
      {
        metadata: meta(`${CONTROLLER}-admission`, SELECTOR),
        spec: { selector: SELECTOR, ports: [{ name: "https-webhook", port: 443, targetPort: "webhook" }] },
      },
    ],
    [
      deployments as Resource,
      {
        metadata: meta(CONTROLLER, SELECTOR),
        spec: {
          selector: { matchLabels: SELECTOR },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
          template: {
            metadata: { labels: SELECTOR },
            spec: {
              serviceAccountName: ACCOUNT,
              terminationGracePeriodSeconds: 0,
              nodeSelector: { "kubernetes.io/os": "linux", [PRIMARY]: "true" },
              tolerations: [{ key: CONTROL_PLANE, operator: "Exists", effect: "NoSchedule" }],
              containers: [CONTAINER],
              volumes: [{ name: "webhook-cert", secret: { secretName: ADMISSION } }],
            },
          },
        },
      },
    ],
    job(`${ADMISSION}-create`, [
      "create",
      `--host=${CONTROLLER}-admission,${CONTROLLER}-admission.$(POD_NAMESPACE).svc`,
      "--namespace=$(POD_NAMESPACE)",
      `--secret-name=${ADMISSION}`,
    ]),
    job(`${ADMISSION}-patch`, [
      "patch",
      `--webhook-name=${ADMISSION}`,
      "--namespace=$(POD_NAMESPACE)",
      "--patch-mutating=false",
      `--secret-name=${ADMISSION}`,
      "--patch-failure-policy=Fail",
    ]),
    [
      ingressClasses as Resource,
      {
        metadata: {
          name: "nginx",
          labels: SELECTOR,
          annotations: { "ingressclass.kubernetes.io/is-default-class": "true" },
        },
        spec: { controller: "k8s.io/ingress-nginx" },
      },
    ],
    [validatingWebhookConfigurations as Resource, { metadata: { name: ADMISSION, labels: HOOK }, webhooks: [WEBHOOK] }],
  ];
}

/** Simplified: minikube labels the nodes of its own clusters as it makes them; others are labelled when the add-on comes. */
function labelPrimary(client: Client): void {
  const { items } = client.resource(nodes).list("");
  if (items.some(({ metadata }) => metadata.labels?.[PRIMARY] === "true")) return;
  const first = items.find(({ metadata }) => metadata.labels?.[CONTROL_PLANE] !== undefined) ?? items[0];
  if (first === undefined) return;
  const patch = { metadata: { labels: { [PRIMARY]: "true" } } };
  client.resource(nodes).patch("", first.metadata.name, patch);
}

/** Puts the objects there; those that are there already stay as they are. */
export function enableIngress(client: Client): void {
  labelPrimary(client);
  createAll(client, objects());
}

export function disableIngress(client: Client): void {
  deleteAll(client, objects());
}

export function hasIngress(client: Client): boolean {
  return isThere(client, deployments as Resource, { namespace: NAMESPACE, name: CONTROLLER });
}
