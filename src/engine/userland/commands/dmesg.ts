/** What the kernel said. Upstream: util-linux sys-utils/dmesg.c, busybox; kernel.dmesg_restrict is 1, as distributions set it. */
import { SystemError } from "../../base/program.ts";
import { capabilitiesIn } from "../../runtime/containers/capabilities.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { RELEASE, VERSION } from "./uname.ts";

function mayRead({ ctx }: CommandIo): boolean {
  try {
    const [, mask = "0"] = /^CapEff:\s*(\w+)$/m.exec(ctx.fs.readFile("/proc/self/status")) ?? [];
    return capabilitiesIn(mask).includes("SYSLOG");
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return ctx.user.uid === 0;
  }
}

/** **Simplified:** the first lines of a boot, and nothing that came later. */
export const dmesg = defineCommand({
  name: "dmesg",
  usage: "Usage: dmesg [-cr] [-n LEVEL] [-s SIZE]\nPrint or control the kernel ring buffer.",
  options: { flags: "crTHxw", values: "nsl", long: { human: "H", ctime: "T", follow: "w" } },
  *run(io) {
    if (!mayRead(io)) {
      yield* io.complain(
        io.flavour === "debian"
          ? "read kernel buffer failed: Operation not permitted"
          : "klogctl: Operation not permitted",
      );
      return 1;
    }
    const lines = [
      `Linux version ${RELEASE} ${VERSION}`,
      "Command line: BOOT_IMAGE=/boot/vmlinuz root=/dev/vda1 ro console=ttyS0",
      "BIOS-provided physical RAM map:",
      "smpboot: Allowing CPUs, 0 hotplug CPUs",
    ];
    yield* io.out(lines.map((line) => `[    0.000000] ${line}\n`).join(""));
    return 0;
  },
});
