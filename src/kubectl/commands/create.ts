/** `kubectl create -f` and its generators. Upstream: kubectl pkg/cmd/create/create.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { defineCommand, CREATE_FLAGS, FILE_FLAGS, SELECTOR_FLAG } from "../command.ts";
import { withLastApplied } from "../create-object.ts";
import { resourcePath } from "../discovery.ts";
import { editObject, keepCopy } from "../editor.ts";
import { ApiError, CommandError, throwGathered, usageError, withSource } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { labelsMatch } from "../label-match.ts";
import { recorded, RECORD_FLAG } from "../record.ts";
import { printerFor } from "../printers/object-printer.ts";
import { RAW_FLAG, rawRequest } from "../raw-request.ts";
import { toYaml } from "../printers/yaml.ts";
import { type Info, infosOfFiles, usesFiles } from "../resource-builder.ts";
import { createConfigMap } from "./create-config-map.ts";
import { createDeployment } from "./create-deployment.ts";
import { createJob, createCronJob } from "./create-job.ts";
import { createNamespace, createPriorityClass, createQuota, createServiceAccount } from "./create-simple.ts";
import { createClusterRole, createClusterRoleBinding, createRole, createRoleBinding } from "./create-rbac.ts";
import { createIngress } from "./create-ingress.ts";
import { createSecret } from "./create-secret.ts";
import { createPodDisruptionBudget } from "./create-pod-disruption-budget.ts";
import { createToken } from "./create-token.ts";
import { createService } from "./create-service.ts";

export const create = defineCommand({
  name: "create",
  group: "Basic Commands (Beginner)",
  short: "Create a resource from a file or from stdin",
  usage: "-f FILENAME",
  examples: ["kubectl create -f web.yaml", "kubectl create deployment web --image=nginx --replicas=3"],
  flags: [
    ...CREATE_FLAGS,
    ...FILE_FLAGS,
    SELECTOR_FLAG,
    RECORD_FLAG,
    { name: "edit", type: "bool", usage: "Edit each object before it is created." },
    RAW_FLAG,
    { name: "windows-line-endings", type: "bool", unsupported: true },
  ],
  subcommands: [
    createClusterRole,
    createClusterRoleBinding,
    createConfigMap,
    createCronJob,
    createDeployment,
    createIngress,
    createJob,
    createNamespace,
    createPodDisruptionBudget,
    createPriorityClass,
    createQuota,
    createRole,
    createRoleBinding,
    createSecret,
    createService,
    createServiceAccount,
    createToken,
  ],
  completes: "files",
  *run(call) {
    if (call.flags.changed("raw")) return yield* rawRequest(call, "POST");
    if (!usesFiles(call) && call.args.length === 0) {
      throw new CommandError("must specify one of -f and -k");
    }
    if (call.args.length > 0) throw usageError(call.path, `Unexpected args: [${call.args.join(" ")}]`);
    const printer = printerFor(call, { operation: "created" });
    const { infos, errors } = yield* infosOfFiles(call);
    const selector = call.flags.string("selector");
    const chosen = infos.filter((info) => labelsMatch(selector, info.object?.metadata.labels));
    if (chosen.length === 0 && errors.length === 0) throw new CommandError("no objects passed to create");
    if (call.flags.bool("edit")) {
      throwGathered(errors);
      for (const info of chosen) yield* editAndCreate(call, info);
      return undefined;
    }
    for (const info of chosen) {
      let object = recorded(call, info.object as KubeObject);
      if (call.flags.bool("save-config")) object = withLastApplied(object);
      try {
        if (call.dryRun !== "client") {
          object = yield* call.rest.json<KubeObject>({
            method: "POST",
            path: resourcePath(info.resource, { namespace: info.namespace }),
            query: call.writeQuery(),
            body: object,
          });
        }
        yield* call.out(printer(object));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        errors.push(withSource("creating", info.source, error));
      }
    }
    throwGathered(errors);
    return undefined;
  },
});

/** What is saved unchanged is not created. Upstream: editoptions.go (EditBeforeCreateMode). */
function* editAndCreate(call: Invocation, info: Info): Call<void> {
  yield* editObject(call, {
    info,
    object: info.object as KubeObject,
    *save(edited) {
      const body = call.flags.bool("save-config") ? withLastApplied(edited) : edited;
      try {
        const object = yield* call.rest.json<KubeObject>({
          method: "POST",
          path: resourcePath(info.resource, { namespace: info.namespace }),
          query: call.writeQuery(),
          body,
        });
        yield* call.out(printerFor(call, { operation: "created" })(object));
      } catch (error) {
        if (error instanceof ApiError) yield* keepCopy(call, toYaml(edited));
        throw error;
      }
      return "";
    },
  });
}
