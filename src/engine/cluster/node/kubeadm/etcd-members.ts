/**
 * The members of the cluster's etcd as kubeadm deals with them: it finds them by their pods, and shows the certificate that
 * checks their health. Upstream: cmd/kubeadm/app/util/etcd/etcd.go, phases/etcd/local.go.
 */
import { pods } from "../../../api/registry.ts";
import { sleep } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import { MINUTE } from "../../../base/time.ts";
import { EtcdClient, EtcdctlError } from "../../etcd/etcd-client.ts";
import type { Member } from "../../etcd/membership.ts";
import { ETCD_PKI } from "../../etcd/paths.ts";
import { KubeadmError } from "./subcommand.ts";
import type { KubeadmCall } from "./subcommand.ts";

const CLIENT_URLS = "kubeadm.kubernetes.io/etcd.advertise-client-urls";
const MEMBERS = "/v3/cluster/member";
/** `etcdAPICall` of kubeadm's timeouts. */
const TIMEOUT = 2 * MINUTE;
const POLL = 500;

/** Whose own member, which may have no vote yet, is asked last. Throws a StatusError. */
function clientOf({ host, ctx }: KubeadmCall): EtcdClient {
  const { items } = host.admin
    .resource(pods)
    .list("kube-system", { labelSelector: "component=etcd,tier=control-plane" });
  const own = `https://${host.kubelet.node.address}:`;
  const endpoints = items
    .flatMap(({ metadata }) => metadata.annotations?.[CLIENT_URLS] ?? [])
    .sort((a, b) => Number(a.startsWith(own)) - Number(b.startsWith(own)));
  const certificate = `${ETCD_PKI}/healthcheck-client`;
  return new EtcdClient(
    ctx,
    new Map([
      ["endpoints", endpoints.join(",")],
      ["cacert", `${ETCD_PKI}/ca.crt`],
      ["cert", `${certificate}.crt`],
      ["key", `${certificate}.key`],
    ]),
  );
}

function peerURL({ host }: KubeadmCall): string {
  return `https://${host.kubelet.node.address}:2380`;
}

/** Throws where one of the members doesn't answer. */
export function* checkEtcd(call: KubeadmCall): Call<void> {
  const client = clientOf(call);
  for (const endpoint of client.endpoints) {
    try {
      yield* client.call(endpoint, "/v3/maintenance/status");
    } catch (error) {
      if (!(error instanceof EtcdctlError)) throw error;
      throw new KubeadmError(
        `error execution phase check-etcd: etcd cluster is not healthy: failed to dial endpoint ${endpoint} with maintenance client: ${error.message}`,
      );
    }
  }
}

/** Answers what the new one is to be told of its cluster: `a=https://…,b=https://…`. */
export function* announceMember(call: KubeadmCall): Call<string> {
  const peers = peerURL(call);
  const { members } = yield* asking(call, "add", { peerURLs: [peers], isLearner: true });
  return members
    .map(({ name, peerURLs }) => `${peerURLs[0] === peers ? call.host.name : name}=${peerURLs[0]}`)
    .join(",");
}

/** Once it runs and has heard of everything, it gets its vote. */
export function* promoteMember(call: KubeadmCall): Call<void> {
  const { sim } = call.host.kubelet;
  const end = sim.now + TIMEOUT;
  const { members } = yield* asking(call, "list", {});
  const own = members.find(({ peerURLs }) => peerURLs[0] === peerURL(call));
  for (;;) {
    try {
      yield* asking(call, "promote", { ID: own?.id ?? "" });
      return;
    } catch (error) {
      if (!(error instanceof KubeadmError) || sim.now >= end) throw error;
    }
    yield* sleep(POLL);
  }
}

/** Takes this machine's member out, unless it is the only one. Throws a StatusError or an EtcdctlError. */
export function* removeMember(call: KubeadmCall): Call<void> {
  const client = clientOf(call);
  const { members } = yield* client.any<{ members: Member[] }>(`${MEMBERS}/list`);
  const own = members.find(({ peerURLs }) => peerURLs[0] === peerURL(call));
  if (own !== undefined && members.length > 1) yield* client.any(`${MEMBERS}/remove`, { ID: own.id });
}

function* asking(call: KubeadmCall, verb: string, body: object): Call<{ members: Member[] }> {
  try {
    return yield* clientOf(call).any<{ members: Member[] }>(`${MEMBERS}/${verb}`, body);
  } catch (error) {
    if (!(error instanceof EtcdctlError)) throw error;
    throw new KubeadmError(
      `error execution phase etcd-join: error creating local etcd static pod manifest file: ${error.message}`,
    );
  }
}
