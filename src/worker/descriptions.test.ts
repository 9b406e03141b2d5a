import { expect, it } from "vitest";
import { DescriptionFile } from "./descriptions.ts";
import { Typist } from "./testing/typist.ts";

const TEXTS = JSON.stringify({ Probe: { "": "Is it alive?", periodSeconds: "How often to look." } });

it("is fetched once, and again only after a failure", async () => {
  const asked: string[] = [];
  let online = false;
  const file = new DescriptionFile({
    async fetchText(path) {
      asked.push(path);
      if (!online) throw new Error("offline");
      return TEXTS;
    },
  });
  expect(await file.load()).toBeUndefined();
  online = true;
  const [first, second] = await Promise.all([file.load(), file.load()]);
  expect(first).toBe(second);
  expect(file.current?.["Probe"]?.[""]).toBe("Is it alive?");
  expect(asked).toEqual(["descriptions.json", "descriptions.json"]);
});

it("gives explain its texts from the moment it is there, and changes no state", async () => {
  const file = new DescriptionFile({ fetchText: async () => TEXTS });
  const typist = await Typist.start({ descriptions: () => file.current });
  const explain = "kubectl explain pod.spec.containers.livenessProbe";
  expect(await typist.type(`${explain} | grep -A1 -E 'DESC|periodS'`)).toContain("DESCRIPTION:\n    <empty>\n");
  const before = typist.playground.hash();
  await file.load();
  expect(typist.playground.hash()).toBe(before);
  expect(await typist.type(`${explain} | grep -A1 -E 'DESC|periodS'`)).toBe(
    "DESCRIPTION:\n    Is it alive?\n--\n  periodSeconds\t<integer>\n    How often to look.",
  );
  expect(await typist.type("kubectl explain pod.spec.containers | grep -A1 livenessProbe")).toBe(
    "  livenessProbe\t<Probe>\n    Is it alive?",
  );
});
