/** `ip route`: where packets go from here. */
import type { NamespaceSockets, Route } from "../../base/sockets.ts";
import { write } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";
import type { CommandIo } from "../command.ts";
import { interfacesOf } from "./interfaces.ts";
import type { IpOptions } from "./ip.ts";
import { sockets } from "./sockets.ts";

/** `words`: what stands behind `route`. */
export function* showRoutes(io: CommandIo, how: { options: IpOptions; words: readonly string[] }): Call<number> {
  const { options, words } = how;
  const [verb = "show", ...rest] = words;
  const all = routesFrom(yield* sockets()).filter(({ to, via = "" }) =>
    isSix(to) || isSix(via) ? options.six : options.four,
  );
  if (verb === "get" && rest.length <= 1) return yield* routeTo(io, all, rest[0] ?? "");
  if (!["show", "list", "ls", "lst"].includes(verb) || rest.length > 0) {
    yield* write(2, `ip route ${words.join(" ")} is not simulated: ip route, ip route get ADDRESS\n`);
    return 1;
  }
  // Without -6 it shows those of IPv4.
  const shown =
    options.six && !options.four
      ? all.filter(({ to, via = "" }) => isSix(to) || isSix(via))
      : all.filter(({ to, via = "" }) => !isSix(to) && !isSix(via));
  yield* io.out(shown.map((route) => `${routeText(route)}\n`).join(""));
  return 0;
}

function isSix(text: string): boolean {
  return text.includes(":");
}

function routeText({ to, via, dev, source }: Route): string {
  const words = [to, ...(via === undefined ? [] : [`via ${via}`]), `dev ${dev}`];
  if (isSix(to)) words.push(via === undefined ? "proto kernel metric 256 pref medium" : "metric 1024 pref medium");
  else if (isSix(via ?? "")) words.push("metric 1024 pref medium");
  else if (source !== undefined) words.push(`proto kernel scope link src ${source}`);
  return `${words.join(" ")} `;
}

/** The way out, the own network, and a node's routes to pods. */
export function routesFrom(namespace: NamespaceSockets): Route[] {
  const [, outer] = interfacesOf(namespace);
  const own = (outer?.addresses ?? []).flatMap(({ address, prefix, family }): Route[] => {
    if (family === 6) {
      const network = networkOf6(address);
      return [
        { to: `${network}::/${prefix}`, dev: "eth0" },
        { to: "default", via: `${network}::1`, dev: "eth0" },
      ];
    }
    const octets = address.split(".").slice(0, prefix / 8);
    const at = (last: string): string =>
      [...octets, ...Array.from({ length: 3 - octets.length }, () => "0"), last].join(".");
    return [
      { to: "default", via: at("1"), dev: "eth0" },
      { to: `${at("0")}/${prefix}`, dev: "eth0", source: address },
    ];
  });
  const [first, ...others] = own;
  return first === undefined ? [...namespace.routes] : [first, ...namespace.routes, ...others];
}

function networkOf6(address: string): string {
  return address.split("::")[0] ?? "";
}

function* routeTo(io: CommandIo, routes: readonly Route[], address: string): Call<number> {
  if (!/^\d+(\.\d+){3}$/.test(address)) {
    yield* write(2, `Error: any valid prefix is expected rather than "${address}".\n`);
    return 1;
  }
  const source = routes.find(({ to, source: own }) => own !== undefined && to !== "default")?.source;
  const best = routes
    .filter(({ to }) => to === "default" || covers(to, address))
    .toSorted((a, b) => lengthOf(b.to) - lengthOf(a.to))[0];
  if (best === undefined) {
    yield* write(2, "RTNETLINK answers: Network is unreachable\n");
    return 2;
  }
  const way = best.via === undefined ? "" : ` via ${best.via}`;
  const own = best.source ?? routes.find(({ dev, source: known }) => dev === best.dev && known !== undefined)?.source;
  yield* io.out(`${address}${way} dev ${best.dev} src ${own ?? source ?? ""} uid 0 \n    cache \n`);
  return 0;
}

export function lengthOf(to: string): number {
  return to === "default" ? 0 : Number(to.split("/")[1] ?? 32);
}

function covers(cidr: string, address: string): boolean {
  if (isSix(cidr)) return false;
  const number = (text: string): number => text.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const [network = ""] = cidr.split("/");
  const size = 2 ** (32 - lengthOf(cidr));
  return Math.floor(number(network) / size) === Math.floor(number(address) / size);
}
