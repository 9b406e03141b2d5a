/** `kubectl create namespace | serviceaccount | quota | priorityclass`. Upstream: kubectl pkg/cmd/create. */
import { CREATE_FLAGS, defineCommand } from "../command.ts";
import { createObject, requiredName } from "../create-object.ts";
import { NAMESPACES, PRIORITY_CLASSES, RESOURCE_QUOTAS, SERVICE_ACCOUNTS } from "../generators/resources.ts";
import { resourceAmounts } from "../resource-amounts.ts";

export const createNamespace = defineCommand({
  name: "namespace",
  aliases: ["ns"],
  short: "Create a namespace with the specified name",
  usage: "NAME [--dry-run=server|client|none]",
  flags: CREATE_FLAGS,
  completes: "none",
  *run(call) {
    const name = requiredName(call);
    yield* createObject(call, NAMESPACES, { metadata: { name }, spec: {}, status: {} });
  },
});

export const createServiceAccount = defineCommand({
  name: "serviceaccount",
  aliases: ["sa"],
  short: "Create a service account with the specified name",
  usage: "NAME [--dry-run=server|client|none]",
  flags: CREATE_FLAGS,
  completes: "none",
  *run(call) {
    const name = requiredName(call);
    yield* createObject(
      call,
      SERVICE_ACCOUNTS,
      { metadata: { name } },
      { failure: "failed to create serviceaccount: " },
    );
  },
});

export const createQuota = defineCommand({
  name: "quota",
  aliases: ["resourcequota"],
  short: "Create a quota with the specified name",
  usage: "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]",
  flags: [
    ...CREATE_FLAGS,
    { name: "hard", type: "string", usage: "Limits, resource=amount,…" },
    { name: "scopes", type: "string", usage: "Scopes that the quota counts." },
  ],
  completes: "none",
  *run(call) {
    const name = requiredName(call);
    const hardText = call.flags.string("hard");
    const scopes = call.flags.string("scopes");
    const hard = hardText === "" ? undefined : resourceAmounts(hardText);
    yield* createObject(
      call,
      RESOURCE_QUOTAS,
      {
        metadata: { name },
        spec: { ...(hard !== undefined && { hard }), ...(scopes !== "" && { scopes: scopes.split(",") }) },
        status: {},
      },
      { failure: "failed to create quota: " },
    );
  },
});

export const createPriorityClass = defineCommand({
  name: "priorityclass",
  aliases: ["pc"],
  short: "Create a priority class with the specified name",
  usage: "NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]",
  flags: [
    ...CREATE_FLAGS,
    { name: "value", type: "int", usage: "The priority." },
    { name: "global-default", type: "bool", usage: "Pods without a class get this one." },
    { name: "description", type: "string", usage: "When this class should be used." },
    {
      name: "preemption-policy",
      type: "string",
      default: "PreemptLowerPriority",
      usage: "PreemptLowerPriority or Never.",
    },
  ],
  completes: "none",
  *run(call) {
    const name = requiredName(call);
    const description = call.flags.string("description");
    yield* createObject(
      call,
      PRIORITY_CLASSES,
      {
        metadata: { name },
        value: call.flags.int("value"),
        ...(call.flags.bool("global-default") && { globalDefault: true }),
        ...(description !== "" && { description }),
        preemptionPolicy: call.flags.string("preemption-policy"),
      },
      { failure: "failed to create priorityclass: " },
    );
  },
});
