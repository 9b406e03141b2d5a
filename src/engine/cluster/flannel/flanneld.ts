/**
 * flannel's daemon: takes its node's range of addresses for a lease, and tells the CNI plugin on the node of it. Upstream:
 * flannel-io/flannel main.go, pkg/subnet/kube, pkg/trafficmngr.
 *
 * **Simplified:** it knows IPv4, leases of the Kubernetes API, and the backends vxlan and host-gw. It sends no packets: pods
 * of nodes with ranges reach each other anyway.
 */
import type { Node, Pod } from "../../api/generated/types.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { nodes, pods } from "../../api/registry.ts";
import { isObject, parseJson } from "../../base/json.ts";
import { sayKlog } from "../../base/klog.ts";
import type { KlogLevel } from "../../base/klog.ts";
import { formatTime } from "../../base/time.ts";
import type { Client } from "../../client/client.ts";
import { formatAddress, inRanges, parseRange } from "../../network/address.ts";
import { readFlags } from "../../network/ingress/read-flags.ts";
import type { ServerContext, ServerHooks } from "../../runtime/containers/image.ts";
import { macOf } from "../../userland/packet-tools/interfaces.ts";
import { SUBNET_FILE } from "./flannel-files.ts";

const ANNOTATION = "flannel.alpha.coreos.com";
const INTERFACE = "eth0";
/** Until it has heard of the nodes. */
const SYNC_MS = 1000;
/** Bytes of a packet, and what the tunnel takes of them. */
const MTU = 1500;
const VXLAN_HEADER = 50;
const FLAGS = new Set(["ip-masq", "kube-subnet-mgr", "iface", "v", "net-config-path", "subnet-file", "public-ip"]);

interface NetworkConfig {
  readonly network: string;
  readonly backend: string;
}

export class Flanneld {
  private readonly ctx: ServerContext;
  private readonly client: Client;
  private readonly flags: ReadonlyMap<string, string>;

  /** `client`: the API as the account of its pod. */
  constructor(ctx: ServerContext, client: Client) {
    this.ctx = ctx;
    this.client = client;
    this.flags = readFlags(ctx.argv);
  }

  start(): ServerHooks {
    const { ctx, flags } = this;
    const ends: ServerHooks = { signals: { SIGTERM: () => ctx.exit(0) } };
    ctx.use({ cpuMillicores: 3, memoryBytes: 14 * 1024 * 1024 });
    const unknown = [...flags.keys()].find((name) => !FLAGS.has(name));
    if (unknown !== undefined) {
      ctx.log(`flag provided but not defined: -${unknown}`, "stderr");
      ctx.exit(2);
      return ends;
    }
    this.say("I", "main.go:211", `CLI flags config: ${this.settings()}`);
    this.say(
      "W",
      "client_config.go:618",
      "Neither --kubeconfig nor --master was specified.  Using the inClusterConfig.  This might not work.",
    );
    const pod = this.ownPod();
    if (pod === undefined) return ends;
    this.say("I", "kube.go:139", "Waiting 10m0s for node controller to sync");
    this.say("I", "kube.go:469", "Starting kube subnet manager");
    ctx.after(SYNC_MS, () => this.register(pod.spec.nodeName ?? ""));
    return ends;
  }

  private say(level: KlogLevel, place: string, text: string): void {
    sayKlog(this.ctx, level, place, text);
  }

  private fail(place: string, why: string): void {
    this.say("E", place, why);
    this.ctx.exit(1);
  }

  private settings(): string {
    const { flags } = this;
    const told = (name: string): string => flags.get(name) ?? "";
    const interfaces = `iface:[${told("iface")}] ifaceRegex:[]`;
    return `{etcdEndpoints:http://127.0.0.1:4001,http://127.0.0.1:2379 etcdPrefix:/coreos.com/network etcdKeyfile: etcdCertfile: etcdCAFile: etcdUsername: etcdPassword: version:false kubeSubnetMgr:${flags.has("kube-subnet-mgr")} kubeApiUrl: kubeAnnotationPrefix:${ANNOTATION} kubeConfigFile: ${interfaces} ipMasq:${flags.has("ip-masq")} ifaceCanReach: subnetFile:${this.subnetFile} publicIP:${told("public-ip")} publicIPv6: subnetLeaseRenewMargin:60 healthzIP:0.0.0.0 healthzPort:0 iptablesResyncSeconds:5 iptablesForwardRules:true netConfPath:${this.configPath} setNodeNetworkUnavailable:true}`;
  }

  private get subnetFile(): string {
    return this.flags.get("subnet-file") ?? SUBNET_FILE;
  }

  private get configPath(): string {
    return this.flags.get("net-config-path") ?? "/etc/kube-flannel/net-conf.json";
  }

  private ownPod(): Pod | undefined {
    const { ctx } = this;
    if (!this.flags.has("kube-subnet-mgr")) {
      this.fail(
        "main.go:227",
        "Failed to create SubnetManager: leases in etcd are not simulated: use --kube-subnet-mgr",
      );
      return undefined;
    }
    const { POD_NAME: name = "", POD_NAMESPACE: namespace = "" } = ctx.env;
    try {
      return this.client.resource(pods).get(namespace, name);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const why = `error retrieving pod spec for '${namespace}/${name}': ${error.message}`;
      this.fail("main.go:227", `Failed to create SubnetManager: ${why}`);
      return undefined;
    }
  }

  private register(name: string): void {
    this.say("I", "kube.go:146", "Node controller sync successful");
    this.say("I", "main.go:231", `Created subnet manager: Kubernetes Subnet Manager - ${name}`);
    this.say("I", "main.go:234", "Installing signal handlers");
    const config = this.readConfig();
    if (typeof config === "string") return this.fail("main.go:247", `Failed to get network config: ${config}`);
    const { backend } = config;
    this.say("I", "main.go:468", `Found network config - Backend type: ${backend}`);
    if (backend !== "vxlan" && backend !== "host-gw") {
      return this.fail("main.go:296", `Error fetching backend: the backend ${backend} is not simulated`);
    }
    try {
      this.lease(this.client.resource(nodes).get("", name), config);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.notRegistered(error.message);
    }
  }

  private notRegistered(why: string): void {
    this.say("E", "main.go:359", `Error registering network: failed to acquire lease: ${why}`);
    this.say("I", "main.go:448", "Stopping shutdownHandler...");
    this.ctx.exit(1);
  }

  /** What is wrong with it, otherwise. */
  private readConfig(): NetworkConfig | string {
    const { fs } = this.ctx;
    const { configPath } = this;
    if (!fs.exists(configPath)) return `failed to read net conf: open ${configPath}: no such file or directory`;
    let value: unknown;
    try {
      value = parseJson(fs.readFile(configPath));
    } catch {
      return "error parsing subnet config: invalid character in JSON";
    }
    if (!isObject(value)) return "error parsing subnet config: it is no object";
    const { Network: network, Backend: backend } = value;
    const type = isObject(backend) && typeof backend["Type"] === "string" ? backend["Type"] : "udp";
    return { network: typeof network === "string" ? network : "", backend: type };
  }

  private lease(node: Node, { network, backend }: NetworkConfig): void {
    const { ctx } = this;
    const { name, annotations } = node.metadata;
    const podCIDR = node.spec.podCIDR ?? "";
    const address = node.status.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "";
    const publicIP = this.flags.get("public-ip") ?? address;
    this.say("I", "match.go:211", "Determining IP address of default interface");
    this.say("I", "match.go:264", `Using interface with name ${INTERFACE} and address ${address}`);
    this.say("I", "match.go:286", `Defaulting external address to interface address (${address})`);
    if (backend === "vxlan") {
      this.say("I", "vxlan.go:141", "VXLAN config: VNI=1 Port=0 GBP=false Learning=false DirectRouting=false");
    }
    if (podCIDR === "") return this.notRegistered(`node ${JSON.stringify(name)} pod cidr not assigned`);
    const [whole, own] = [parseRange(network), parseRange(podCIDR)];
    if (own === undefined || whole === undefined || !inRanges([whole], own.first)) {
      return this.notRegistered(
        `subnet ${JSON.stringify(network)} specified in the flannel net config doesn't contain ${JSON.stringify(podCIDR)} PodCIDR of the ${JSON.stringify(name)} node`,
      );
    }
    const mac = macOf(formatAddress(own.first));
    const leased = {
      [`${ANNOTATION}/backend-data`]: backend === "vxlan" ? JSON.stringify({ VNI: 1, VtepMAC: mac }) : "null",
      [`${ANNOTATION}/backend-type`]: backend,
      [`${ANNOTATION}/kube-subnet-manager`]: "true",
      [`${ANNOTATION}/public-ip`]: publicIP,
    };
    const now = formatTime(ctx.now());
    const available = {
      ...{ type: "NetworkUnavailable", status: "False", reason: "FlannelIsUp" },
      ...{ message: "Flannel is running on this node", lastTransitionTime: now, lastHeartbeatTime: now },
    };
    const noted = annotations?.[`${ANNOTATION}/backend-data`] === leased[`${ANNOTATION}/backend-data`];
    const metadata = noted ? undefined : { annotations: leased };
    this.client
      .resource(nodes)
      .patch(
        "",
        name,
        { ...(metadata && { metadata }), status: { conditions: [available] } },
        { subresource: "status" },
      );
    if (backend === "vxlan") this.say("I", "vxlan.go:155", `Interface flannel.1 mac address set to: ${mac}`);
    this.write(network, { address: formatAddress(own.first + 1), podCIDR, backend });
  }

  private write(network: string, own: { address: string; podCIDR: string; backend: string }): void {
    const { fs } = this.ctx;
    const { subnetFile } = this;
    const mtu = own.backend === "vxlan" ? MTU - VXLAN_HEADER : MTU;
    const [, bits = ""] = own.podCIDR.split("/");
    const before = fs.exists(subnetFile);
    this.say("I", "iptables.go:51", "Starting flannel in iptables mode...");
    for (const key of before ? [] : ["FLANNEL_NETWORK", "FLANNEL_SUBNET"])
      this.say("W", "main.go:522", `no subnet found for key: ${key} in file: ${subnetFile}`);
    for (const key of ["FLANNEL_IPV6_NETWORK", "FLANNEL_IPV6_SUBNET"])
      this.say("W", "main.go:557", `no subnet found for key: ${key} in file: ${subnetFile}`);
    if (!before) {
      this.say(
        "I",
        "iptables.go:115",
        `Current network or subnet (${network}, ${own.podCIDR}) is not equal to previous one (0.0.0.0/0, 0.0.0.0/0), trying to recycle old iptables rules`,
      );
    }
    this.say("I", "iptables.go:125", "Setting up masking rules");
    this.say("I", "iptables.go:226", "Changing default FORWARD chain policy to ACCEPT");
    fs.mkdir(subnetFile.replace(/\/[^/]*$/, ""), { recursive: true });
    fs.writeFile(
      subnetFile,
      `FLANNEL_NETWORK=${network}\nFLANNEL_SUBNET=${own.address}/${bits}\nFLANNEL_MTU=${mtu}\nFLANNEL_IPMASQ=${this.flags.has("ip-masq")}\n`,
    );
    this.say("I", "main.go:412", `Wrote subnet file to ${subnetFile}`);
    this.say("I", "main.go:416", "Running backend.");
    if (own.backend === "vxlan") this.say("I", "vxlan_network.go:65", "watching for new subnet leases");
    this.say("I", "main.go:437", "Waiting for all goroutines to exit");
    for (let tables = 0; tables < 2; tables++) this.say("I", "iptables.go:372", "bootstrap done");
  }
}
