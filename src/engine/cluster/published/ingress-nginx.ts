/**
 * ingress-nginx by its manifests for clouds, bare metal and kind. Upstream: kubernetes/ingress-nginx
 * deploy/static/provider.
 *
 * **Simplified:** images without digests; older releases have the flags and roles of the newest.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import { yamlDocuments } from "../../network/internet/examples/examples.ts";
import { CONTROLLER_RIGHTS, ingressNginx } from "../ingress-objects.ts";
import type { IngressNginx } from "../ingress-objects.ts";
import type { GithubFile } from "./github-file.ts";

type Provider = "cloud" | "baremetal" | "kind";

/** Tags of the controller with that of the image which goes with each for the webhook's certificate. */
const RELEASES: Readonly<Record<string, string>> = {
  "v1.8.1": "v20230407",
  "v1.9.4": "v20231011-8b53cabe0",
  "v1.9.6": "v20231226-1a7112e06",
  "v1.10.0": "v1.4.0",
  "v1.10.1": "v1.4.1",
  "v1.11.2": "v1.4.3",
  "v1.11.3": "v1.4.4",
  "v1.12.0": "v1.5.0",
  "v1.12.1": "v1.5.2",
  "v1.13.0": "v1.6.0",
  "v1.13.2": "v1.6.2",
  "v1.14.0": "v1.6.4",
  "v1.15.1": "v1.6.9",
};
const NEWEST = "v1.15.1";
const CONTROLLER = "ingress-nginx-controller";

const LOCAL_RIGHTS = [
  "get core namespaces",
  "get,list,watch core configmaps pods secrets endpoints",
  "get,list,watch core services",
  "get,list,watch networking.k8s.io ingresses",
  "update networking.k8s.io ingresses/status",
  "get,list,watch networking.k8s.io ingressclasses",
  "get,update coordination.k8s.io leases = ingress-nginx-leader",
  "create coordination.k8s.io leases",
  "create,patch core events",
  "get,list,watch discovery.k8s.io endpointslices",
];

/** What differs from provider to provider. */
function providerOf(provider: Provider): Pick<IngressNginx, "service" | "flags" | "hostPorts" | "pod" | "strategy"> {
  const families = { ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" };
  const usual = ["--ingress-class=nginx", "--enable-metrics=false"];
  switch (provider) {
    case "cloud":
      return {
        service: { type: "LoadBalancer", externalTrafficPolicy: "Local", ...families },
        flags: [...usual, `--publish-service=$(POD_NAMESPACE)/${CONTROLLER}`],
        hostPorts: false,
        pod: { terminationGracePeriodSeconds: 300 },
      };
    case "baremetal":
      return {
        service: { type: "NodePort", ...families },
        flags: usual,
        hostPorts: false,
        pod: { terminationGracePeriodSeconds: 300 },
      };
    case "kind":
      return {
        service: { type: "NodePort", ...families },
        flags: [...usual, "--watch-ingress-without-class=true", "--publish-status-address=localhost"],
        hostPorts: true,
        pod: {
          terminationGracePeriodSeconds: 0,
          nodeSelector: { "ingress-ready": "true" },
          tolerations: ["master", "control-plane"].map((role) => ({
            ...{ effect: "NoSchedule", key: `node-role.kubernetes.io/${role}`, operator: "Equal" },
          })),
        },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
      };
  }
}

function manifest(provider: Provider, controller: string): string {
  const objects = ingressNginx({
    ...providerOf(provider),
    controller,
    certgen: RELEASES[controller] ?? "",
    labels: {
      "app.kubernetes.io/part-of": "ingress-nginx",
      "app.kubernetes.io/version": controller.slice(1),
    },
    rights: { cluster: [...CONTROLLER_RIGHTS, "list,watch coordination.k8s.io leases"], local: LOCAL_RIGHTS },
    configMaps: [CONTROLLER],
    container: {
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] },
        readOnlyRootFilesystem: false,
        runAsGroup: 82,
        runAsNonRoot: true,
        runAsUser: 101,
        seccompProfile: { type: "RuntimeDefault" },
      },
    },
  });
  return yamlDocuments(
    objects.map(([{ group, version, kind }, object]) => ({
      ...{ apiVersion: group === "" ? version : `${group}/${version}`, kind },
      ...(object as KubeObject),
    })),
  );
}

const PROVIDERS: readonly Provider[] = ["cloud", "baremetal", "kind"];

export const ingressNginxFiles: readonly GithubFile[] = PROVIDERS.map((provider) => ({
  repository: "kubernetes/ingress-nginx",
  path: `deploy/static/provider/${provider}/deploy.yaml`,
  branch: "main",
  has: (tag) => tag.replace(/^controller-/, "") in RELEASES && tag.startsWith("controller-"),
  newest: `controller-${NEWEST}`,
  text: (tag) => manifest(provider, tag.replace(/^controller-/, "")),
}));
