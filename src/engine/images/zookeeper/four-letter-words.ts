/** What ZooKeeper answers to `echo ruok | nc`. */
import type { ZooServer } from "./server.ts";

export const FOUR_LETTERS = ["ruok", "stat", "srvr", "mntr", "conf", "isro"];
const BUILT: Readonly<Record<string, string>> = {
  "3.4.10": "3.4.10-39d3a4f269333c922ed3db283be479f9deacaa0f, built on 03/23/2017 10:13 GMT",
};

function isOld(version: string): boolean {
  return version.startsWith("3.4");
}

/** undefined: only a server with a majority answers that. */
export function fourLetterAnswer(server: ZooServer, word: string): string | undefined {
  const { values, members } = server.config;
  const allowed = (values["4lw.commands.whitelist"] ?? "srvr").split(/\s*,\s*/);
  if (!isOld(server.version) && !allowed.includes(word) && !allowed.includes("*"))
    return `${word} is not executed because it is not in the whitelist.\n`;
  if (word === "ruok") return "imok";
  if (word === "conf") {
    const shown = Object.entries(values).map(
      ([name, value]) => `${name}=${name === "dataDir" || name === "dataLogDir" ? `${value}/version-2` : value}`,
    );
    return `${[...shown, `serverId=${server.id}`].join("\n")}\n`;
  }
  const { ensemble, tree, clients } = server;
  if (!ensemble.serves) return undefined;
  if (word === "isro") return "rw";
  const mode = members.length === 0 ? "standalone" : ensemble.role === "leading" ? "leader" : "follower";
  const version = BUILT[server.version] ?? server.version;
  if (word === "mntr") {
    const followers = ensemble.followerIds().length;
    const facts: [string, string | number][] = [
      ["version", version],
      ["num_alive_connections", clients.size],
      ["server_state", mode],
      ["znode_count", tree.count],
      ...(mode === "leader"
        ? ([
            ["followers", followers],
            ["synced_followers", followers],
          ] as [string, number][])
        : []),
    ];
    return facts.map(([name, value]) => `zk_${name}\t${value}\n`).join("");
  }
  const zxid = `0x${ensemble.state.zxid.toString(16)}`;
  const connected = [...clients].map(
    (client) => ` /${client.remoteAddress}:${client.remotePort}[0](queued=0,recved=1,sent=0)\n`,
  );
  return `Zookeeper version: ${version}\n${word === "stat" ? `Clients:\n${connected.join("")}\n` : ""}Connections: ${clients.size}\nOutstanding: 0\nZxid: ${zxid}\nMode: ${mode}\nNode count: ${tree.count}\n`;
}
