import type { Event } from "../generated/types.ts";
import { defineResource } from "../meta/resource.ts";

export const events = defineResource<Event>({
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  shortNames: ["ev"],
  scope: "Namespaced",
  example: {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "web.1", namespace: "default" },
    involvedObject: { kind: "Pod", namespace: "default", name: "web" },
  },
});
