import { describe, expect, it } from "vitest";
import { Playground } from "./playground.ts";
import { Typist } from "./testing/typist.ts";

interface Opened {
  edit: number;
  title: string;
  text: string;
}

async function withEditor(): Promise<{ typist: Typist; opened: Opened[] }> {
  const opened: Opened[] = [];
  const events = { openEditor: (edit: number, title: string, text: string) => void opened.push({ edit, title, text }) };
  return { typist: await Typist.start({ events }), opened };
}

describe("editing in the page's editor", () => {
  it("writes the file when it is saved, and the command ends", async () => {
    const { typist, opened } = await withEditor();
    await typist.type("echo before > note.txt");
    typist.keys("nano note.txt; echo status $?\r");
    await typist.run(100);
    expect(opened).toEqual([{ edit: 1, title: "note.txt", text: "before\n" }]);
    expect(typist.screen).not.toContain("status 0");
    typist.playground.act({ k: "edit", edit: 1, text: "after\n" });
    await typist.run(100);
    expect(typist.screen).toContain("status 0");
    expect(await typist.type("cat note.txt")).toBe("after");
  });

  it("makes a new file, leaves one as it was, and ends with Ctrl-C", async () => {
    const { typist, opened } = await withEditor();
    typist.keys("vi new.yaml\r");
    await typist.run(100);
    expect(opened.at(-1)).toMatchObject({ title: "new.yaml", text: "" });
    typist.playground.act({ k: "edit", edit: 1, text: "a: 1\n" });
    expect(await typist.type("cat new.yaml")).toBe("a: 1");
    typist.keys("vim new.yaml\r");
    await typist.run(100);
    typist.playground.act({ k: "edit", edit: 2, text: null });
    expect(await typist.type("cat new.yaml")).toBe("a: 1");
    typist.keys("nano new.yaml\r");
    await typist.run(100);
    typist.keys("\u0003");
    expect(await typist.type("echo $?")).toBe("130");
    typist.playground.act({ k: "edit", edit: 3, text: "late" });
    expect(await typist.type("cat new.yaml")).toBe("a: 1");
    expect(await typist.type("nano .")).toBe("nano: .: Is a directory");
  });

  it("works on the disk of the machine where it was typed, and replays", async () => {
    const { typist } = await withEditor();
    typist.keys("minikube ssh 'vi /tmp/there'\r");
    await typist.run(200);
    typist.playground.act({ k: "edit", edit: 1, text: "on the node\n" });
    await typist.run(200);
    expect(await typist.type("minikube ssh cat /tmp/there; ls /tmp")).toBe("on the node");
    await typist.type('kubectl create configmap note --from-literal=a="$(minikube ssh cat /tmp/there)"');
    const again = Playground.create();
    await again.boot();
    await again.replay(typist.playground.snapshot());
    expect(again.hash()).toBe(typist.playground.hash());
  });

  it("fails at once where there is no page", async () => {
    const typist = await Typist.start();
    expect(await typist.type("nano x; echo $?")).toBe(
      "nano: there is no editor here: write files with  cat > x <<EOF\n1",
    );
    expect(await typist.type("kubectl edit service kubernetes; echo $?")).toBe(
      'error: unable to launch the editor "nano"\n1',
    );
  });
});
