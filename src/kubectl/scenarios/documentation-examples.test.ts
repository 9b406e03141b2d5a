/** The examples of Kubernetes' documentation that the simulated internet carries, each taken as the server takes it. */
import { expect, it } from "vitest";
import { allExamples, exampleText } from "../../engine/network/internet/examples/examples.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

/** Namespaces and kinds that pages make before they apply an example. */
const BEFORE = ["qos-example", "mem-example", "cpu-example", "pod-resources-example", "development"];
const DEFINITION = "customresourcedefinition/shirt-resource-definition.yaml";

it("a server with both families of addresses would take each example as it stands", () => {
  const laptop = new ClusterLaptop({ preset: "dual-stack" });
  for (const name of BEFORE) laptop.kubectl(`create namespace ${name} --save-config`);
  laptop.kubectl("apply -f -", exampleText(DEFINITION));
  laptop.wait(5);
  const complaints: string[] = [];
  for (const path of Object.keys(allExamples()).filter((each) => each.endsWith(".yaml"))) {
    // A template whose variable the page's sed fills in.
    const text = exampleText(path)?.replaceAll("$ITEM", "apple");
    const said = laptop.kubectl("apply --dry-run=server -f -", text);
    const taken = said
      .split("\n")
      .every((line) => /^\S+ (created|configured|unchanged) \(server dry run\)$/.test(line));
    if (!taken) complaints.push(`${path}: ${said}`);
  }
  expect(complaints).toEqual([]);
});
