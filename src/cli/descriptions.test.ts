import { expect, it } from "vitest";
import { descriptionsIn, descriptionsOfPackage } from "./descriptions.ts";

it("reads the comments of a class and of its fields", () => {
  const declaration = `
/**
* A thing.
*/
export declare class V1Thing {
    /**
    * Says \\"how\\" much.
    * In two lines.
    */
    'amount'?: number;
    /**
    * A reserved word.
    */
    '_continue'?: string;
    'silent'?: string;
}`;
  expect(descriptionsIn(declaration)).toEqual({
    "": "A thing.",
    amount: 'Says "how" much.\nIn two lines.',
    continue: "A reserved word.",
  });
});

it("finds a text for every structure in the installed package", () => {
  const descriptions = descriptionsOfPackage();
  expect(descriptions["Probe"]?.[""]).toMatch(/health check/);
  expect(descriptions["PodSpec"]?.["containers"]).toMatch(/List of containers/);
});
