import { describe, expect, it } from "vitest";
import { TestNode } from "../../kubelet/testing/test-node.ts";

describe("Services that are there in part", () => {
  const node = new TestNode();
  const start = (name: string, image: string, container: object = {}): void => {
    node.bind(name, { containers: [{ name: "app", image, ...container }], restartPolicy: "Never" });
  };
  const log = (name: string): string[] =>
    (node.kubelet.worker("default", name)?.slots[0]?.current?.log.since(0) ?? []).map(({ text }) => text);
  const curl = (name: string, path: string): string =>
    node.exec("client", `curl -s -w ' %{http_code}' ${node.pod(name).status.podIP}${path}`);
  start("client", "debian", { command: ["sleep", "infinity"] });
  start("prometheus", "prom/prometheus:v2.53.0", { args: ["--web.listen-address=:9999"] });
  start("lost", "prom/prometheus", { args: ["--config.file=/none.yml"] });
  start("search", "elasticsearch:8.19.4");
  start("broker", "rabbitmq:3-management");
  start("ring-0", "cassandra:4");
  node.sim.runUntil(node.sim.now + 10_000);
  const seeds = [{ name: "CASSANDRA_SEEDS", value: node.pod("ring-0").status.podIP }];
  start("ring-1", "cassandra:4", { env: seeds });
  start("lonely", "cassandra:4", { env: [{ name: "CASSANDRA_SEEDS", value: "10.1.2.3" }] });
  start("flagged", "prom/prometheus", { args: ["--web.listen-address=:9998", "--storage.tsdb.path=/x"] });
  start("mistyped", "prom/prometheus", { args: ["--config.fil=/x"] });
  start("sealed", "hashicorp/vault", { args: ["server"] });
  node.sim.runUntil(node.sim.now + 180_000);

  it("say what they lack, and answer on the ports that they have", () => {
    expect(log("prometheus")).toEqual(['level=info msg="Server is ready to receive web requests."']);
    expect(curl("prometheus", ":9999/-/ready")).toBe("Prometheus Server is Ready.\n 200");
    expect(curl("prometheus", ":9999/api/v1/query?query=up")).toMatch(
      /^\{"status":"success","data":\{"resultType":"vector","result":\[\{"metric":\{"instance":"localhost:9090","job":"prometheus","__name__":"up"\},"value":\[[\d.]+,"0"\]\}\]\}\}\n 200$/,
    );
    expect(curl("prometheus", ":9999/api/v1/query?query=up\\&time=1")).toMatch(/"result":\[\]\}\}\n 200$/);
    expect(curl("prometheus", ":9999/api/v1/query?query=1\\&time=x%")).toBe(
      '{"status":"error","errorType":"bad_data","error":"invalid parameter \\"time\\": cannot parse \\"x%\\" to a valid timestamp"}\n 400',
    );
    expect(curl("prometheus", ":9999/api/v1/rules")).toMatch(
      /this playground answers query, series and targets.* 503$/s,
    );
    expect(curl("search", ":9200/_cluster/health")).toMatch(/"status":"green".* 200$/s);
    expect(curl("search", ":9200/books/_search")).toMatch(/not_simulated.* 501$/s);
  });

  it("end where they are started with what isn't there", () => {
    const code = (name: string) => node.pod(name).status.containerStatuses?.[0]?.state?.terminated?.exitCode;
    expect([code("lost"), code("sealed"), code("mistyped")]).toEqual([2, 1, 2]);
    expect(log("mistyped")).toEqual(["Error parsing command line arguments: unknown long flag '--config.fil'"]);
    expect(log("flagged")[0]).toBe("Drydock: without effect in this playground: --storage.tsdb.path");
    expect(log("lost").at(-1)).toMatch('err="open /none.yml: no such file or directory"');
  });

  it("hang up on their clients, and their tools refuse what they can't do", () => {
    expect(node.exec("client", `echo AMQP | nc -w 1 ${node.pod("broker").status.podIP} 5672`)).toBe("");
    expect(log("broker").at(-1)).toMatch("was hung up on: its protocol is not simulated");
    expect(node.exec("broker", "rabbitmq-diagnostics -q ping; rabbitmqctl list_queues; echo $?")).toBe(
      "Ping succeeded\nrabbitmqctl: this playground knows only: ping, check_running, check_port_connectivity\n64\n",
    );
  });

  it("Cassandra's nodes find the ring through their seeds, and see each other come and go", () => {
    const states = (): string[] =>
      node
        .exec("ring-0", "nodetool status")
        .split("\n")
        .filter((line) => /^[UD][NJL] /.test(line))
        .map((line) => line.slice(0, 2) + line.replace(/^.*?(\d+\.\d%).*$/, " $1"));
    expect(states()).toEqual(["UN 100.0%", "UN 100.0%"]);
    expect(log("lonely").at(-1)).toBe("java.lang.RuntimeException: Unable to contact any seeds!");
    node.exec("ring-1", "kill 1");
    node.sim.runUntil(node.sim.now + 5000);
    expect(states()).toEqual(["UN 100.0%", "DN 100.0%"]);
    expect(log("ring-0").at(-1)).toMatch(/InetAddress \/10\.\S+:7000 is now DOWN$/);
    expect(node.exec("ring-0", "nodetool repair; echo $?")).toBe(
      "nodetool: this playground knows only: status, info, drain\n64\n",
    );
  });
});
