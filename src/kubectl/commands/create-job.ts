/** `kubectl create job | cronjob`. Upstream: kubectl pkg/cmd/create/create_job.go, create_cronjob.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { CREATE_FLAGS, defineCommand } from "../command.ts";
import { type Built, createObject, requiredName } from "../create-object.ts";
import { CommandError } from "../errors.ts";
import { CRON_JOBS, JOBS } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { fetchAll } from "../resource-builder.ts";

function podTemplate(call: Invocation, name: string, restartPolicy: string): Record<string, unknown> {
  const command = call.dash < 0 ? call.args.slice(1) : call.args.slice(call.dash);
  const container = {
    name,
    image: call.flags.string("image"),
    ...(command.length > 0 && { command }),
    resources: {},
  };
  return { metadata: {}, spec: { containers: [container], restartPolicy } };
}

export const createJob = defineCommand({
  name: "job",
  short: "Create a job with the specified name",
  usage: "NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]",
  flags: [
    ...CREATE_FLAGS,
    { name: "image", type: "string", usage: "Image to run." },
    { name: "from", type: "string", usage: "The cron job to make a job of (cronjob/name)." },
  ],
  completes: "none",
  *run(call) {
    const name = requiredName(call);
    const image = call.flags.string("image");
    const from = call.flags.string("from");
    if ((image === "") === (from === "")) throw new CommandError("either --image or --from must be specified");
    const failure = { failure: "failed to create job: " };
    if (from === "") {
      const spec = { template: podTemplate(call, name, "Never") };
      yield* createObject(call, JOBS, { metadata: { name }, spec, status: {} }, failure);
      return;
    }
    const [info] = yield* fetchAll(call, { args: [from] });
    if (info === undefined) throw new CommandError("from must be an existing cronjob");
    if (info.resource.kind !== "CronJob") {
      throw new CommandError(`unknown object type *${info.resource.version}.${info.resource.kind}`);
    }
    yield* createObject(call, JOBS, jobOfCronJob(name, info.object as CronJob), failure);
  },
});

interface CronJob extends KubeObject {
  spec: { jobTemplate: { metadata?: { labels?: object; annotations?: object }; spec: object } };
}

function jobOfCronJob(name: string, cron: CronJob): Built {
  const { metadata, spec } = cron.spec.jobTemplate;
  return {
    metadata: {
      name,
      ...(metadata?.labels !== undefined && { labels: metadata.labels }),
      annotations: { "cronjob.kubernetes.io/instantiate": "manual", ...metadata?.annotations },
      ownerReferences: [
        { apiVersion: "batch/v1", kind: "CronJob", name: cron.metadata.name, uid: cron.metadata.uid, controller: true },
      ],
    },
    spec,
    status: {},
  };
}

export const createCronJob = defineCommand({
  name: "cronjob",
  aliases: ["cj"],
  short: "Create a cron job with the specified name",
  usage: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags]",
  flags: [
    ...CREATE_FLAGS,
    { name: "image", type: "string", required: true, usage: "Image to run." },
    { name: "schedule", type: "string", required: true, usage: "When, in cron's form." },
    { name: "restart", type: "string", default: "", usage: "OnFailure or Never." },
  ],
  completes: "none",
  *run(call) {
    const name = requiredName(call);
    const template = podTemplate(call, name, call.flags.string("restart") || "OnFailure");
    yield* createObject(
      call,
      CRON_JOBS,
      {
        metadata: { name },
        spec: {
          schedule: call.flags.string("schedule"),
          jobTemplate: { metadata: { name }, spec: { template } },
        },
        status: {},
      },
      { failure: "failed to create cronjob: " },
    );
  },
});
