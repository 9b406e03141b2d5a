/**
 * kubeadm on a node. Upstream: cmd/kubeadm/app/cmd. A subcommand is a file, and a line here.
 *
 * **Simplified:** of the phases that upstream can run one by one there are those of init except `upload-config` and
 * `show-join-command`; init and join read a `--config` file: elsewhere the flag is unknown.
 */
import type { Program } from "../../../base/program.ts";
import { StatusError } from "../../../api/meta/status-error.ts";
import type { Call } from "../../../base/syscalls.ts";
import { write } from "../../../base/syscalls.ts";
import type { NodeHost } from "../node-host.ts";
import { expirations } from "./certificate-expirations.ts";
import { renewCertificates } from "./certificate-renewal.ts";
import { listImages, pullAllImages } from "./images.ts";
import { init } from "./init.ts";
import {
  addonPhase,
  bootstrapTokenPhase,
  kubeletFinalizePhase,
  kubeletStartPhase,
  markControlPlanePhase,
  preflightPhase,
  waitControlPlanePhase,
} from "./init-cluster-phases.ts";
import {
  certificatesPhase,
  controlPlanePhase,
  etcdPhase,
  kubeconfigPhase,
  uploadCertificatesPhase,
} from "./init-phases.ts";
import { join } from "./join.ts";
import { userKubeconfig } from "./kubeconfig-user.ts";
import { printInitDefaults, printJoinDefaults } from "./print-defaults.ts";
import { reset } from "./reset.ts";
import { KubeadmCall, KubeadmError } from "./subcommand.ts";
import type { Subcommand } from "./subcommand.ts";
import { createToken, deleteToken, generateToken, listTokens } from "./token.ts";
import { applyUpgrade } from "./upgrade-apply.ts";
import { certificateKey } from "./upload-certs.ts";
import { upgradeNode } from "./upgrade-node.ts";
import { planUpgrade } from "./upgrade-plan.ts";
import { version } from "./version.ts";

const USAGE = `kubeadm: easily bootstrap a secure Kubernetes cluster

Available Commands:
  certs       Commands related to handling Kubernetes certificates
  config      Manage configuration for a kubeadm cluster persisted in a ConfigMap in the cluster
  init        Run this command in order to set up the Kubernetes control plane
  kubeconfig  Kubeconfig file utilities
  join        Run this on any machine you wish to join an existing cluster
  reset       Performs a best effort revert of changes made to this host by 'kubeadm init' or 'kubeadm join'
  token       Manage bootstrap tokens
  upgrade     Upgrade your cluster smoothly to a newer version with this command
  version     Print the version of kubeadm`;

/** By their words. */
const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  "certs certificate-key": certificateKey,
  "certs check-expiration": expirations,
  "certs renew": renewCertificates,
  "config images list": listImages,
  "config images pull": pullAllImages,
  "config print init-defaults": printInitDefaults,
  "config print join-defaults": printJoinDefaults,
  init,
  "init phase addon": addonPhase,
  "init phase bootstrap-token": bootstrapTokenPhase,
  "init phase certs": certificatesPhase,
  "init phase control-plane": controlPlanePhase,
  "init phase etcd": etcdPhase,
  "init phase kubeconfig": kubeconfigPhase,
  "init phase kubelet-finalize": kubeletFinalizePhase,
  "init phase kubelet-start": kubeletStartPhase,
  "init phase mark-control-plane": markControlPlanePhase,
  "init phase preflight": preflightPhase,
  "init phase upload-certs": uploadCertificatesPhase,
  "init phase wait-control-plane": waitControlPlanePhase,
  join,
  "kubeconfig user": userKubeconfig,
  reset,
  "token create": createToken,
  "token delete": deleteToken,
  "token generate": generateToken,
  "token list": listTokens,
  "upgrade apply": applyUpgrade,
  "upgrade node": upgradeNode,
  "upgrade plan": planUpgrade,
  version,
};
/** What kubeadm has and this one hasn't. */
const ABSENT = /^(alpha|config (migrate|print|validate)|init phase|join phase|upgrade diff|certs generate-csr)\b/;

export function kubeadm(host: NodeHost): Program {
  return function* kubeadm(ctx, argv) {
    const words = argv.slice(1);
    if (words.length === 0 || words[0] === "--help" || words[0] === "-h" || words[0] === "help") {
      yield* write(1, `${USAGE}\n`);
      return 0;
    }
    const known = [3, 2, 1].map((count) => words.slice(0, count).join(" ")).find((name) => name in SUBCOMMANDS);
    const absent = known === "init" && words[1] === "phase";
    try {
      if (known === undefined || absent) throw new KubeadmError(unknown(words));
      const subcommand = SUBCOMMANDS[known] as Subcommand;
      const rest = words.slice(known.split(" ").length);
      return yield* subcommand.run(new KubeadmCall(host, ctx, subcommand.flags, rest));
    } catch (error) {
      if (!(error instanceof KubeadmError || error instanceof StatusError)) throw error;
      return yield* fail(error.message, error instanceof KubeadmError ? error.code : 1);
    }
  };
}

function* fail(why: string, code: number): Call<number> {
  yield* write(2, `error: ${why}\nTo see the stack trace of this error execute with --v=5 or higher\n`);
  return code;
}

function unknown(words: readonly string[]): string {
  const [verb = "", action = ""] = words;
  const line = words.filter((word) => !word.startsWith("-")).join(" ");
  if (ABSENT.test(line)) return `${line} is not simulated`;
  const parents = new Set(Object.keys(SUBCOMMANDS).flatMap((name) => (name.includes(" ") ? [name.split(" ")[0]] : [])));
  if (!parents.has(verb)) return `unknown command ${JSON.stringify(verb)} for "kubeadm"`;
  return action === ""
    ? `missing subcommand; ${JSON.stringify(verb)} is not meant to be run on its own`
    : `unknown command ${JSON.stringify(action)} for "kubeadm ${verb}"`;
}
