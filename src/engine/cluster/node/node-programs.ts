/** Commands that a node has beyond the usual tools. */
import type { Program } from "../../base/program.ts";
import { kubectlOf } from "../../images/popular/kubectl.ts";
import { exec, write } from "../../base/syscalls.ts";
import type { ProgramSource } from "../../runtime/machine.ts";
import { createProgramSource } from "../../runtime/program-source.ts";
import { packetTools } from "../../userland/packet-tools/registry.ts";
import { socat } from "../../userland/commands/socat.ts";
import { packageManagers } from "../../images/packages/managers.ts";
import { createUserland } from "../../userland/registry.ts";
import { openssl } from "../../userland/openssl.ts";
import { sudo } from "../../userland/sudo.ts";
import { etcdTools } from "../etcd/tools.ts";
import { crictl } from "./crictl/crictl.ts";
import { kubeadm } from "./kubeadm/kubeadm.ts";
import { isRoot } from "./is-root.ts";
import { lsmod, modprobe } from "./kernel-modules.ts";
import type { NodeHost } from "./node-host.ts";
import { aptCache, aptMark, dpkg } from "./packages/apt-cache.ts";
import { aptGet } from "./packages/apt-get.ts";
import { swapoff, swapon } from "./swap.ts";
import { journalctl, systemctl } from "./systemctl.ts";

export function nodePrograms(host: NodeHost): ProgramSource {
  const own: [string, Program][] = [
    ["/usr/bin/sudo", sudo],
    ...packetTools("debian"),
    ...Object.entries(etcdTools).map(([path, { run }]): [string, Program] => [path, run]),
    ["/usr/bin/apt", aptGet(host, "apt")],
    ["/usr/bin/apt-cache", aptCache(host)],
    ["/usr/bin/apt-get", aptGet(host, "apt-get")],
    ["/usr/bin/apt-mark", aptMark(host)],
    ["/usr/bin/crictl", crictl(host)],
    ["/usr/bin/dpkg", dpkg(host)],
    ["/usr/bin/kubeadm", kubeadm(host)],
    ["/usr/bin/kubectl", kubectlOf(() => host.packages.release("kubectl"))],
    ["/usr/bin/kubelet", kubelet(host)],
    ...[lsmod, modprobe, swapoff, swapon].map(({ path, program }): [string, Program] => [path, program("debian")]),
    ["/usr/bin/openssl", openssl],
    ["/usr/bin/systemctl", systemctl(host)],
    ["/usr/bin/journalctl", journalctl(host)],
    ["/usr/bin/socat", socat],
    ["/usr/sbin/service", service],
    ["/usr/sbin/poweroff", power(host, "poweroff")],
    ["/usr/sbin/reboot", power(host, "reboot")],
    ["/usr/sbin/shutdown", shutdown(host)],
  ];
  return createProgramSource(createUserland("debian"), packageManagers("debian"), own);
}

/** `service UNIT start|stop|restart|status`: systemctl's in the old order. */
const service: Program = function* (ctx, argv) {
  const [, unit = "", verb = ""] = argv;
  if (argv.length === 3) {
    return yield* exec({ argv: ["systemctl", verb, unit], env: ctx.env, cwd: ctx.cwd, stdio: [0, 1, 2] });
  }
  yield* write(2, "Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]\n");
  return 1;
};

/** The program of the unit. **Simplified:** only systemd runs it; by hand it tells its version. */
function kubelet(host: NodeHost): Program {
  return function* (_, argv) {
    if (argv.length === 2 && argv[1] === "--version") {
      yield* write(1, `Kubernetes ${host.packages.release("kubelet")}\n`);
      return 0;
    }
    yield* write(2, "kubelet: by hand only --version is simulated: systemctl start kubelet\n");
    return 1;
  };
}

function power(host: NodeHost, how: "poweroff" | "reboot"): Program {
  return function* (ctx, argv) {
    if (argv.length > 1) {
      yield* write(2, `${how}: ${argv[1]} is not simulated\n`);
      return 1;
    }
    if (!isRoot(ctx)) {
      yield* write(2, `Call to ${how === "reboot" ? "Reboot" : "PowerOff"} failed: Access denied\n`);
      return 1;
    }
    host.shutDown(how);
    return 0;
  };
}

/** `shutdown [-h|-P|-r] now`. **Simplified:** at once or not at all. */
function shutdown(host: NodeHost): Program {
  return function* (ctx, argv) {
    const words = argv.slice(1).filter((word) => !["-h", "-P", "now", "+0"].includes(word));
    const rest = words.filter((word) => word !== "-r");
    if (rest.length > 0 || !argv.some((word) => word === "now" || word === "+0")) {
      yield* write(2, "shutdown: only `shutdown [-h|-P|-r] now` is simulated\n");
      return 1;
    }
    return yield* power(host, words.includes("-r") ? "reboot" : "poweroff")(ctx, [argv[0] as string]);
  };
}
