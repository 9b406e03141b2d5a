/** Which server a command speaks to, and as whom. Upstream: client-go tools/clientcmd/client_config.go, rest/config.go. */
import type { ProgramContext } from "../engine/base/program.ts";
import { credentialHeaders, pemOf } from "./client-credentials.ts";
import { CommandError } from "./errors.ts";
import type { FlagValues } from "./flags.ts";
import { folderOf, kubeconfigPath, loadKubeconfig, originOf } from "./kubeconfig-chain.ts";
import type { Kubeconfig } from "./kubeconfig.ts";

/** What requests need to know. */
export interface ClientConfig {
  /** Without a slash at the end. */
  server: string;
  namespace: string;
  /** True when the user named the namespace on the command line. */
  namespaceGiven: boolean;
  headers: Record<string, string>;
  trust: Trust;
}

/** Whom it takes for the server. */
export interface Trust {
  /** PEM of those who may have signed its certificate. */
  authorities: string;
  /** Whom the certificate must be for; undefined: the host of the server's address. */
  name: string | undefined;
  /** It takes anybody. */
  blind: boolean;
  now(): number;
}

const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const AUTHORITY = `${ACCOUNT}/ca.crt`;

/** In a pod, where nothing is configured: its own account. Upstream: client-go rest/config.go (InClusterConfig). */
function withPodAccount(ctx: ProgramContext, config: Kubeconfig): Kubeconfig {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = ctx.env;
  const configured = config.clusters.length + config.contexts.length + config.users.length > 0;
  if (configured || host === undefined || port === undefined || !ctx.fs.exists(`${ACCOUNT}/token`)) return config;
  const name = "inClusterConfig";
  const namespace = ctx.fs.exists(`${ACCOUNT}/namespace`) ? ctx.fs.readFile(`${ACCOUNT}/namespace`).trim() : "default";
  return {
    ...config,
    clusters: [
      {
        name,
        cluster: {
          server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
          "certificate-authority": AUTHORITY,
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    users: [{ name, user: { tokenFile: `${ACCOUNT}/token` } }],
    "current-context": name,
  };
}

export function clientConfig(ctx: ProgramContext, flags: FlagValues): ClientConfig {
  const path = kubeconfigPath(ctx, flags);
  if (flags.string("kubeconfig") !== "" && !ctx.fs.exists(path)) {
    throw new CommandError(`stat ${flags.string("kubeconfig")}: no such file or directory`);
  }
  const config = withPodAccount(ctx, loadKubeconfig(ctx, flags));
  const contextName = flags.globalString("context") || config["current-context"];
  const context = config.contexts.find((entry) => entry.name === contextName)?.context;
  if (flags.globalString("context") !== "" && context === undefined) {
    const why = `context was not found for specified context: ${contextName}`;
    throw new CommandError(`Error in configuration: ${why}`, { verbatim: true });
  }
  const clusterName = flags.globalString("cluster") || (context?.cluster ?? "");
  const clusterEntry = config.clusters.find((entry) => entry.name === clusterName);
  const cluster = clusterEntry?.cluster;
  if (flags.globalString("cluster") !== "" && cluster === undefined) {
    throw new CommandError(`cluster ${JSON.stringify(clusterName)} does not exist`);
  }
  const userName = flags.globalString("user") || (context?.user ?? "");
  const userEntry = config.users.find((entry) => entry.name === userName);
  const user = userEntry?.user;
  if (flags.globalString("user") !== "" && user === undefined) {
    throw new CommandError(`auth info ${JSON.stringify(userName)} does not exist`);
  }
  const server = flags.globalString("server") || (cluster?.server ?? "http://localhost:8080");
  const headers = credentialHeaders(ctx, user ?? {}, {
    name: userName,
    token: flags.globalString("token"),
    folder: folderOf(originOf(userEntry) ?? path),
  });
  if (flags.globalString("as") !== "") headers["impersonate-user"] = flags.globalString("as");
  if (flags.globalString("as-uid") !== "") headers["impersonate-uid"] = flags.globalString("as-uid");
  if (flags.list("as-group").length > 0) headers["impersonate-group"] = flags.list("as-group").join(",");
  const group = flags.list("as-group").length > 0 || flags.globalString("as-uid") !== "";
  if (group && flags.globalString("as") === "") {
    throw new CommandError(`requesting uid, groups or user-extra for ${userName} without impersonating a user`);
  }
  return {
    server: (/^https?:\/\//.test(server) ? server : `http://${server}`).replace(/\/+$/, ""),
    namespace: flags.globalString("namespace") || context?.namespace || "default",
    namespaceGiven: flags.changed("namespace") && flags.globalString("namespace") !== "",
    headers,
    trust: trustOf(ctx, overridden(cluster ?? {}, flags), {
      name: clusterName,
      folder: flags.globalString("certificate-authority") === "" ? folderOf(originOf(clusterEntry) ?? path) : ctx.cwd,
    }),
  };
}

/** The cluster's entry with what the command line says instead. */
function overridden(cluster: object, flags: FlagValues): Readonly<Record<string, unknown>> {
  const authority = flags.globalString("certificate-authority");
  const name = flags.globalString("tls-server-name");
  const blind = flags.bool("insecure-skip-tls-verify");
  if (blind && authority !== "") {
    throw new CommandError("specifying a root certificates file with the insecure flag is not allowed");
  }
  return {
    ...cluster,
    ...(authority !== "" && { "certificate-authority": authority, "certificate-authority-data": undefined }),
    ...(name !== "" && { "tls-server-name": name }),
    ...(blind && { "insecure-skip-tls-verify": true }),
  };
}

function trustOf(
  ctx: ProgramContext,
  cluster: Readonly<Record<string, unknown>>,
  { name, folder }: { name: string; folder: string },
): Trust {
  const served = cluster["tls-server-name"];
  return {
    authorities: pemOf(ctx, cluster, { field: "certificate-authority", name, folder }),
    name: typeof served === "string" && served !== "" ? served : undefined,
    blind: cluster["insecure-skip-tls-verify"] === true,
    now: () => ctx.now(),
  };
}
