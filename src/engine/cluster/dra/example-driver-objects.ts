/** What the add-on `dra-example-driver` applies. Upstream: dra-example-driver deployments/helm/dra-example-driver. */
import { deviceClasses } from "../../api/dra/device-class.ts";
import type { Volume } from "../../api/generated/types.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { daemonSets, namespaces } from "../../api/registry.ts";
import type { Client } from "../../client/client.ts";
import { account, addonObject, createAll, deleteAll, isThere } from "../addon-objects.ts";
import type { AddonObject } from "../addon-objects.ts";
import { EXAMPLE_DRIVER_IMAGE, EXAMPLE_DRIVER_VERSION } from "./example-driver.ts";

const NAME = "dra-example-driver";
const PLUGIN = `${NAME}-kubeletplugin`;
const CLASS = "gpu.example.com";
const LABELS = { "app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": NAME };
const RIGHTS = [
  "get resource.k8s.io resourceclaims",
  "get core nodes",
  "get,list,watch,create,update,patch,delete resource.k8s.io resourceslices",
];

function objects(): AddonObject[] {
  const folder = (name: string, path: string): Volume => ({ name, hostPath: { path } });
  const fieldOf = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
  return [
    addonObject(namespaces, { metadata: { name: NAME }, spec: {} }),
    ...account(`${NAME}-service-account`, { namespace: NAME, role: `${NAME}-role`, rights: RIGHTS }),
    addonObject(deviceClasses, {
      metadata: { name: CLASS },
      spec: { selectors: [{ cel: { expression: `device.driver == '${CLASS}'` } }] },
    }),
    addonObject(daemonSets, {
      metadata: { name: PLUGIN, namespace: NAME, labels: LABELS },
      spec: {
        selector: { matchLabels: LABELS },
        template: {
          metadata: { labels: LABELS },
          spec: {
            serviceAccountName: `${NAME}-service-account`,
            priorityClassName: "system-node-critical",
            containers: [
              {
                name: "plugin",
                image: `${EXAMPLE_DRIVER_IMAGE}:${EXAMPLE_DRIVER_VERSION}`,
                imagePullPolicy: "IfNotPresent",
                command: ["dra-example-kubeletplugin"],
                securityContext: { privileged: true },
                env: [
                  { name: "DRIVER_NAME", value: CLASS },
                  { name: "CDI_ROOT", value: "/var/run/cdi" },
                  { name: "NODE_NAME", ...fieldOf("spec.nodeName") },
                  { name: "NAMESPACE", ...fieldOf("metadata.namespace") },
                  { name: "NUM_DEVICES", value: "8" },
                ],
                volumeMounts: [
                  { name: "plugins-registry", mountPath: "/var/lib/kubelet/plugins_registry" },
                  { name: "plugins", mountPath: "/var/lib/kubelet/plugins" },
                  { name: "cdi", mountPath: "/var/run/cdi" },
                ],
              },
            ],
            volumes: [
              folder("plugins-registry", "/var/lib/kubelet/plugins_registry"),
              folder("plugins", "/var/lib/kubelet/plugins"),
              folder("cdi", "/var/run/cdi"),
            ],
          },
        },
      },
    }),
  ];
}

export function enableExampleDriver(client: Client): void {
  createAll(client, objects());
}

export function disableExampleDriver(client: Client): void {
  deleteAll(client, objects());
}

export function hasExampleDriver(client: Client): boolean {
  return isThere(client, daemonSets as Resource, { namespace: NAME, name: PLUGIN });
}
