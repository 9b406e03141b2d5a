/** `kubectl config set-cluster`. Upstream: kubectl pkg/cmd/config/set_cluster.go. */
import { defineCommand } from "../command.ts";
import { loadConfig, saveConfig, withEntry, wrongArguments } from "../config-file.ts";
import { embeddedFile, filePath } from "../config-paths.ts";
import { CommandError } from "../errors.ts";
import type { NamedCluster } from "../kubeconfig.ts";

export const setCluster = defineCommand({
  name: "set-cluster",
  short: "Set a cluster entry in kubeconfig",
  usage:
    "NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]",
  flags: [
    { name: "server", type: "string", usage: "Address of the API server." },
    { name: "tls-server-name", type: "string", usage: "Name that the server's certificate must have." },
    { name: "insecure-skip-tls-verify", type: "bool", usage: "Take any certificate." },
    { name: "certificate-authority", type: "string", usage: "Path of the authority's certificate." },
    { name: "embed-certs", type: "bool", usage: "Keep the certificate's text, not its path." },
    { name: "proxy-url", type: "string", usage: "Address of a proxy to go through." },
  ],
  completes: "none",
  *run(call) {
    const [name] = call.args;
    if (name === undefined || call.args.length !== 1) return yield* wrongArguments(call);
    const { flags } = call;
    const authority = flags.string("certificate-authority");
    if (flags.bool("insecure-skip-tls-verify") && authority !== "") {
      throw new CommandError("you cannot specify a certificate authority and insecure mode at the same time");
    }
    if (flags.bool("embed-certs") && authority === "") {
      throw new CommandError("you must specify a --certificate-authority to embed");
    }
    const { config } = loadConfig(call);
    const cluster: NamedCluster["cluster"] = {
      server: "",
      ...config.clusters.find((entry) => entry.name === name)?.cluster,
    };
    const set = (key: string, value: unknown): void => {
      if (value === "" || value === false) delete cluster[key];
      else cluster[key] = value;
    };
    if (flags.changed("server")) {
      cluster.server = flags.string("server").replace(/\/+$/, "");
      // Another server is another certificate: what was said about the old one's goes.
      delete cluster["tls-server-name"];
      delete cluster["insecure-skip-tls-verify"];
    }
    if (flags.changed("tls-server-name")) set("tls-server-name", flags.string("tls-server-name"));
    if (flags.changed("insecure-skip-tls-verify")) {
      set("insecure-skip-tls-verify", flags.bool("insecure-skip-tls-verify"));
      if (flags.bool("insecure-skip-tls-verify")) {
        delete cluster["certificate-authority"];
        delete cluster["certificate-authority-data"];
      }
    }
    if (flags.changed("certificate-authority")) {
      const embed = flags.bool("embed-certs");
      delete cluster["insecure-skip-tls-verify"];
      set("certificate-authority-data", embed ? embeddedFile(call, "certificate-authority", authority) : "");
      set("certificate-authority", embed ? "" : filePath(call, authority));
    }
    if (flags.changed("proxy-url")) set("proxy-url", flags.string("proxy-url"));
    saveConfig(call, { ...config, clusters: withEntry(config.clusters, { name, cluster }) });
    yield* call.out(`Cluster ${JSON.stringify(name)} set.\n`);
    return undefined;
  },
});
