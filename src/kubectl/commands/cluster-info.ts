/** `kubectl cluster-info`. Upstream: kubectl pkg/cmd/clusterinfo/clusterinfo.go. */
import type { Service } from "../../engine/api/generated/types.ts";
import { defineCommand } from "../command.ts";
import { resourcePath } from "../discovery.ts";
import { SERVICES } from "../generators/resources.ts";
import { clusterInfoDump } from "./cluster-info-dump.ts";

export const clusterInfo = defineCommand({
  name: "cluster-info",
  group: "Cluster Management Commands",
  short: "Display cluster information",
  usage: "[flags]",
  subcommands: [clusterInfoDump],
  completes: "none",
  *run(call) {
    const { server } = call.config;
    const coloured = call.ctx.tty(1) !== undefined;
    const line = (name: string, link: string): string =>
      coloured
        ? `\u001b[0;32m${name}\u001b[0m is running at \u001b[0;33m${link}\u001b[0m\n`
        : `${name} is running at ${link}\n`;
    const list = yield* call.rest.json<{ items: Service[] }>({
      path: resourcePath(SERVICES, { namespace: "kube-system" }),
      query: { labelSelector: "kubernetes.io/cluster-service=true" },
    });
    yield* call.out(line("Kubernetes control plane", server));
    for (const service of list.items) {
      const [port] = service.spec?.ports ?? [];
      const scheme = port?.name === "https" || port?.port === 443 ? "https:" : "";
      const name = `${scheme}${service.metadata.name}${port?.name === undefined ? (scheme === "" ? "" : ":") : `:${port.name}`}`;
      const shown = service.metadata.labels?.["kubernetes.io/name"] ?? service.metadata.name;
      yield* call.out(line(shown, `${server}/api/v1/namespaces/${service.metadata.namespace}/services/${name}/proxy`));
    }
    yield* call.out("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
  },
});
