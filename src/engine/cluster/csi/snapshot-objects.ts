/**
 * What the add-on `volumesnapshots` applies: the definitions, the snapshot-controller and the class for minikube's csi
 * driver. Upstream: kubernetes/minikube deploy/addons/volumesnapshots.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { customResourceDefinitions, deployments, roleBindings, roles } from "../../api/registry.ts";
import { EVENTS, rules } from "../../apiserver/auth/policy/rule-text.ts";
import type { Client } from "../../client/client.ts";
import { SNAPSHOT_GROUP } from "../../controllers/snapshot/kinds.ts";
import { account, addonObject, createAll, deleteAll, isThere } from "../addon-objects.ts";
import type { AddonObject } from "../addon-objects.ts";
import { snapshotDefinitions } from "./snapshot-definitions.ts";

export const SNAPSHOT_CONTROLLER_IMAGE = "registry.k8s.io/sig-storage/snapshot-controller";
export const SNAPSHOT_CONTROLLER_VERSION = "v8.2.0";
const NAME = "snapshot-controller";
const NAMESPACE = "kube-system";
const LABELS = { "app.kubernetes.io/name": NAME };

const RIGHTS = [
  "get,list,watch core persistentvolumes",
  "get,list,watch,update core persistentvolumeclaims",
  EVENTS,
  `get,list,watch ${SNAPSHOT_GROUP} volumesnapshotclasses`,
  `create,get,list,watch,update,delete,patch ${SNAPSHOT_GROUP} volumesnapshotcontents`,
  `patch ${SNAPSHOT_GROUP} volumesnapshotcontents/status`,
  `create,get,list,watch,update,patch,delete ${SNAPSHOT_GROUP} volumesnapshots`,
  `update,patch ${SNAPSHOT_GROUP} volumesnapshots/status`,
];

function objects(replicas: number): AddonObject[] {
  const election = `${NAME}-leaderelection`;
  return [
    ...snapshotDefinitions().map((definition) => addonObject(customResourceDefinitions, definition)),
    ...account(NAME, { namespace: NAMESPACE, role: `${NAME}-runner`, rights: RIGHTS }),
    addonObject(roles, {
      metadata: { name: election, namespace: NAMESPACE },
      rules: rules(["get,watch,list,delete,update,create coordination.k8s.io leases"]),
    }),
    addonObject(roleBindings, {
      metadata: { name: election, namespace: NAMESPACE },
      subjects: [{ kind: "ServiceAccount", name: NAME }],
      roleRef: { kind: "Role", name: election, apiGroup: "rbac.authorization.k8s.io" },
    }),
    addonObject(deployments, {
      metadata: { name: NAME, namespace: NAMESPACE },
      spec: {
        replicas,
        selector: { matchLabels: LABELS },
        minReadySeconds: 35,
        strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 }, type: "RollingUpdate" },
        template: {
          metadata: { labels: LABELS },
          spec: {
            serviceAccountName: NAME,
            containers: [
              {
                name: NAME,
                image: `${SNAPSHOT_CONTROLLER_IMAGE}:${SNAPSHOT_CONTROLLER_VERSION}`,
                args: ["--v=5", "--leader-election=true"],
                imagePullPolicy: "IfNotPresent",
              },
            ],
          },
        },
      },
    }),
  ];
}

/** `classFor`: the driver that gets a class of its own, and the name of that. */
export function enableVolumeSnapshots(
  client: Client,
  { replicas, classFor }: { replicas: number; classFor?: { driver: string; name: string } },
): void {
  createAll(client, objects(replicas));
  const classes = client.transport.catalog.at(SNAPSHOT_GROUP, "v1", "volumesnapshotclasses");
  if (classFor === undefined || classes === undefined) return;
  const { driver, name } = classFor;
  const draft = { metadata: { name }, driver, deletionPolicy: "Delete" };
  createAll(client, [[classes as Resource<KubeObject>, draft]]);
}

export function disableVolumeSnapshots(client: Client): void {
  deleteAll(client, objects(1));
}

export function hasVolumeSnapshots(client: Client): boolean {
  return isThere(client, deployments as Resource, { namespace: NAMESPACE, name: NAME });
}
