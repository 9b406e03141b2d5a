/** `kubectl version`, `cluster-info`. Upstream: kubectl pkg/cmd/version, pkg/cmd/clusterinfo. */
import type { Service } from "../../engine/api/generated/types.ts";
import { CLIENT_VERSION } from "../client-version.ts";
import { defineCommand, OUTPUT_FLAG } from "../command.ts";
import { resourcePath } from "../discovery.ts";
import { CommandError } from "../errors.ts";
import { SERVICES } from "../generators/resources.ts";
import { toJson } from "../printers/json.ts";
import { toYaml } from "../printers/yaml.ts";

const KUSTOMIZE = "v5.7.1";

export const version = defineCommand({
  name: "version",
  group: "Other Commands",
  short: "Print the client and server version information",
  usage: "[flags]",
  flags: [
    { ...OUTPUT_FLAG, usage: "yaml or json." },
    { name: "client", type: "bool", usage: "Only this client's version; no server is asked." },
  ],
  completes: "none",
  *run(call) {
    const output = call.flags.string("output");
    if (output !== "" && output !== "yaml" && output !== "json") {
      throw new CommandError("--output must be 'yaml' or 'json'");
    }
    if (output === "")
      yield* call.out(`Client Version: ${CLIENT_VERSION.gitVersion}\nKustomize Version: ${KUSTOMIZE}\n`);
    const server = call.flags.bool("client")
      ? undefined
      : yield* call.rest.json<{ gitVersion: string }>({ path: "/version" });
    if (output === "") {
      if (server !== undefined) yield* call.out(`Server Version: ${server.gitVersion}\n`);
      return;
    }
    const all = {
      clientVersion: CLIENT_VERSION,
      kustomizeVersion: KUSTOMIZE,
      ...(server !== undefined && { serverVersion: server }),
    };
    yield* call.out(output === "yaml" ? `${toYaml(all)}\n` : toJson(all, { sorted: false }));
  },
});

export const clusterInfo = defineCommand({
  name: "cluster-info",
  group: "Cluster Management Commands",
  short: "Display cluster information",
  usage: "[flags]",
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
