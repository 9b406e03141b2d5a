/**
 * All versions that one definition serves. What is stored has one form whatever version wrote it: that of the version
 * that was the storage version when the definition came, so that a new storage version needs no migration. Readers
 * never see it: each served version is a conversion of it, defaulted and pruned by the version's schema of today.
 */
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from "../../api/generated/types.ts";
import { applyDefaults } from "../../api/apiextensions/schema/defaults.ts";
import { prune } from "../../api/apiextensions/schema/prune.ts";
import type { Conversion } from "../../api/meta/conversion.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { defineResource, type Resource } from "../../api/meta/resource.ts";
import { freeze } from "../../base/freeze.ts";
import { byPriority } from "./version-priority.ts";
import { describeVersion, type CustomObject } from "./custom-version.ts";
import { webhookFailure } from "./conversion-webhook.ts";

export class CustomKind {
  readonly uid: string;
  /** The form in which objects are stored; never served. */
  readonly stored: Resource<CustomObject>;
  /** By name. Each keeps its identity while the definition changes: watches and informers hold on to it. */
  private readonly versions = new Map<string, Resource<CustomObject>>();
  private shown = new Map<string, WeakMap<KubeObject, CustomObject>>();
  private definition: CustomResourceDefinition;

  constructor(definition: CustomResourceDefinition) {
    this.definition = definition;
    this.uid = definition.metadata.uid;
    const first = definition.status.storedVersions?.[0];
    this.stored = this.storedForm(definition, first ?? storageVersion(definition).name);
    this.update(definition);
  }

  /** Versions that are served, the preferred one first. */
  get served(): Resource<CustomObject>[] {
    const names = this.definition.spec.versions.filter(({ served }) => served).map(({ name }) => name);
    return names.toSorted(byPriority).flatMap((name) => this.versions.get(name) ?? []);
  }

  update(definition: CustomResourceDefinition): void {
    this.definition = definition;
    this.shown = new Map();
    become(this.stored, this.storedForm(definition, this.stored.version));
    for (const version of definition.spec.versions) {
      const described = { ...defineResource(describeVersion(definition, version)), storedAs: this.conversion(version) };
      const known = this.versions.get(version.name);
      if (known === undefined) this.versions.set(version.name, described);
      else become(known, described);
    }
  }

  /** Hooks that don't know a request's version act as the storage version's. Objects come defaulted. */
  private storedForm(definition: CustomResourceDefinition, name: string): Resource<CustomObject> {
    const { defaults: _, ...described } = describeVersion(definition, storageVersion(definition));
    return defineResource({ ...described, version: name });
  }

  private conversion(version: CustomResourceDefinitionVersion): Conversion<CustomObject> {
    const { group } = this.definition.spec;
    const apiVersion = `${group}/${version.name}`;
    const schema = version.schema?.openAPIV3Schema;
    const storedVersion = this.stored.apiVersion;
    const origins = new WeakMap<KubeObject, KubeObject>();
    const checkWebhook = (): void => {
      const { conversion } = this.definition.spec;
      if (conversion?.strategy !== "Webhook" || storageVersion(this.definition).name === version.name) return;
      throw webhookFailure(this.definition, version.name);
    };
    const fromStorage = (object: KubeObject): CustomObject => {
      checkWebhook();
      const renamed = object.apiVersion === apiVersion ? object : { ...object, apiVersion };
      return (schema === undefined ? renamed : applyDefaults(prune(renamed, schema, []), schema)) as CustomObject;
    };
    return {
      resource: this.stored,
      toStorage: (object) => {
        const origin = origins.get(object);
        if (origin !== undefined) return origin;
        checkWebhook();
        return object.apiVersion === storedVersion ? object : { ...object, apiVersion: storedVersion };
      },
      fromStorage,
      show: (stored) => {
        let known = this.shown.get(version.name);
        if (known === undefined) this.shown.set(version.name, (known = new WeakMap()));
        let object = known.get(stored);
        if (object === undefined) {
          object = freeze(fromStorage(stored));
          known.set(stored, object);
          origins.set(object, stored);
        }
        return object;
      },
    };
  }
}

function storageVersion({ spec }: CustomResourceDefinition): CustomResourceDefinitionVersion {
  const storage = spec.versions.find((version) => version.storage) ?? spec.versions[0];
  if (storage === undefined) throw new Error(`a definition without versions: ${spec.group}`);
  return storage;
}

/** `target` says from now on what `source` says. */
function become(target: Resource<CustomObject>, source: Resource<CustomObject>): void {
  for (const key of Object.keys(target)) if (!(key in source)) delete target[key as never];
  Object.assign(target, source);
}
