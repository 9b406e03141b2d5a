import type { HttpSink } from "../../base/http.ts";
import type { TestCluster } from "./test-cluster.ts";

/** What a command line prints on a node, as ssh runs it, both streams in one; `waitMs` of virtual time pass. */
export function ssh(test: TestCluster, node: string, command: string, waitMs = 250): string {
  let text = "";
  const sink: HttpSink = {
    head() {},
    data() {},
    frame: (channel, data) => void (channel === 3 ? undefined : (text += data)),
    end() {},
    fail: (errno) => void (text += errno),
  };
  const url = `ssh://${node}/?command=${encodeURIComponent(command)}`;
  test.cluster.nodes.get(node)?.machine.ssh({ method: "POST", url, headers: {}, body: "" }, sink);
  test.run(waitMs);
  return text;
}
