import { describe, expect, it } from "vitest";
import { configMaps, pods } from "../registry.ts";
import { ResourceCatalog } from "./resource-catalog.ts";
import { defineResource } from "./resource.ts";

const widget = (group: string, version: string) =>
  defineResource({ group, version, kind: "Widget", plural: "widgets", scope: "Namespaced", example: {} });

describe("ResourceCatalog", () => {
  it("adds and takes away what definitions define", () => {
    const catalog = new ResourceCatalog([pods, configMaps]);
    const heard: number[] = [];
    const stop = catalog.subscribe(() => heard.push(catalog.generation));
    const [v1, v2, other] = [widget("b.io", "v1"), widget("b.io", "v2"), widget("a.io", "v1")];
    catalog.setCustom("widgets.b.io", [v2, v1]);
    catalog.setCustom("widgets.a.io", [other]);
    expect(catalog.all).toEqual([pods, configMaps, other, v2, v1]);
    expect(catalog.stored()).toEqual([pods, configMaps, v2, other]);
    expect(catalog.at("b.io", "v1", "widgets")).toBe(v1);
    expect(catalog.byKind("a.io/v1", "Widget")).toBe(other);
    catalog.setCustom("widgets.b.io", []);
    catalog.setCustom("widgets.b.io", []);
    expect(catalog.at("b.io", "v1", "widgets")).toBeUndefined();
    expect(heard).toEqual([1, 2, 3]);
    stop();
    catalog.setCustom("widgets.a.io", []);
    expect(heard).toEqual([1, 2, 3]);
    expect(catalog.all).toEqual([pods, configMaps]);
  });
});
