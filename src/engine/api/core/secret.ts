/** Secret. Upstream: pkg/registry/core/secret, conversion of stringData in pkg/apis/core/v1/conversion.go. */
import { encodeBase64 } from "../../base/base64.ts";
import type { Secret } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";
import { fill } from "../meta/share.ts";
import { validateSecret, validateSecretUpdate } from "./data-validation.ts";

export const secrets = defineResource<Secret>({
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  scope: "Namespaced",
  example: { apiVersion: "v1", kind: "Secret", metadata: { name: "password" }, stringData: { password: "swordfish" } },
  defaults(secret) {
    const typed = fill(secret, { type: "Opaque" });
    if (typed.stringData === undefined) return typed;
    const { stringData, ...rest } = typed;
    const data = { ...rest.data };
    for (const [key, text] of Object.entries(stringData)) data[key] = encodeBase64(text);
    return { ...rest, data };
  },
  validate: validateSecret,
  validateUpdate: validateSecretUpdate,
  columns: [
    nameColumn,
    { name: "Type", type: "string", cell: ({ type }) => type ?? "" },
    { name: "Data", type: "string", cell: ({ data = {} }) => Object.keys(data).length },
    ageColumn,
  ],
  selectableFields: { type: ({ type }) => type ?? "" },
});
