/** What the add-on `gateway-api` applies: the Gateway API's definitions, a controller for them, and its class. */
import type { Resource } from "../api/meta/resource.ts";
import {
  clusterRoleBindings,
  clusterRoles,
  customResourceDefinitions,
  deployments,
  namespaces,
  serviceAccounts,
} from "../api/registry.ts";
import { rules } from "../apiserver/auth/policy/rule-text.ts";
import type { Client } from "../client/client.ts";
import { createAll, deleteAll, isThere } from "./addon-objects.ts";
import { GATEWAY_IMAGE } from "../network/gateway/image.ts";
import { CONTROLLER_NAME, GROUP } from "../network/gateway/kinds.ts";
import { gatewayDefinitions } from "./gateway-definitions.ts";

const NAMESPACE = "gateway-system";
const NAME = "gateway-controller";
const CLASS = "drydock";
const LABELS = { "app.kubernetes.io/name": NAME };

const RIGHTS = [
  "get,list,watch core services secrets namespaces configmaps",
  "create,update,delete core services",
  "get,list,watch discovery.k8s.io endpointslices",
  "get,list,watch apiextensions.k8s.io customresourcedefinitions",
  `get,list,watch ${GROUP} gatewayclasses gateways httproutes grpcroutes referencegrants`,
  `update ${GROUP} gatewayclasses/status gateways/status httproutes/status grpcroutes/status`,
];

function objects(): [Resource, object][] {
  const metadata = { name: NAME, namespace: NAMESPACE, labels: LABELS };
  return [
    ...gatewayDefinitions().map((definition): [Resource, object] => [
      customResourceDefinitions as Resource,
      definition,
    ]),
    [namespaces as Resource, { metadata: { name: NAMESPACE } }],
    [serviceAccounts as Resource, { metadata }],
    [clusterRoles as Resource, { metadata: { name: NAME, labels: LABELS }, rules: rules(RIGHTS) }],
    [
      clusterRoleBindings as Resource,
      {
        metadata: { name: NAME, labels: LABELS },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: NAME },
        subjects: [{ kind: "ServiceAccount", name: NAME, namespace: NAMESPACE }],
      },
    ],
    [
      deployments as Resource,
      {
        metadata,
        spec: {
          selector: { matchLabels: LABELS },
          template: {
            metadata: { labels: LABELS },
            spec: {
              serviceAccountName: NAME,
              containers: [
                {
                  name: "controller",
                  image: GATEWAY_IMAGE,
                  imagePullPolicy: "IfNotPresent",
                  readinessProbe: { httpGet: { path: "/readyz", port: 8081 }, periodSeconds: 5 },
                  resources: { requests: { cpu: "50m", memory: "64Mi" } },
                },
              ],
            },
          },
        },
      },
    ],
  ];
}

/** Puts the objects there, and the class as soon as its kind is served; those that are there already stay as they are. */
export function enableGateway(client: Client): void {
  createAll(client, objects());
  const classes = client.transport.catalog.at(GROUP, "v1", "gatewayclasses");
  if (classes === undefined) return;
  createAll(client, [[classes, { metadata: { name: CLASS }, spec: { controllerName: CONTROLLER_NAME } }]]);
}

export function disableGateway(client: Client): void {
  deleteAll(client, objects());
}

export function hasGateway(client: Client): boolean {
  return isThere(client, deployments as Resource, { namespace: NAMESPACE, name: NAME });
}
