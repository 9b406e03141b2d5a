/** What a node's kernel remembers of connections, and when it forgets. */
import { expect, it } from "vitest";
import { createTestNetwork, pod } from "../testing/test-network.ts";

it("a node that was without power remembers nothing of what passed before, and what passes then", () => {
  const net = createTestNetwork();
  const [caller, web] = [pod(net.worker1, "caller"), pod(net.worker2, "web")];
  web.namespace.bindHttp(8080, () => ({ status: 200, body: "" }));
  const request = { method: "GET", url: `http://${web.ip}:8080/`, headers: {}, body: "" };
  const ask = (): void => void caller.port().exchange?.(request);
  const states = (node: typeof net.worker1): string[] =>
    (node.host.namespace.tracked?.() ?? []).map(({ state }) => state);
  ask();
  net.sim.runUntil(net.sim.now + 1000);
  expect([states(net.worker1), states(net.worker2)]).toEqual([["TIME_WAIT"], ["TIME_WAIT"]]);
  net.worker2.power(false);
  net.worker2.power(true);
  expect([states(net.worker1), states(net.worker2)]).toEqual([["TIME_WAIT"], []]);
  ask();
  expect(states(net.worker2)).toEqual(["ESTABLISHED"]);
});
