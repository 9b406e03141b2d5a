/** `kubeadm version`: that of the package on this node. */
import { KubeadmError } from "./subcommand.ts";
import type { Subcommand } from "./subcommand.ts";

export const version: Subcommand = {
  flags: "output/o",
  *run(call) {
    const release = call.host.packages.release("kubeadm");
    const output = call.value("output") ?? "";
    if (output === "json" || output === "yaml") throw new KubeadmError(`--output=${output} is not simulated`);
    if (output !== "" && output !== "short") throw new KubeadmError(`invalid output format: ${output}`);
    const [, major, minor] = /^v(\d+)\.(\d+)/.exec(release) ?? [];
    const info = `&version.Info{Major:"${major}", Minor:"${minor}", GitVersion:"${release}", Platform:"linux/amd64"}`;
    yield* call.out(output === "short" ? `${release}\n` : `kubeadm version: ${info}\n`);
    return 0;
  },
};
