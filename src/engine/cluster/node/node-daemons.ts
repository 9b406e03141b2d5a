/**
 * What a node's systemd runs besides the kubelet: containerd and the server of ssh, with the ports on which they listen.
 *
 * **Simplified:** nobody can stop them. containerd's server of streams and sshd take connections and do no work over them:
 * `ssh`, and exec through the kubelet, come on ways of their own.
 */
import { SystemError } from "../../base/program.ts";
import { hash53 } from "../../base/hash.ts";
import type { TcpListener } from "../../runtime/connection.ts";
import type { Neighbour } from "../../runtime/machine.ts";
import type { NetworkNamespace } from "../../runtime/network-namespace.ts";
import type { Listener } from "../../runtime/network-port.ts";
import type { Place } from "../../runtime/place.ts";
import type { HeldSocket } from "../../runtime/socket-holders.ts";
import { daemonPorts } from "./daemon-ports.ts";
import type { DaemonPorts } from "./daemon-ports.ts";
import type { KubeletService } from "./kubelet-service.ts";

export const CONTAINERD_PID = 640;
const SSHD_PID = 655;
const SSH_PORT = 22;
/** What systemd gives what it starts. */
const DAEMON_ENV = { LANG: "C.UTF-8", PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin" };

/** containerd asks the kernel for any port of its own for streams; here one that the node's name tells. */
const [FIRST_STREAM_PORT, STREAM_PORTS] = [33_000, 12_000];

const sshd: TcpListener = (connection) => {
  connection.write("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7\r\n");
  return {
    data(text) {
      if (text.startsWith("SSH-")) return;
      connection.write("Invalid SSH identification string.\r\n");
      connection.end();
    },
  };
};

const streams: Listener = () => ({
  status: 404,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: "404 page not found\n",
});

export class NodeDaemons {
  private readonly name: string;
  private containerd: DaemonPorts | undefined;
  private ssh: DaemonPorts | undefined;

  constructor(name: string) {
    this.name = name;
  }

  start(node: NetworkNamespace): void {
    const port = FIRST_STREAM_PORT + (Number.parseInt(hash53(this.name), 16) % STREAM_PORTS);
    this.containerd = daemonPorts(node, [{ port, bind: () => node.bindHttp(port, streams, "127.0.0.1") }]);
    this.ssh = daemonPorts(node, [{ port: SSH_PORT, bind: () => node.bindTcp(SSH_PORT, sshd) }]);
  }

  stop(): void {
    this.containerd?.close();
    this.ssh?.close();
  }

  /** All that systemd runs, itself first. */
  processes(how: {
    since: number;
    kubelet: KubeletService;
    place: () => Place;
    use: { cpuMillicores: number; memoryBytes: number };
  }): Neighbour[] {
    const { since, kubelet, place, use } = how;
    const process = (
      pid: number,
      argv: readonly string[],
      { startedAt = since, sockets = [] }: { startedAt?: number; sockets?: readonly HeldSocket[] | undefined } = {},
    ): Neighbour => ({
      ...{ pid, ppid: pid === 1 ? 0 : 1, argv, startedAt, user: "root", place, use: () => use },
      kill: () => {
        throw new SystemError("EPERM", String(pid));
      },
      sockets: () => sockets,
      facts: () => ({
        ...{ uid: 0, gid: 0, groups: [0], env: DAEMON_ENV, cwd: "/", fs: place().fs, descriptors: [] },
        exe: pid === 1 ? "/usr/lib/systemd/systemd" : /\/[^ ]*/.exec(argv[0] ?? "")?.[0],
      }),
    });
    const { state, pid, argv, since: startedAt, sockets } = kubelet;
    return [
      process(1, ["/sbin/init"]),
      process(CONTAINERD_PID, ["/usr/bin/containerd"], { sockets: this.containerd?.sockets }),
      process(SSHD_PID, ["sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"], { sockets: this.ssh?.sockets }),
      ...(state === "active" ? [process(pid, argv, { startedAt, sockets })] : []),
    ];
  }
}
