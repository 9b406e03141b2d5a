/** iproute2's ip: addresses, links and routes. */
import { write } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { interfacesOf } from "./interfaces.ts";
import type { NetworkInterface } from "./interfaces.ts";
import { showRoutes } from "./ip-route.ts";
import { sockets } from "./sockets.ts";

const OBJECTS = ["address", "link", "route"] as const;
const FOREVER = "       valid_lft forever preferred_lft forever";
const USAGE =
  "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n       OBJECT := { address | link | route }\n       OPTIONS := { -4 | -6 | -br[ief] }";

export interface IpOptions {
  /** Families that are asked for. */
  four: boolean;
  six: boolean;
  brief: boolean;
}

/** Simplified: they are shown and can't be changed. */
export const ip = defineCommand({
  name: "ip",
  directory: "/usr/sbin",
  usage: USAGE,
  badUsageStatus: 255,
  options: { none: true },
  *run(io) {
    const words = [...io.operands];
    const options: IpOptions = { four: true, six: true, brief: false };
    while (words[0]?.startsWith("-") === true) {
      const option = words.shift() as string;
      if (option === "-4" || option === "-6") {
        options.four = option === "-4";
        options.six = !options.four;
      } else if (option.length > 2 && "-brief".startsWith(option)) options.brief = true;
      else if (!/^-c(olor)?(=\w+)?$/.test(option)) {
        yield* write(2, `Option "${option}" is unknown, try "ip -help".\n`);
        return 255;
      }
    }
    const [object = "", verb = "show", ...rest] = words;
    if (object === "") {
      yield* write(2, `${USAGE}\n`);
      return 255;
    }
    const known = OBJECTS.find((name) => name.startsWith(object));
    if (known === undefined) {
      yield* write(2, `Object "${object}" is not simulated here, try "ip address", "ip link" or "ip route".\n`);
      return 1;
    }
    if (["add", "del", "delete", "set", "change", "replace", "flush"].includes(verb)) {
      yield* write(2, `ip ${known} ${verb} is not simulated: the network plugin alone writes these\n`);
      return 2;
    }
    if (known === "route") return yield* showRoutes(io, { options, words: words.slice(1) });
    const named = ["show", "list", "ls", "lst"].includes(verb) ? rest : [verb, ...rest];
    const [name, ...more] = named.filter((word) => word !== "dev");
    if (more.length > 0) {
      yield* write(2, `ip ${known} show ${named.join(" ")} is not simulated: ip ${known} show [ dev ] NAME\n`);
      return 1;
    }
    return yield* showInterfaces(io, { object: known, name, options });
  },
});

function* showInterfaces(
  io: CommandIo,
  how: { object: "address" | "link"; name: string | undefined; options: IpOptions },
): Call<number> {
  const { object, name, options } = how;
  const found = interfacesOf(yield* sockets()).filter((each) => name === undefined || each.name === name);
  if (found.length === 0) {
    yield* write(2, `Device "${name}" does not exist.\n`);
    return 1;
  }
  const text = options.brief ? briefText : object === "link" ? linkText : addressText;
  yield* io.out(found.map((each) => `${text(each, options, object)}\n`).join(""));
  return 0;
}

function headOf({ index, name, peer, flags, mtu, queue, state }: NetworkInterface): string {
  return `${index}: ${name}${peer}: <${flags}> mtu ${mtu} qdisc ${queue} state ${state}`;
}

function linkLine({ kind, mac, peer }: NetworkInterface): string {
  const broadcast = kind === "loopback" ? "00:00:00:00:00:00" : "ff:ff:ff:ff:ff:ff";
  return `    link/${kind} ${mac} brd ${broadcast}${peer === "" ? "" : " link-netnsid 0"}`;
}

function linkText(each: NetworkInterface): string {
  const queue = each.kind === "loopback" ? " qlen 1000" : "";
  return `${headOf(each)} mode DEFAULT group default${queue}${each.kind === "loopback" ? "" : " "}\n${linkLine(each)}`;
}

function addressText(each: NetworkInterface, { four, six }: IpOptions): string {
  const tail = each.kind === "loopback" ? " group default qlen 1000" : " group default ";
  const lines = each.addresses
    .filter(({ family }) => (family === 4 ? four : six))
    .flatMap(({ address, prefix, family, broadcast, scope }) =>
      family === 4
        ? [
            `    inet ${address}/${prefix}${broadcast === "" ? "" : ` brd ${broadcast}`} scope ${scope} ${each.name}`,
            FOREVER,
          ]
        : [`    inet6 ${address}/${prefix} scope ${scope} `, FOREVER],
    );
  return [`${headOf(each)}${tail}`, ...(four && six ? [linkLine(each)] : []), ...lines].join("\n");
}

function briefText(each: NetworkInterface, { four, six }: IpOptions, object: "address" | "link"): string {
  const head = `${`${each.name}${each.peer}`.padEnd(16)} ${each.state.padEnd(14)} `;
  if (object === "link") return `${head}${each.mac} <${each.flags}> `;
  const shown = each.addresses.filter(({ family }) => (family === 4 ? four : six));
  return head + shown.map(({ address, prefix }) => `${address}/${prefix} `).join("");
}
