/** `kubectl rollout history`. Upstream: kubectl pkg/cmd/rollout/rollout_history.go, polymorphichelpers/history.go. */
import type { PodTemplateSpec } from "../../engine/api/generated/types.ts";
import { defineCommand, FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG } from "../command.ts";
import { describePodTemplate } from "../describe/pod-template.ts";
import { DescribeWriter } from "../describe/writer.ts";
import { CommandError } from "../errors.ts";
import { operationLine, printerFor } from "../printers/object-printer.ts";
import { aligned, DESCRIBE_TABS } from "../printers/tab-writer.ts";
import { CHANGE_CAUSE, revisionsOf, rolloutTargets, type Workload } from "../rollout-revisions.ts";

export const rolloutHistory = defineCommand({
  name: "history",
  short: "View rollout history",
  usage: "(TYPE NAME | TYPE/NAME) [flags]",
  flags: [
    ...FILE_FLAGS,
    ...PRINT_FLAGS,
    SELECTOR_FLAG,
    { name: "revision", type: "int", default: 0, usage: "Show this revision with its pod template." },
  ],
  completes: "resources",
  *run(call) {
    const wanted = call.flags.int("revision");
    if (wanted < 0) throw new CommandError(`revision must be a positive integer: ${wanted}`);
    const infos = yield* rolloutTargets(
      call,
      (info) => `no history viewer has been implemented for "${info.resource.kind}"`,
    );
    for (const info of infos) {
      const revisions = yield* revisionsOf(call, info.object as Workload);
      const heading = operationLine(call, info.object as Workload, "").trimEnd();
      if (call.flags.string("output") !== "") {
        const chosen = wanted > 0 ? revisions.filter((entry) => entry.revision === wanted) : revisions;
        if (wanted > 0 && chosen.length === 0) throw new CommandError(`unable to find the specified revision`);
        const printer = printerFor(call);
        for (const { printed } of chosen) yield* call.out(printer(printed));
        continue;
      }
      if (wanted > 0) {
        const found = revisions.find((entry) => entry.revision === wanted);
        if (found === undefined) throw new CommandError("unable to find the specified revision");
        // Only a deployment's revisions show what changed them with their template.
        const cause = info.resource.kind === "Deployment" ? found.annotations[CHANGE_CAUSE] : undefined;
        const writer = new DescribeWriter({ align: false });
        describePodTemplate(writer, cause === undefined ? found.template : withCause(found.template, cause));
        yield* call.out(`${heading} with revision #${wanted}\n${writer.text()}\n`);
        continue;
      }
      const rows = revisions.map(({ revision, annotations }) => [
        String(revision),
        annotations[CHANGE_CAUSE] ?? "<none>",
      ]);
      const table =
        rows.length === 0
          ? "No rollout history found."
          : aligned([["REVISION", "CHANGE-CAUSE"], ...rows], DESCRIBE_TABS);
      yield* call.out(`${heading} \n${table}\n`);
    }
  },
});

function withCause(template: PodTemplateSpec, cause: string): PodTemplateSpec {
  const annotations = { ...template.metadata?.annotations, [CHANGE_CAUSE]: cause };
  return { ...template, metadata: { ...template.metadata, annotations } } as PodTemplateSpec;
}
