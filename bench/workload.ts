import type { Deployment, Service } from "../src/engine/api/generated/types.ts";
import type { Draft } from "../src/engine/api/meta/object.ts";

/** A Deployment named web of an image that serves HTTP on port 80. */
export function webDeployment(replicas: number, options: { probed?: boolean } = {}): Draft<Deployment> {
  const probe = { readinessProbe: { httpGet: { path: "/", port: 80 }, periodSeconds: 1 } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          containers: [
            { name: "nginx", image: "nginx", ports: [{ containerPort: 80 }], ...(options.probed === true && probe) },
          ],
        },
      },
    },
  };
}

export function webService(): Draft<Service> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default" },
    spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 80 }] },
  };
}
