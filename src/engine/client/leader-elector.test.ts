import { expect, it } from "vitest";
import { events } from "../api/core/event.ts";
import { namespaces } from "../api/core/namespace.ts";
import { leases } from "../api/coordination/lease.ts";
import { MASTERS, userInfo } from "../api/meta/user-info.ts";
import type { KubeObject } from "../api/meta/object.ts";
import { ApiServer } from "../apiserver/server.ts";
import { Store } from "../etcd/store.ts";
import { Simulation } from "../sim/simulation.ts";
import { Client } from "./client.ts";
import { Recorder } from "./event-recorder.ts";
import { LeaderElector } from "./leader-elector.ts";

class Rivals {
  readonly sim = new Simulation({ seed: 1 });
  readonly server = new ApiServer({ sim: this.sim, store: new Store<KubeObject>(this.sim) });
  readonly client = new Client(this.server, userInfo("admin", MASTERS));
  readonly log: string[] = [];

  constructor() {
    this.client.resource(namespaces).create({ metadata: { name: "kube-system" }, spec: {}, status: {} });
  }

  elector(identity: string): LeaderElector {
    const elector = new LeaderElector({
      sim: this.sim,
      client: this.client,
      events: new Recorder(this.sim, this.client, { component: "test" }),
      lease: { namespace: "kube-system", name: "test" },
      identity,
      started: () => this.log.push(`${identity} leads`),
      lost: () => this.log.push(`${identity} lost`),
    });
    elector.start();
    return elector;
  }

  pass(ms: number): void {
    this.sim.runUntil(this.sim.now + ms);
  }

  get lease() {
    return this.client.resource(leases).get("kube-system", "test");
  }

  get messages(): string[] {
    const all = this.client.resource(events).list("kube-system").items;
    return all.map(({ reason, message, involvedObject }) => `${involvedObject.kind} ${reason} ${message}`);
  }
}

it("CLI40 the first instance leads at once and renews its lease every 2 s", () => {
  const rivals = new Rivals();
  rivals.elector("a");
  expect(rivals.log).toEqual(["a leads"]);
  const time = "2026-01-01T00:00:00.000000Z";
  const spec = {
    holderIdentity: "a",
    leaseDurationSeconds: 15,
    acquireTime: time,
    renewTime: time,
    leaseTransitions: 0,
  };
  expect(rivals.lease.spec).toEqual(spec);
  rivals.pass(2000);
  expect(rivals.lease.spec).toEqual({ ...spec, renewTime: "2026-01-01T00:00:02.000000Z" });
  expect(rivals.messages).toEqual(["Lease LeaderElection a became leader"]);
});

it("CLI41 another takes over when it has seen no renewal for 15 s", () => {
  const rivals = new Rivals();
  const first = rivals.elector("a");
  rivals.elector("b");
  rivals.pass(60_000);
  expect(rivals.log).toEqual(["a leads"]);
  first.stop({ release: false });
  rivals.pass(13_000);
  expect(rivals.log).toEqual(["a leads"]);
  rivals.pass(9000);
  expect(rivals.log).toEqual(["a leads", "b leads"]);
  expect(rivals.lease.spec).toMatchObject({ holderIdentity: "b", leaseTransitions: 1 });
});

it("CLI42 a lease that was released is taken at the next try", () => {
  const rivals = new Rivals();
  const first = rivals.elector("a");
  rivals.elector("b");
  rivals.pass(10_000);
  first.stop({ release: true });
  expect(rivals.lease.spec).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1 });
  rivals.pass(5000);
  expect(rivals.log).toEqual(["a leads", "b leads"]);
});

it("CLI43 a leader that can't renew for 10 s has lost; before that, a server that comes back finds it leading", () => {
  const rivals = new Rivals();
  rivals.elector("a");
  rivals.pass(1000);
  rivals.server.stop();
  rivals.pass(8000);
  rivals.server.start();
  rivals.pass(20_000);
  expect(rivals.log).toEqual(["a leads"]);
  rivals.server.stop();
  rivals.pass(14_000);
  expect(rivals.log).toEqual(["a leads", "a lost"]);
});
