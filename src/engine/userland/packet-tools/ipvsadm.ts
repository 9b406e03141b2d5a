import type { IpvsEdit, IpvsRefusal, VirtualServer } from "../../base/packet-filter.ts";
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { mayLook, packetFilter } from "./access.ts";

const REFUSALS: Readonly<Record<IpvsRefusal, string>> = {
  exists: "Service already exists",
  "no-service": "No such service",
  "destination-exists": "Destination already exists",
  "no-destination": "No such destination",
};
const DENIED = `Can't initialize ipvs: Permission denied (you must be root)
Are you sure that IP Virtual Server is built in the kernel or as module?
`;

/**
 * The virtual servers of IPVS, to look at and to change.
 * **Simplified:** it lists numerically (-n) whether asked to or not; each scheduler takes destinations in turn, of one weight.
 */
export const ipvsadm = defineCommand({
  name: "ipvsadm",
  directory: "/usr/sbin",
  usage: `Usage:
  ipvsadm -A -t|u service-address [-s scheduler] [-p timeout]
  ipvsadm -D -t|u service-address
  ipvsadm -C
  ipvsadm -a|d -t|u service-address -r server-address [-m]
  ipvsadm -L|l [-n]`,
  options: {
    flags: "LnlADCadm",
    values: "turspw",
    long: {
      list: "L",
      numeric: "n",
      "add-service": "A",
      "delete-service": "D",
      clear: "C",
      "add-server": "a",
      "delete-server": "d",
      masquerading: "m",
      "tcp-service=": "t",
      "udp-service=": "u",
      "real-server=": "r",
      "scheduler=": "s",
      "persistent=": "p",
    },
  },
  badUsageStatus: 2,
  *run(io) {
    if (!(yield* mayLook())) {
      yield* write(2, DENIED);
      return 2;
    }
    const edit = editOf(io);
    if (typeof edit === "string") {
      yield* write(2, `${edit}\n`);
      return 2;
    }
    if (edit !== undefined) return yield* change(edit);
    const servers = yield* packetFilter<VirtualServer[]>("ipvs");
    const lines = [
      "IP Virtual Server version 1.2.1 (size=4096)",
      "Prot LocalAddress:Port Scheduler Flags",
      "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn",
    ];
    for (const { protocol, address, scheduler, persistentSeconds, destinations } of servers) {
      lines.push(
        `${protocol}  ${address} ${scheduler}${persistentSeconds > 0 ? ` persistent ${persistentSeconds}` : ""}`,
      );
      for (const { address: socket, connections } of destinations)
        lines.push(`  -> ${socket.padEnd(28)} Masq    1      ${String(connections).padEnd(10)} 0         `);
    }
    yield* io.out(lines.map((line) => `${line}\n`).join(""));
    return 0;
  },
});

/** What is to be changed, or what is wrong with the command line; undefined: nothing, it is for looking. */
function editOf(io: CommandIo): IpvsEdit | string | undefined {
  if (io.has("C")) return { do: "clear" };
  const action = ["A", "D", "a", "d"].find((flag) => io.has(flag));
  if (action === undefined) return undefined;
  if (io.has("w")) return "weights are not simulated";
  const address = io.value("t") ?? io.value("u");
  if (address === undefined || !/:\d+$/.test(address)) return "No service address or an illegal one: ADDRESS:PORT";
  const server = { protocol: io.has("t") ? ("TCP" as const) : ("UDP" as const), address };
  if (action === "D") return { do: "delete", ...server };
  if (action === "A") {
    const seconds = io.value("p") ?? "0";
    if (!/^\d+$/.test(seconds)) return "illegal timeout for persistent service";
    return { do: "add", ...server, scheduler: io.value("s") ?? "wlc", persistentSeconds: Number(seconds) };
  }
  const destination = io.value("r");
  if (destination === undefined) return "You need to supply the 'real-server' option for this command";
  const whole = /:\d+$/.test(destination) ? destination : `${destination}${/:\d+$/.exec(address)?.[0] ?? ""}`;
  return { do: action === "a" ? "add-destination" : "delete-destination", ...server, destination: whole };
}

function* change(edit: IpvsEdit): Call<number> {
  try {
    const refusal = (yield { call: "edit-ipvs", edit }) as IpvsRefusal | undefined;
    if (refusal === undefined) return 0;
    yield* write(2, `${REFUSALS[refusal]}\n`);
    return 255;
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== "EINVAL") throw error;
    yield* write(2, "virtual servers of a network namespace other than a node's are not simulated\n");
    return 255;
  }
}
