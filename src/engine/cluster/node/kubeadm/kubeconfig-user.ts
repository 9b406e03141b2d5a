/**
 * `kubeadm kubeconfig user`: a kubeconfig for somebody, with a certificate of the cluster's authority or a token.
 * Upstream: cmd/kubeadm/app/cmd/kubeconfig.go, phases/kubeconfig.
 */
import { encodeBase64 } from "../../../base/base64.ts";
import { parseGoDuration } from "../../../base/go-duration.ts";
import { kubeconfig } from "../kubeconfig-files.ts";
import { issue, PKI } from "../pki-files.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall, Subcommand } from "./subcommand.ts";

export const userKubeconfig: Subcommand = {
  flags: "client-name config org token validity-period",
  *run(call) {
    const user = call.value("client-name");
    if (user === undefined) throw new KubeadmError('required flag(s) "client-name" not set');
    call.allowOnly({ config: undefined });
    const validity = parseGoDuration(call.value("validity-period") ?? "8760h");
    if (typeof validity !== "number") {
      throw new KubeadmError(`invalid argument for "--validity-period" flag: ${validity.problem}`);
    }
    const { sim } = call.host.kubelet;
    const token = call.value("token");
    const credential = token === undefined ? certificate(call, user, validity) : { token };
    yield* call.out(kubeconfig({ sim, server: call.host.server }, user, credential));
    return 0;
  },
};

function certificate(call: KubeadmCall, user: string, validity: number): object {
  const { sim, disk } = call.host.kubelet;
  for (const file of ["ca.crt", "ca.key"]) {
    if (!disk.exists(`${PKI}/${file}`)) {
      throw new KubeadmError(
        `couldn't load CA certificate ca: couldn't load the private key file or certificate: open ${PKI}/${file}: no such file or directory`,
      );
    }
  }
  if (call.privilegeProblem.length > 0) throw new KubeadmError(`open ${PKI}/ca.key: permission denied`);
  const groups = (call.value("org") ?? "").split(",").filter((group) => group !== "");
  const leaf = {
    file: `user ${user} ${sim.now}`,
    authority: "ca",
    subject: [...groups.map((group) => ["O", group] as const), ["CN", user] as const],
    purposes: ["clientAuth"],
  } as const;
  const { certificate: text, key } = issue(sim, leaf, sim.now, validity);
  return { "client-certificate-data": encodeBase64(text), "client-key-data": encodeBase64(key) };
}
