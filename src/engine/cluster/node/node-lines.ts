/** How clients on a node reach the API: by what their kubeconfigs say, through the node's own /etc/hosts. */
import { decodeBase64, encodeBase64 } from "../../base/base64.ts";
import type { FileSystem } from "../../base/program.ts";
import { distrust } from "../../base/x509/distrust.ts";
import { clusterKeys } from "../../sim/cluster-keys.ts";
import type { Cluster } from "../cluster.ts";
import { NodeTransport } from "../node-transport.ts";
import type { Found } from "../node-transport.ts";
import { readKubeletKubeconfig } from "./kubeconfig-files.ts";
import type { ClientConfig } from "./kubeconfig-files.ts";

export class NodeLines {
  private readonly cluster: Cluster;
  private readonly node: string;
  private readonly resolve: (host: string) => readonly string[];

  /** `resolve`: throws a SystemError. */
  constructor(cluster: Cluster, node: string, resolve: (host: string) => readonly string[]) {
    this.cluster = cluster;
    this.node = node;
    this.resolve = resolve;
  }

  /** Whom a client finds that has such a kubeconfig. */
  finder(client: ClientConfig): () => Found {
    const { apiServers } = this.cluster;
    const { node: from, resolve } = this;
    const seek = (): Found => this.trusted(apiServers.find(client.server, { from, resolve }), client);
    if (apiServers.apart) return apiServers.connecting(from, seek);
    const found = seek();
    return () => found;
  }

  /** The line of who has that kubeconfig; undefined: there is none to read. */
  by(disk: FileSystem | undefined, path: string): NodeTransport | undefined {
    if (disk?.exists(path) !== true) return undefined;
    const config = readKubeletKubeconfig(disk, path);
    return "error" in config ? undefined : new NodeTransport(this.cluster.server, config.server, this.finder(config));
  }

  /** Why nobody is reached at such an address. */
  problemAt(server: string): string | undefined {
    const { node: from, resolve } = this;
    const found = this.cluster.apiServers.find(server, { from, resolve });
    return "problem" in found ? found.problem : undefined;
  }

  /** The same, unless the client has something against the certificate that it is shown there. */
  private trusted(found: Found, { server, authority, trusting }: ClientConfig): Found {
    if ("problem" in found || trusting) return found;
    const { sim, apiServers } = this.cluster;
    if (found.node === undefined) {
      const known = authority === encodeBase64(clusterKeys(sim).authority.certificate);
      return known ? found : { problem: UNKNOWN_AUTHORITY };
    }
    const host = /^https:\/\/([^:/]+)/.exec(server)?.[1] ?? "";
    const authorities = decodeBase64(authority ?? "");
    const problem = distrust(apiServers.certificateOf(found.node), { host, authorities, now: sim.now });
    return problem === undefined ? found : { problem };
  }
}

const UNKNOWN_AUTHORITY = "tls: failed to verify certificate: x509: certificate signed by unknown authority";
