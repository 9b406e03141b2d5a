/** What the kernel said. Upstream: util-linux sys-utils/dmesg.c, busybox; kernel.dmesg_restrict is 1, as distributions set it. */
import { SystemError } from "../../base/program.ts";
import { capabilitiesIn } from "../../runtime/containers/capabilities.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { kernelOf } from "./uname.ts";

function mayRead({ ctx }: CommandIo): boolean {
  try {
    const [, mask = "0"] = /^CapEff:\s*(\w+)$/m.exec(ctx.fs.readFile("/proc/self/status")) ?? [];
    return capabilitiesIn(mask).includes("SYSLOG");
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return ctx.user.uid === 0;
  }
}

const GVISOR: readonly [time: number, text: string][] = [
  [0, "Starting gVisor..."],
  [0.354495, "Daemonizing children..."],
  [3.955857, "Ready!"],
];

/** **Simplified:** the first lines of a boot, and nothing that came later. */
export const dmesg = defineCommand({
  name: "dmesg",
  usage: "Usage: dmesg [-cr] [-n LEVEL] [-s SIZE]\nPrint or control the kernel ring buffer.",
  options: { flags: "crTHxw", values: "nsl", long: { human: "H", ctime: "T", follow: "w" } },
  *run(io) {
    const { release, version } = kernelOf(io.ctx.fs);
    // What runs under gVisor sees its kernel's, and may.
    if (release === "4.4.0") {
      yield* io.out(GVISOR.map(([time, text]) => `[${time.toFixed(6).padStart(12)}] ${text}\n`).join(""));
      return 0;
    }
    if (!mayRead(io)) {
      yield* io.complain(
        io.flavour === "debian"
          ? "read kernel buffer failed: Operation not permitted"
          : "klogctl: Operation not permitted",
      );
      return 1;
    }
    const lines = [
      `Linux version ${release} ${version}`,
      "Command line: BOOT_IMAGE=/boot/vmlinuz root=/dev/vda1 ro console=ttyS0",
      "BIOS-provided physical RAM map:",
      "smpboot: Allowing CPUs, 0 hotplug CPUs",
    ];
    yield* io.out(lines.map((line) => `[    0.000000] ${line}\n`).join(""));
    return 0;
  },
});
