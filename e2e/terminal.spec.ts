/** The terminal as people use one: history, completion, interruption, pasting, pipes, and `kubectl edit`. */
import { expect, test } from "@playwright/test";
import { PlaygroundPage } from "./support/playground-page.ts";

test("history, search, completion, Ctrl-C, pasting and pipes", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  const { terminal } = playground;
  await terminal.run("echo first");
  await terminal.run("kubectl create deployment web --image=nginx --replicas=2");

  await test.step("arrows and Ctrl-R", async () => {
    await terminal.clear();
    await terminal.press("ArrowUp", "ArrowUp", "Enter");
    await terminal.shows(/^first$/m);
    await terminal.atPrompt();
    await terminal.clear();
    await terminal.press("Control+r");
    await terminal.type("create dep");
    await terminal.shows(/create dep.*kubectl create deployment web/);
    await terminal.press("Enter");
    await terminal.shows('deployments.apps "web" already exists');
  });

  await test.step("Tab completes commands, kinds and names", async () => {
    await expect(playground.pods(/web-/, "Running")).toHaveCount(2);
    await terminal.atPrompt();
    await terminal.clear();
    await terminal.type("kubectl desc");
    await terminal.press("Tab");
    await terminal.shows(/kubectl describe $|kubectl describe\s*$/m);
    await terminal.type("deploym");
    await terminal.press("Tab");
    await terminal.shows(/kubectl describe deployments?(\.apps)?/);
    await terminal.press("Control+c");
    await terminal.atPrompt();
    const [name = ""] = await playground.podNames();
    await terminal.clear();
    await terminal.type(`kubectl get pod ${name.slice(0, -2)}`);
    await terminal.press("Tab");
    await terminal.shows(`kubectl get pod ${name}`);
    await terminal.press("Enter");
    await terminal.shows(new RegExp(`${name}\\s+1/1\\s+Running`));
    await terminal.atPrompt();
  });

  await test.step("Ctrl-C ends a watch and keeps what it printed", async () => {
    await terminal.clear();
    await terminal.type("kubectl get pods -w");
    await terminal.press("Enter");
    await terminal.shows(/web-\S+\s+1\/1\s+Running/);
    await terminal.press("Control+c");
    await terminal.shows(/\^C/);
    await terminal.atPrompt();
    await terminal.shows(/web-\S+\s+1\/1\s+Running/);
  });

  await test.step("a paste of several lines runs them in order", async () => {
    await terminal.clear();
    await terminal.paste(
      "kubectl create namespace one\nkubectl create namespace two\nkubectl get ns one two -o name\n",
    );
    // A shell with bracketed paste waits for Enter, others run each line at once.
    await terminal.shows("kubectl get ns one two -o name");
    if (!(await terminal.text()).includes("namespace/one\n")) await terminal.press("Enter");
    await terminal.shows(/namespace\/one\s*\n\s*namespace\/two/);
    await terminal.atPrompt();
  });

  await test.step("pipes, variables and loops", async () => {
    expect(await terminal.run("kubectl get pods -o name | grep -c web-")).toMatch(/^2$/m);
    expect(
      await terminal.run("for n in $(kubectl get ns -o name | grep -E 'one|two'); do echo \"<$n>\"; done"),
    ).toMatch(/<namespace\/one>\n<namespace\/two>/);
    expect(await terminal.run("kubectl get deploy web -o json | jq .spec.replicas")).toMatch(/^2$/m);
    expect(await terminal.run("kubectl get pods --no-such-flag; echo $?")).toMatch(
      /error: unknown flag: --no-such-flag[^]*^1$/m,
    );
  });
});

test("kubectl edit opens the editor pane, and saving changes the object", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  const { terminal } = playground;
  await terminal.run("kubectl create deployment web --image=nginx");
  await terminal.type("kubectl edit deployment web");
  await terminal.press("Enter");
  const input = page.getByRole("textbox", { name: /^Editor for / });
  await expect(input).toBeAttached({ timeout: 30_000 });
  await expect(page.getByText("kubectl edit waits for this text.")).toBeVisible();
  await expect(page.locator(".view-lines")).toContainText("Please edit the object below");
  await input.focus();
  await page.keyboard.press("Control+f");
  await page.keyboard.type("replicas: 1");
  await page.keyboard.press("Escape");
  await page.keyboard.type("replicas: 3");
  await playground.button("Save and apply").click();
  await terminal.shows("deployment.apps/web edited");
  await expect(playground.pods(/web-/, "Running")).toHaveCount(3);

  await terminal.clear();
  await terminal.type("kubectl edit deployment web");
  await terminal.press("Enter");
  await playground.button("Cancel").click();
  await terminal.shows("Edit cancelled, no changes made.");
});
