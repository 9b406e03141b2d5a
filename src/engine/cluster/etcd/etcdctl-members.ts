/** `etcdctl member …`. Upstream: etcd etcdctl/ctlv3/command/member_command.go, printer_simple.go. */
import type { Call } from "../../base/syscalls.ts";
import { write } from "../../base/syscalls.ts";
import { EtcdctlError } from "./etcd-client.ts";
import type { Invocation } from "./etcdctl.ts";
import type { Member } from "./membership.ts";
import { drawTable } from "./table.ts";

interface Answer {
  header: { cluster_id: string };
  members: Member[];
}

const PATH = "/v3/cluster/member";

function refuseFormat(format: string): void {
  if (format !== "simple") throw new EtcdctlError(`Drydock: --write-out=${format} is not simulated`, 128);
}

export function* listMembers({ client, format }: Invocation): Call<number> {
  const answer = yield* client.any<Answer>(`${PATH}/list`);
  const rows = answer.members.map(({ id, name, peerURLs, clientURLs, isLearner }) => [
    id,
    name === "" ? "unstarted" : "started",
    name,
    peerURLs.join(","),
    clientURLs.join(","),
    String(isLearner === true),
  ]);
  const headers = ["ID", "Status", "Name", "Peer Addrs", "Client Addrs", "Is Learner"];
  if (format === "table") yield* write(1, drawTable(headers, rows));
  else if (format === "json") yield* write(1, `${JSON.stringify(answer)}\n`);
  else {
    refuseFormat(format);
    for (const row of rows) yield* write(1, `${row.join(", ")}\n`);
  }
  return 0;
}

export function* addMember({ client, words, flags, format }: Invocation): Call<number> {
  const [name] = words;
  if (name === undefined) throw new EtcdctlError("member name not provided", 128);
  if (words.length > 1) {
    const assigned = words.some((word) => word.includes("=")) ? "did you mean --peer-urls?" : "too many arguments";
    throw new EtcdctlError(assigned, 128);
  }
  const urls = flags.get("peer-urls") ?? "";
  if (urls === "") throw new EtcdctlError("member peer urls not provided", 128);
  refuseFormat(format);
  const answer = yield* client.any<Answer & { member: Member }>(`${PATH}/add`, {
    peerURLs: urls.split(","),
    isLearner: flags.has("learner"),
  });
  const { member, members, header } = answer;
  const cluster = members.flatMap((each) =>
    each.peerURLs.map((url) => `${each.id === member.id ? name : each.name}=${url}`),
  );
  const kind = flags.has("learner") ? "Learner member" : "Member";
  yield* write(
    1,
    `${kind} ${padded(member.id)} added to cluster ${padded(header.cluster_id)}

ETCD_NAME="${name}"
ETCD_INITIAL_CLUSTER="${cluster.join(",")}"
ETCD_INITIAL_ADVERTISE_PEER_URLS="${urls}"
ETCD_INITIAL_CLUSTER_STATE="existing"
`,
  );
  return 0;
}

export function* removeMember(call: Invocation): Call<number> {
  const { id, cluster } = yield* change(call, "remove");
  yield* write(1, `Member ${id} removed from cluster ${cluster}\n`);
  return 0;
}

export function* promoteMember(call: Invocation): Call<number> {
  const { id, cluster } = yield* change(call, "promote");
  yield* write(1, `Member ${id} promoted in cluster ${cluster}\n`);
  return 0;
}

function* change({ client, words, format }: Invocation, verb: string): Call<{ id: string; cluster: string }> {
  const [text] = words;
  if (text === undefined || words.length !== 1) throw new EtcdctlError("member ID is not provided", 128);
  if (!/^[0-9a-f]{1,16}$/i.test(text)) {
    const why = `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
    throw new EtcdctlError(`bad member ID arg (${why}), expecting ID in Hex`, 128);
  }
  refuseFormat(format);
  const id = text.toLowerCase().replace(/^0+/, "");
  const answer = yield* client.any<Answer>(`${PATH}/${verb}`, { ID: id });
  return { id: padded(id), cluster: padded(answer.header.cluster_id) };
}

/** `%16x` */
function padded(id: string): string {
  return id.padStart(16);
}
