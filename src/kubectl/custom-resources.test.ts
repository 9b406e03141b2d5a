import { beforeEach, describe, expect, it } from "vitest";
import { crontab, crontabDefinition } from "../engine/apiserver/testing/crontab.ts";
import { Laptop } from "./testing/laptop.ts";

let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
  laptop.files["/root/crd.json"] = JSON.stringify(crontabDefinition());
  laptop.files["/root/one.json"] = JSON.stringify(crontab());
});

const run = (line: string): string => {
  const { stdout, stderr } = laptop.run(`kubectl ${line}`);
  return `${stdout}${stderr}`;
};

describe("kubectl and custom resources", () => {
  it("knows a kind from the moment that it is defined until it is gone", () => {
    const missing =
      'error: resource mapping not found for name: "one" namespace: "" from "/root/one.json": no matches for kind "CronTab" in version "stable.example.com/v1"\nensure CRDs are installed first\n';
    expect(run("apply -f /root/one.json")).toBe(missing);
    expect(run("apply -f /root/crd.json")).toBe(
      "customresourcedefinition.apiextensions.k8s.io/crontabs.stable.example.com created\n",
    );
    expect(run("apply -f /root/one.json")).toBe("crontab.stable.example.com/one created\n");
    expect(run("apply -f /root/one.json")).toBe("crontab.stable.example.com/one unchanged\n");
    expect(run("get ct")).toBe("NAME   AGE\none    0s\n");
    expect(run("get ct -o jsonpath={.items[*].spec}")).toBe('{"image":"x","replicas":1}');
    expect(run("api-resources --api-group=stable.example.com -o wide")).toBe(
      "NAME       SHORTNAMES   APIVERSION              NAMESPACED   KIND      VERBS                                                        CATEGORIES\n" +
        "crontabs   ct           stable.example.com/v1   true         CronTab   delete,deletecollection,get,list,patch,create,update,watch   all\n",
    );
    expect(run("delete crd crontabs.stable.example.com")).toContain("deleted");
    expect(run("apply -f /root/one.json")).toBe(missing);
  });

  it("explains what only the server describes", () => {
    run("apply -f /root/crd.json");
    expect(run("explain crontab.spec")).toBe(`GROUP:      stable.example.com
KIND:       CronTab
VERSION:    v1

FIELD: spec <Object>


DESCRIPTION:
    What is wanted.
    
FIELDS:
  image	<string> -required-
    <no description>

  minReplicas	<integer>
    <no description>

  mode	<string>
    <no description>

  replicas	<integer>
    <no description>


`);
    const all = run("explain ct --recursive");
    expect(all).toContain("DESCRIPTION:\n    A CronTab.\n    \nFIELDS:\n");
    expect(all).toContain("  metadata\t<ObjectMeta>\n    annotations\t<map[string]string>\n");
    expect(all).toContain("  spec\t<Object>\n    image\t<string> -required-\n");
    expect(run("explain ct.spec.nope")).toBe(
      'GROUP:      stable.example.com\nKIND:       CronTab\nVERSION:    v1\n\nerror: field "nope" does not exist\n',
    );
  });
});
