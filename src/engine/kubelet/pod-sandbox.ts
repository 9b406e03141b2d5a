/**
 * A pod's sandbox and the files that it brings into each container. Upstream: kuberuntime_sandbox.go, kubelet_pods.go
 * (ensureHostsFile), pkg/kubelet/network/dns.
 */
import type { Pod } from "../api/generated/types.ts";
import { SystemError } from "../base/program.ts";
import { resolvConf, resolverConfig } from "../network/resolver-config.ts";
import type { Sandbox } from "../runtime/containers/sandbox.ts";
import { hex64 } from "../runtime/containers/identity.ts";
import { runtimeHandler } from "./api-readers.ts";
import { ConfigError } from "./environment.ts";
import { hostPortsOf } from "./host-ports.ts";
import type { KubeletContext } from "./kubelet-context.ts";
import type { PodWorker } from "./pod-worker.ts";

/** A pod whose sandbox can't be made for another reason is looked at again after so long, plus up to a half. */
const SANDBOX_RETRY = 10_000;
/** What Linux takes as a host name. */
const MAX_HOSTNAME = 64;

export function createSandbox(worker: PodWorker): { sandbox: Sandbox } | { sandbox: undefined; retryAfter: number } {
  const { ctx, pod } = worker;
  const { namespace, name, uid } = pod.metadata;
  const hostNetwork = pod.spec.hostNetwork === true;
  const fail = (why: string): { sandbox: undefined; retryAfter: number } => {
    ctx.events.event(pod, "Warning", {
      reason: "FailedCreatePodSandBox",
      message: `Failed to create pod sandbox: ${why}`,
    });
    return { sandbox: undefined, retryAfter: SANDBOX_RETRY + ctx.random.int(SANDBOX_RETRY / 2) };
  };
  /** Each try is a sandbox of its own. */
  const failedId = (): string => hex64(`sandbox of ${uid} that failed at ${ctx.sim.now}`);
  const setUp = (plugin: string, why: string): string => {
    return `rpc error: code = Unknown desc = failed to setup network for sandbox "${failedId()}": plugin type="${plugin}" failed (add): ${why}`;
  };
  try {
    const handler = ctx.runtime.handler(runtimeHandler(ctx.client, pod.spec.runtimeClassName));
    if ("problem" in handler) return fail(`rpc error: code = Unknown desc = ${handler.problem(failedId())}`);
    const hostname = hostNetwork ? ctx.node.name : hostnameOf(pod, ctx.dns.clusterDomain);
    if (hostname.length > MAX_HOSTNAME) {
      return fail(
        `failed to construct FQDN from pod hostname and cluster domain, FQDN ${hostname} is too long (64 characters is the max, ${hostname.length} characters requested)`,
      );
    }
    const { failure } = ctx.cni();
    if (failure !== undefined && !hostNetwork) return fail(setUp(failure.plugin, failure.why));
    const network = ctx.network.attachPod({ namespace, name, uid, hostNetwork, hostPorts: hostPortsOf(pod) });
    const attempt = worker.sandboxAttempts++;
    const sharesProcesses = pod.spec.shareProcessNamespace === true;
    const seesNode = pod.spec.hostPID === true;
    const asked = {
      uid,
      namespace,
      name,
      hostname,
      attempt,
      sharesProcesses,
      seesNode,
      guarded: handler.kind === "runsc",
    };
    return { sandbox: ctx.runtime.runSandbox(asked, network) };
  } catch (error) {
    if (error instanceof ConfigError) return fail(error.message);
    if (!(error instanceof SystemError)) throw error;
    return fail(setUp("bridge", error.detail));
  }
}

/** Upstream: kubelet_pods.go, GeneratePodHostNameAndDomain and setHostnameAsFQDN. */
function hostnameOf(pod: Pod, domain: string): string {
  const short = shortName(pod);
  const full = fullName(pod, domain);
  return pod.spec.setHostnameAsFQDN === true && full !== "" ? full : short;
}

/** What it is told to be called comes before everything else that could name it. */
function shortName({ metadata, spec }: Pod): string {
  return spec.hostnameOverride ?? (spec.hostname ?? metadata.name).slice(0, 63);
}

/** "" without a subdomain. */
function fullName(pod: Pod, domain: string): string {
  const { subdomain = "", hostnameOverride } = pod.spec;
  if (subdomain === "" || hostnameOverride !== undefined) return "";
  return `${shortName(pod)}.${subdomain}.${pod.metadata.namespace}.svc.${domain}`;
}

function podLines({ pod, ctx }: PodWorker, sandbox: Sandbox): string[] {
  const short = shortName(pod);
  const full = fullName(pod, ctx.dns.clusterDomain);
  return [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    ...["fe00::0\tip6-localnet", "fe00::0\tip6-mcastprefix", "fe00::1\tip6-allnodes", "fe00::2\tip6-allrouters"],
    ...sandbox.ips.map((ip) => (full === "" ? `${ip}\t${short}` : `${ip}\t${full}\t${short}`)),
  ];
}

/** The node's own file, for pods on its network. */
function hostLines({ disk }: KubeletContext): string[] {
  const own = disk.exists("/etc/hosts") ? disk.readFile("/etc/hosts").trimEnd().split("\n") : [];
  return ["# Kubernetes-managed hosts file (host network).", ...own];
}

/** /etc/hosts, /etc/hostname and /etc/resolv.conf of a container. */
export function sandboxFiles(worker: PodWorker, sandbox: Sandbox): Record<string, string> {
  const { pod, ctx } = worker;
  const { spec } = pod;
  const lines = spec.hostNetwork === true ? hostLines(ctx) : podLines(worker, sandbox);
  if ((spec.hostAliases?.length ?? 0) > 0) {
    lines.push("", "# Entries added by HostAliases.");
    for (const { ip, hostnames = [] } of spec.hostAliases ?? []) lines.push(`${ip}\t${hostnames.join("\t")}`);
  }
  const hostNetwork = spec.hostNetwork === true;
  const policy = spec.dnsPolicy ?? "ClusterFirst";
  const config = resolverConfig(
    {
      namespace: pod.metadata.namespace,
      dnsPolicy: hostNetwork && policy === "ClusterFirst" ? "Default" : policy,
      dnsConfig: spec.dnsConfig,
      hostNetwork,
    },
    { ...ctx.dns, nodeNameserver: ctx.network.nameserver },
  );
  for (const message of config.exceeded ?? [])
    ctx.events.event(pod, "Warning", { reason: "DNSConfigForming", message });
  return {
    "/etc/hosts": `${lines.join("\n")}\n`,
    "/etc/hostname": `${sandbox.hostname}\n`,
    "/etc/resolv.conf": resolvConf(config),
  };
}
