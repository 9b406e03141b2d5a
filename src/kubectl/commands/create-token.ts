/** `kubectl create token`. Upstream: kubectl pkg/cmd/create/create_token.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { defineCommand, PRINT_FLAGS } from "../command.ts";
import { requiredName } from "../create-object.ts";
import { resourcePath } from "../discovery.ts";
import { ApiError, CommandError } from "../errors.ts";
import { SERVICE_ACCOUNTS } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { printerFor } from "../printers/object-printer.ts";

const BOUND_KINDS: Readonly<Record<string, string>> = { Node: "v1", Pod: "v1", Secret: "v1" };

export const createToken = defineCommand({
  name: "token",
  short: "Request a service account token",
  usage: "SERVICE_ACCOUNT_NAME",
  examples: ["kubectl create token builder", "kubectl create token builder --duration=10m"],
  flags: [
    ...PRINT_FLAGS,
    { name: "audience", type: "array", usage: "Who the token is for; may be repeated." },
    { name: "duration", type: "duration", default: "0s", usage: "How long the token is good for." },
    {
      name: "bound-object-kind",
      type: "string",
      usage: "Kind of the object that the token ends with: Node, Pod or Secret.",
    },
    { name: "bound-object-name", type: "string", usage: "Name of that object." },
    { name: "bound-object-uid", type: "string", usage: "UID of that object." },
  ],
  completes: "none",
  *run(call) {
    const name = requiredName(call);
    const output = call.flags.string("output");
    const printer = output === "" ? undefined : printerFor(call);
    const spec = tokenSpec(call);
    let answer: KubeObject & { status?: { token?: string } };
    try {
      answer = yield* call.rest.json<KubeObject & { status?: { token?: string } }>({
        method: "POST",
        path: resourcePath(SERVICE_ACCOUNTS, { namespace: call.namespace, name, subresource: "token" }),
        body: {
          kind: "TokenRequest",
          apiVersion: "authentication.k8s.io/v1",
          metadata: { creationTimestamp: null },
          spec,
          status: { token: "", expirationTimestamp: null },
        },
      });
    } catch (error) {
      if (error instanceof ApiError) throw new CommandError(`failed to create token: ${error.message}`);
      throw error;
    }
    const token = answer.status?.token ?? "";
    if (token === "") throw new CommandError("failed to create token: no token in server response");
    yield* call.out(printer === undefined ? `${token}\n` : printer(answer));
  },
});

function tokenSpec({ flags }: Invocation): object {
  const duration = flags.duration("duration");
  const kind = flags.string("bound-object-kind");
  const [name, uid] = [flags.string("bound-object-name"), flags.string("bound-object-uid")];
  if (duration < 0) throw new CommandError("--duration must be greater than or equal to 0");
  if (duration % 1000 !== 0) throw new CommandError("--duration cannot be expressed in units less than seconds");
  if (kind === "") {
    if (name !== "") throw new CommandError("--bound-object-name can only be set if --bound-object-kind is provided");
    if (uid !== "") throw new CommandError("--bound-object-uid can only be set if --bound-object-kind is provided");
  } else if (BOUND_KINDS[kind] === undefined) {
    throw new CommandError(`supported --bound-object-kind values are ${Object.keys(BOUND_KINDS).join(", ")}`);
  } else if (name === "") {
    throw new CommandError("--bound-object-name is required if --bound-object-kind is provided");
  }
  const audiences = flags.list("audience");
  return {
    audiences: audiences.length === 0 ? null : audiences,
    expirationSeconds: duration === 0 ? null : duration / 1000,
    boundObjectRef: kind === "" ? null : { kind, apiVersion: BOUND_KINDS[kind], name, ...(uid !== "" && { uid }) },
  };
}
