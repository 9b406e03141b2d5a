/** CertificateSigningRequest. Upstream: pkg/apis/certificates, pkg/registry/certificates/certificates/strategy.go. */
import { deepEqual } from "../../base/json.ts";
import { SECOND, formatTime } from "../../base/time.ts";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
  CertificateSigningRequestSpec,
} from "../generated/types.ts";
import { ageColumn, nameColumn, NONE } from "../meta/columns.ts";
import { humanDuration } from "../meta/duration.ts";
import { defineResource } from "../meta/resource.ts";
import { withFields } from "../meta/share.ts";
import type { UserInfo } from "../meta/user-info.ts";
import { certificateVerdict } from "./verdict.ts";
import { validateRequest, validateRequestUpdate } from "./validation.ts";

/** A body without spec: validation then says what is missing. */
const NO_SPEC: CertificateSigningRequestSpec = Object.freeze({ request: "", signerName: "" });

/** `openssl req -new -newkey ed25519 -subj /CN=jane/O=developers`; its key is gone. */
const EXAMPLE_REQUEST =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlHak1GY0NBUUF3SkRFTk1Bc0dBMVVFQXd3RWFtRnVaVEVUTUJF" +
  "R0ExVUVDZ3dLWkdWMlpXeHZjR1Z5Y3pBcQpNQVVHQXl0bGNBTWhBRG44ODJabWh2eXkwaWtndnJuWXdvcW93eG8xUGFEMnNjaCtG" +
  "Yld3Z2RXaW9BQXdCUVlECksyVndBMEVBTlRsbllwUWc2OFprQXUrVDZCb0lyNjh1NEVPK3lFeHJNN01ua2tYbWxzMlhPbWJvUVFH" +
  "a0YvTTcKTnRmeEFsVGRSOVZOVHFrR29GeDh4d0JKdy9MRkJnPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";

export const certificateSigningRequests = defineResource<CertificateSigningRequest>({
  group: "certificates.k8s.io",
  version: "v1",
  kind: "CertificateSigningRequest",
  plural: "certificatesigningrequests",
  shortNames: ["csr"],
  scope: "Cluster",
  subresources: ["status", "approval"],
  nameRule: "any",
  example: {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name: "jane" },
    spec: {
      request: EXAMPLE_REQUEST,
      signerName: "kubernetes.io/kube-apiserver-client",
      usages: ["client auth"],
    },
  },
  defaults: (object) => withFields(object, { spec: object.spec ?? NO_SPEC, status: object.status ?? {} }),
  // Who asks is who is asked for, and nobody comes approved.
  prepareForCreate: (object, { user }) => ({ ...object, spec: withRequester(object.spec, user), status: {} }),
  prepareForUpdate: (object, old) => withFields(object, { spec: old.spec }),
  prepareForStatusUpdate(object, old, { now, subresource }) {
    const { conditions: said = [], certificate } = object.status;
    const before = old.status?.conditions ?? [];
    const kept = subresource === "approval" ? said : withVerdicts(said, before);
    const conditions = kept.map((condition) => dated(condition, before, now));
    const status = subresource === "approval" ? { ...old.status } : { ...object.status };
    if (conditions.length > 0 || status.conditions !== undefined) status.conditions = conditions;
    if (subresource !== "approval" && certificate !== undefined) status.certificate = certificate;
    return { ...object, status };
  },
  validate: validateRequest,
  validateUpdate: validateRequestUpdate,
  validateStatusUpdate: (object, old, subresource) =>
    validateRequestUpdate(object, old, subresource === "approval" ? "approval" : "status"),
  columns: [
    nameColumn,
    ageColumn,
    { name: "SignerName", type: "string", cell: ({ spec }) => spec?.signerName || NONE },
    { name: "Requestor", type: "string", cell: ({ spec }) => spec?.username ?? "" },
    {
      name: "RequestedDuration",
      type: "string",
      cell: ({ spec }) =>
        spec?.expirationSeconds === undefined ? NONE : humanDuration(spec.expirationSeconds * SECOND),
    },
    { name: "Condition", type: "string", cell: certificateVerdict },
  ],
  selectableFields: { "spec.signerName": ({ spec }) => spec?.signerName ?? "" },
});

function withRequester(spec: CertificateSigningRequestSpec, user: UserInfo | undefined): CertificateSigningRequestSpec {
  if (user === undefined) return spec;
  const extra: [string, string[]][] = Object.entries(user.extra).map(([key, values]) => [key, [...values]]);
  return withFields(spec, {
    username: user.name,
    uid: user.uid === "" ? undefined : user.uid,
    groups: [...user.groups],
    extra: extra.length === 0 ? undefined : Object.fromEntries(extra),
  });
}

/** An update of status can't touch the verdict: what it says of it is replaced by what was there. */
function withVerdicts(
  said: readonly CertificateSigningRequestCondition[],
  before: readonly CertificateSigningRequestCondition[],
): CertificateSigningRequestCondition[] {
  return said.map((condition) => {
    if (condition.type !== "Approved" && condition.type !== "Denied") return condition;
    const same = before.filter(({ type }) => type === condition.type);
    return same.length === said.filter(({ type }) => type === condition.type).length
      ? (same[0] ?? condition)
      : condition;
  });
}

function dated(
  condition: CertificateSigningRequestCondition,
  before: readonly CertificateSigningRequestCondition[],
  now: number,
): CertificateSigningRequestCondition {
  if (before.some((old) => deepEqual(old, condition))) return condition;
  const same = before.find(({ type, status }) => type === condition.type && status === condition.status);
  return {
    ...condition,
    lastTransitionTime: condition.lastTransitionTime ?? same?.lastTransitionTime ?? formatTime(now),
    lastUpdateTime: condition.lastUpdateTime ?? formatTime(now),
  };
}
