/** A learner's laptop before a whole cluster. */
import {
  createTestCluster,
  type TestCluster,
  type TestClusterOptions,
} from "../../engine/cluster/testing/test-cluster.ts";
import type { Event } from "../../engine/api/generated/types.ts";
import { events } from "../../engine/api/registry.ts";
import { ServerLaptop } from "./server-laptop.ts";

export class ClusterLaptop extends ServerLaptop {
  readonly test: TestCluster;

  constructor(options: TestClusterOptions = { seed: 1 }) {
    const test = createTestCluster(options);
    super({ sim: test.sim, server: test.cluster.server });
    this.test = test;
  }

  /** `Warning Failed Error: ErrImagePull` of everything whose object's name begins so, in the order in which they came. */
  events(name: string, namespace = "default"): string[] {
    const first = ({ firstTimestamp, eventTime }: Event): string => firstTimestamp ?? eventTime ?? "";
    const written = ({ metadata }: Event): number => Number(metadata.resourceVersion);
    return this.test
      .list(events, namespace)
      .filter(({ involvedObject }) => involvedObject.name?.startsWith(name) === true)
      .toSorted((a, b) => (first(a) < first(b) ? -1 : first(a) > first(b) ? 1 : written(a) - written(b)))
      .map(({ type, reason, message }) => `${type} ${reason} ${message?.replace(/\n$/, "")}`);
  }
}
