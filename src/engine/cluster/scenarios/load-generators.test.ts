import { describe, expect, it } from "vitest";
import { deployments, pods, services } from "../../api/registry.ts";
import { createTestCluster } from "../testing/test-cluster.ts";

describe("load generators", () => {
  it("report as their originals do, each in its own format", () => {
    const test = createTestCluster({ preset: "minikube" });
    const run = (name: string, image: string, args: string[]): void => {
      test.client.resource(pods).create({
        metadata: { name, namespace: "default" },
        spec: { restartPolicy: "Never", containers: [{ name: "c", image, args }] },
      });
    };
    const labels = { app: "web" };
    test.client.resource(deployments).create({
      metadata: { name: "web", namespace: "default" },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "nginx" }] } },
      },
    });
    test.client.resource(services).create({
      metadata: { name: "web", namespace: "default" },
      spec: { selector: labels, ports: [{ port: 80 }] },
    });
    test.run(15_000);
    run("hey", "williamyeh/hey", ["-n", "210", "-c", "20", "http://web/"]);
    run("wrk", "williamyeh/wrk", ["-t2", "-c10", "-d2s", "--latency", "http://web/none"]);
    run("ab", "jordi/ab", ["-n", "100", "-c", "10", "http://web/"]);
    run("siege", "yokogawa/siege", ["-c", "5", "-r", "4", "http://web/"]);
    run("fortio", "fortio/fortio", ["load", "-qps", "50", "-c", "4", "-t", "4s", "http://web/"]);
    run("refused", "rakyll/hey", ["-n", "10", "-c", "5", "http://web:81/", "-t", "1"]);
    run("wrong", "rakyll/hey", ["-x", "proxy", "http://web/"]);
    test.run(20_000);
    const log = (name: string): string => test.cluster.podLog("default", name);
    expect(log("hey")).toContain(
      "\nSummary:\n  Total:\t0.0300 secs\n  Slowest:\t0.0030 secs\n  Fastest:\t0.0030 secs\n  Average:\t0.0030 secs\n  Requests/sec:\t6666.6667\n  \n  Total data:\t123000 bytes\n  Size/request:\t615 bytes\n\nResponse time histogram:\n  0.003 [200]\t|■■■■",
    );
    expect(log("hey")).toContain("Status code distribution:\n  [200]\t200 responses\n");
    expect(log("wrk").replace(/ *[\d.]+[KM]B/g, " N")).toBe(
      `Running 2s test @ http://web/none
  2 threads and 10 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     3.00ms    0.00us   3.00ms  100.00%
    Req/Sec     1.67k     0.00     1.67k   100.00%
  Latency Distribution
     50%    3.00ms
     75%    3.00ms
     90%    3.00ms
     99%    3.00ms
  6660 requests in 2.00s, N read
  Non-2xx or 3xx responses: 6660
Requests/sec:   3330.00
Transfer/sec: N
`,
    );
    expect(log("ab")).toContain(
      "Concurrency Level:      10\nTime taken for tests:   0.030 seconds\nComplete requests:      100\nFailed requests:        0\n",
    );
    expect(log("ab")).toContain("\n 100%      3 (longest request)\n");
    expect(log("siege")).toContain(
      "Transactions:                     20 hits\nAvailability:                 100.00 %\nElapsed time:                   0.01 secs\n",
    );
    expect(log("fortio")).toContain(
      "Starting at 50 qps with 4 thread(s) [gomax 2] for 4s : 50 calls each (total 200)\n",
    );
    expect(log("fortio")).toContain("\nCode 200 : 200 (100.0 %)\n");
    expect(log("fortio")).toMatch(/\nAll done 200 calls \(plus 4 warmup\) 3\.000 ms avg, 50\.\d qps\n$/);
    expect(log("refused")).toContain('Error distribution:\n  [10]\tGet "http://web:81/": context deadline exceeded');
    expect(log("wrong")).toMatch(/^flag provided but not defined: -x\nUsage: hey/);
  });
});
