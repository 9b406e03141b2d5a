/**
 * VolumeAttachment. Upstream: pkg/apis/storage, pkg/registry/storage/volumeattachment/strategy.go.
 * Simplified: of an inline volume only its source is checked.
 */
import { validateVolumeSources } from "../core/persistent-volume/sources.ts";
import { validateDriverName } from "../core/storage-systems.ts";
import type { VolumeAttachment, VolumeAttachmentSource, VolumeError } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { forbiddenField, invalidValue, required, tooLong, type FieldError } from "../meta/field-error.ts";
import { isDNS1123Subdomain, isInRange } from "../meta/names.ts";
import { defineResource } from "../meta/resource.ts";
import { withFields } from "../meta/share.ts";
import { validateImmutable } from "../meta/validate-meta.ts";
import { MAX_TEXT_SIZE, textSize } from "./validation.ts";

const MAX_MESSAGE = 1024;

export const volumeAttachments = defineResource<VolumeAttachment>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "VolumeAttachment",
  plural: "volumeattachments",
  scope: "Cluster",
  needsVersion: true,
  subresources: ["status"],
  example: {
    apiVersion: "storage.k8s.io/v1",
    kind: "VolumeAttachment",
    metadata: { name: "attachment-1" },
    spec: {
      attacher: "disk.csi.example.com",
      nodeName: "worker-1",
      source: { persistentVolumeName: "disk-1" },
    },
  },
  defaults: (object) => withFields(object, { status: object.status ?? { attached: false } }),
  prepareForCreate: (object) => ({ ...object, status: { attached: false } }),
  validate,
  validateUpdate(object, old) {
    const errors = validate(object);
    validateImmutable(object.spec, old.spec, "spec", errors);
    return errors;
  },
  validateStatusUpdate: validate,
  columns: [
    nameColumn,
    { name: "Attacher", type: "string", format: "name", cell: ({ spec }) => spec?.attacher ?? "" },
    { name: "PV", type: "string", cell: ({ spec }) => spec?.source?.persistentVolumeName ?? "" },
    { name: "Node", type: "string", cell: ({ spec }) => spec?.nodeName ?? "" },
    { name: "Attached", type: "boolean", cell: ({ status }) => status?.attached ?? false },
    ageColumn,
  ],
});

function validate({ spec, status }: VolumeAttachment): FieldError[] {
  const errors: FieldError[] = [];
  const { attacher = "", nodeName = "", source = {} } = spec ?? {};
  if (attacher === "") errors.push(required("spec.attacher"));
  validateSource(source, errors);
  for (const text of isDNS1123Subdomain(nodeName)) errors.push(invalidValue("spec.nodeName", nodeName, text));
  const { attachmentMetadata = {}, attachError, detachError } = status ?? {};
  if (textSize(attachmentMetadata) > MAX_TEXT_SIZE) {
    errors.push(tooLong("status.attachmentMetadata", "", MAX_TEXT_SIZE));
  }
  validateError(attachError, "status.attachError", errors);
  validateError(detachError, "status.detachError", errors);
  validateDriverName(attacher, "spec.attacher", errors);
  const volume = source.persistentVolumeName;
  if (volume !== undefined) {
    for (const text of isDNS1123Subdomain(volume)) {
      errors.push(invalidValue("spec.source.persistentVolumeName", volume, text));
    }
  }
  return errors;
}

function validateSource(
  { inlineVolumeSpec, persistentVolumeName }: VolumeAttachmentSource,
  errors: FieldError[],
): void {
  const field = "spec.source";
  const detail = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
  if (inlineVolumeSpec === undefined && persistentVolumeName === undefined) errors.push(required(field, detail));
  else if (inlineVolumeSpec !== undefined && persistentVolumeName !== undefined) {
    errors.push(forbiddenField(field, detail));
  } else if (persistentVolumeName === "") {
    errors.push(required(`${field}.persistentVolumeName`, "must specify non empty persistentVolumeName"));
  } else if (inlineVolumeSpec !== undefined) {
    const inline = `${field}.inlineVolumeSpec`;
    if (inlineVolumeSpec.csi === undefined) {
      errors.push(required(`${inline}.csi`, "has to be specified in the context of inline volumes"));
    }
    validateVolumeSources(inlineVolumeSpec, { field: inline, volume: "" }, errors);
  }
}

function validateError(error: VolumeError | undefined, field: string, errors: FieldError[]): void {
  if (error === undefined) return;
  const { message = "", errorCode } = error;
  if (message.length > MAX_MESSAGE) errors.push(tooLong(`${field}.message`, "", MAX_TEXT_SIZE));
  if (errorCode !== undefined && errorCode < 0) {
    for (const text of isInRange(errorCode, 0, 2 ** 31 - 1))
      errors.push(invalidValue(`${field}.errorCode`, errorCode, text));
  }
}
