/** `kubectl certificate approve | deny`. Upstream: kubectl pkg/cmd/certificates/certificates.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { formatTime } from "../../engine/base/time.ts";
import { type Command, defineCommand, FILE_FLAGS, PRINT_FLAGS } from "../command.ts";
import { resourcePath } from "../discovery.ts";
import { CommandError, throwGathered } from "../errors.ts";
import { printerFor } from "../printers/object-printer.ts";
import { fetchInfos, usesFiles } from "../resource-builder.ts";

interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
  lastUpdateTime: string;
}

interface SigningRequest extends KubeObject {
  status?: { conditions?: Condition[] | null };
}

function decisionCommand(name: "approve" | "deny"): Command {
  const [type, past, reason] =
    name === "approve" ? ["Approved", "approved", "KubectlApprove"] : ["Denied", "denied", "KubectlDeny"];
  return defineCommand({
    name,
    short: `${name === "approve" ? "Approve" : "Deny"} a certificate signing request`,
    usage: "(-f FILENAME | NAME)",
    flags: [
      ...FILE_FLAGS,
      ...PRINT_FLAGS,
      { name: "force", type: "bool", usage: "Also when that was decided before." },
    ],
    completes: "none",
    *run(call) {
      if (call.args.length === 0 && !usesFiles(call)) {
        throw new CommandError("one or more CSRs must be specified as <name> or -f <filename>");
      }
      const args = call.args.length === 0 ? [] : ["certificatesigningrequests", ...call.args];
      const { infos, errors } = yield* fetchInfos(call, { args });
      const printer = printerFor(call, { operation: past });
      for (const info of infos) {
        const live = info.object as SigningRequest;
        const conditions = live.status?.conditions ?? [];
        const decided = conditions.some((condition) => condition.type === type);
        if (decided && !call.flags.bool("force")) {
          yield* call.out(printer(live));
          continue;
        }
        const condition: Condition = {
          type: type ?? "",
          status: "True",
          reason: reason ?? "",
          message: `This CSR was ${past} by kubectl certificate ${name}.`,
          lastUpdateTime: formatTime(call.ctx.now()),
        };
        const body = { ...live, status: { ...live.status, conditions: [...conditions, condition] } };
        const path = resourcePath(info.resource, { ...info, subresource: "approval" });
        yield* call.out(printer(yield* call.rest.json<KubeObject>({ method: "PUT", path, body })));
      }
      throwGathered(errors);
    },
  });
}

export const certificate = defineCommand({
  name: "certificate",
  group: "Cluster Management Commands",
  short: "Modify certificate resources",
  usage: "SUBCOMMAND",
  helpIsFine: true,
  subcommands: [decisionCommand("approve"), decisionCommand("deny")],
});
