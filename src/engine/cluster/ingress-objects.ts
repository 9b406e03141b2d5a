/**
 * The objects of ingress-nginx, and those of them that `minikube addons enable ingress` applies. Upstream:
 * kubernetes/ingress-nginx deploy/static/provider; kubernetes/minikube deploy/addons/ingress, after the one for kind.
 */
import type { Container, ContainerPort, EnvVar, PodSpec, ServiceSpec } from "../api/generated/types.ts";
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
const IMAGES = "registry.k8s.io/ingress-nginx";
/** The node that `minikube ip` names: the controller's host ports are there, as minikube has it of a cluster of many nodes. */
const PRIMARY = "minikube.k8s.io/primary";
const CONTROL_PLANE = "node-role.kubernetes.io/control-plane";
const RBAC = "rbac.authorization.k8s.io";
const OWN = { "app.kubernetes.io/instance": "ingress-nginx", "app.kubernetes.io/name": "ingress-nginx" };
const SELECTOR = { ...OWN, "app.kubernetes.io/component": "controller" };
const HOOK = { ...OWN, "app.kubernetes.io/component": "admission-webhook" };
const FIELD = (name: string, fieldPath: string): EnvVar => ({ name, valueFrom: { fieldRef: { fieldPath } } });

/** What may be read and written with the account of the controller in the whole cluster. */
export const CONTROLLER_RIGHTS: readonly string[] = [
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
type Labels = Readonly<Record<string, string>>;

/** One way to set it up. */
export interface IngressNginx {
  /** Tags of the controller's image and of that which makes the webhook's certificate. */
  readonly controller: string;
  readonly certgen: string;
  /** Which its objects have beside those that select. */
  readonly labels: Labels;
  /** Of the controller's account. */
  readonly rights: { readonly cluster: readonly string[]; readonly local: readonly string[] };
  /** Names of its ConfigMaps. */
  readonly configMaps: readonly string[];
  readonly service: ServiceSpec;
  /** Flags beside those that all have. */
  readonly flags: readonly string[];
  readonly hostPorts: boolean;
  readonly container: Partial<Container>;
  readonly pod: Partial<PodSpec>;
  /** How its pods are exchanged, where it isn't as usual. */
  readonly strategy?: object;
  /** Of the class. */
  readonly annotations?: Labels;
}

const MINIKUBE: IngressNginx = {
  controller: "v1.13.2",
  certgen: "v1.6.1",
  labels: {},
  rights: {
    cluster: CONTROLLER_RIGHTS,
    local: ["get,list,watch core configmaps pods secrets endpoints services", "get core namespaces"],
  },
  configMaps: [CONTROLLER, "tcp-services", "udp-services"],
  service: { type: "NodePort" },
  flags: [
    "--watch-ingress-without-class=true",
    "--tcp-services-configmap=$(POD_NAMESPACE)/tcp-services",
    "--udp-services-configmap=$(POD_NAMESPACE)/udp-services",
    "--report-node-internal-ip-address",
  ],
  hostPorts: true,
  container: {},
  pod: {
    terminationGracePeriodSeconds: 0,
    nodeSelector: { [PRIMARY]: "true" },
    tolerations: [{ key: CONTROL_PLANE, operator: "Exists", effect: "NoSchedule" }],
  },
  strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
  annotations: { "ingressclass.kubernetes.io/is-default-class": "true" },
};

function meta(name: string, labels: Labels): object {
  return { name, namespace: NAMESPACE, labels };
}

/** An account with what it may do in the cluster and in its namespace. */
function account(name: string, labels: Labels, may: IngressNginx["rights"]): Entry[] {
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

function job(name: string, how: { image: string; labels: Labels }, args: readonly string[]): Entry {
  const env = [FIELD("POD_NAMESPACE", "metadata.namespace")];
  const { image, labels } = how;
  const container = { name: args[0], image, imagePullPolicy: "IfNotPresent", args, env };
  const spec = {
    restartPolicy: "OnFailure",
    serviceAccountName: ADMISSION,
    nodeSelector: { "kubernetes.io/os": "linux" },
    containers: [container],
  };
  return [jobs as Resource, { metadata: meta(name, labels), spec: { template: { metadata: { name, labels }, spec } } }];
}

const PROBE = {
  httpGet: { path: "/healthz", port: 10_254, scheme: "HTTP" },
  initialDelaySeconds: 10,
  periodSeconds: 10,
  timeoutSeconds: 1,
};

function controllerContainer({ controller, flags, hostPorts, container }: IngressNginx): Container {
  const port = (name: string, containerPort: number): ContainerPort => ({
    ...{ name, containerPort, protocol: "TCP" },
    ...(hostPorts && { hostPort: containerPort }),
  });
  return {
    name: "controller",
    image: `${IMAGES}/controller:${controller}`,
    imagePullPolicy: "IfNotPresent",
    lifecycle: { preStop: { exec: { command: ["/wait-shutdown"] } } },
    args: [
      "/nginx-ingress-controller",
      "--election-id=ingress-nginx-leader",
      "--controller-class=k8s.io/ingress-nginx",
      `--configmap=$(POD_NAMESPACE)/${CONTROLLER}`,
      "--validating-webhook=:8443",
      "--validating-webhook-certificate=/usr/local/certificates/cert",
      "--validating-webhook-key=/usr/local/certificates/key",
      ...flags,
    ],
    env: [FIELD("POD_NAME", "metadata.name"), FIELD("POD_NAMESPACE", "metadata.namespace")],
    ports: [port("http", 80), port("https", 443), { name: "webhook", containerPort: 8443, protocol: "TCP" }],
    livenessProbe: { ...PROBE, failureThreshold: 5 },
    readinessProbe: { ...PROBE, failureThreshold: 3 },
    resources: { requests: { cpu: "100m", memory: "90Mi" } },
    volumeMounts: [{ name: "webhook-cert", mountPath: "/usr/local/certificates/", readOnly: true }],
    ...container,
  };
}

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

/** In the order in which they are created. */
export function ingressNginx(how: IngressNginx): Entry[] {
  const own = { ...OWN, ...how.labels };
  const parts = { ...SELECTOR, ...how.labels };
  const hook = { ...HOOK, ...how.labels };
  const certgen = { image: `${IMAGES}/kube-webhook-certgen:${how.certgen}`, labels: hook };
  return [
    [namespaces as Resource, { metadata: { name: NAMESPACE, labels: OWN } }],
    ...account(ACCOUNT, own, how.rights),
    ...account(ADMISSION, hook, {
      cluster: ["get,update admissionregistration.k8s.io validatingwebhookconfigurations"],
      local: ["get,create core secrets"],
    }),
    ...how.configMaps.map((name): [Resource, object] => [configMaps as Resource, { metadata: meta(name, parts) }]),
    [
      services as Resource,
      {
        metadata: meta(CONTROLLER, parts),
        spec: {
          ...how.service,
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
        metadata: meta(`${CONTROLLER}-admission`, parts),
        spec: { selector: SELECTOR, ports: [{ name: "https-webhook", port: 443, targetPort: "webhook" }] },
      },
    ],
    [
      deployments as Resource,
      {
        metadata: meta(CONTROLLER, parts),
        spec: {
          selector: { matchLabels: SELECTOR },
          ...(how.strategy !== undefined && { strategy: how.strategy }),
          template: {
            metadata: { labels: parts },
            spec: {
              serviceAccountName: ACCOUNT,
              ...how.pod,
              nodeSelector: { "kubernetes.io/os": "linux", ...how.pod.nodeSelector },
              containers: [controllerContainer(how)],
              volumes: [{ name: "webhook-cert", secret: { secretName: ADMISSION } }],
            },
          },
        },
      },
    ],
    job(`${ADMISSION}-create`, certgen, [
      "create",
      `--host=${CONTROLLER}-admission,${CONTROLLER}-admission.$(POD_NAMESPACE).svc`,
      "--namespace=$(POD_NAMESPACE)",
      `--secret-name=${ADMISSION}`,
    ]),
    job(`${ADMISSION}-patch`, certgen, [
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
          labels: parts,
          ...(how.annotations !== undefined && { annotations: how.annotations }),
        },
        spec: { controller: "k8s.io/ingress-nginx" },
      },
    ],
    [validatingWebhookConfigurations as Resource, { metadata: { name: ADMISSION, labels: hook }, webhooks: [WEBHOOK] }],
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
  createAll(client, ingressNginx(MINIKUBE));
}

export function disableIngress(client: Client): void {
  deleteAll(client, ingressNginx(MINIKUBE));
}

export function hasIngress(client: Client): boolean {
  return isThere(client, deployments as Resource, { namespace: NAMESPACE, name: CONTROLLER });
}
