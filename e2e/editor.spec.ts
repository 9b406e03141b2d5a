/** The classic notes' manifests through the editor: apply, diff, dry run, errors at their lines, and a way out by keyboard. */
import { expect, test, type Locator, type Page } from "@playwright/test";
import { PlaygroundPage } from "./support/playground-page.ts";

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: nginx-deployment
  labels:
    app: nginx
spec:
  replicas: 3
  selector:
    matchLabels:
      app: nginx
  template:
    metadata:
      labels:
        app: nginx
    spec:
      containers:
        - name: nginx
          image: nginx:1.7.9
          ports:
            - containerPort: 80
`;

const broken = `apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: broken
spec:
  replica: 3
  selector:
    matchLabels:
      app: nginx
    template:
      metadata:
        labels:
          app: nginx
`;

async function newFile(playground: PlaygroundPage): Promise<Locator> {
  await playground.choose("New terminal or file", /New YAML file/);
  const input = playground.page.getByRole("textbox", { name: /^Editor for .*app\.yaml/ });
  await expect(input).toBeAttached({ timeout: 30_000 });
  return input;
}

/** Monaco indents by itself; pasted text stays as it is. */
async function write(page: Page, input: Locator, text: string): Promise<void> {
  await input.focus();
  await page.keyboard.press("Control+a");
  await input.evaluate((element, pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", pasted);
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

test("a Deployment is checked, tried, applied and compared", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 1300 });
  const playground = await PlaygroundPage.open(page);
  await playground.growTerminal();
  const input = await newFile(playground);
  await write(page, input, deployment);
  await expect(page.getByText("Nothing wrong with it.")).toBeVisible();

  const results = page.getByRole("status", { name: "Results" });
  await playground.button("Dry run").click();
  await expect(results).toContainText("deployment.apps/nginx-deployment created (server dry run)");
  await expect(playground.pods(/nginx-deployment/)).toHaveCount(0);
  await playground.button("Apply").click();
  await expect(results).toContainText("deployment.apps/nginx-deployment created");
  await expect(playground.pods(/nginx-deployment-/, "Running on worker-")).toHaveCount(3);

  await write(page, input, deployment.replace("replicas: 3", "replicas: 5"));
  await playground.button("Diff against live").click();
  await expect(
    page.getByText(/Live on the left, after applying on the right: Deployment\/nginx-deployment/),
  ).toBeVisible();
  const sides = page.locator(".monaco-diff-editor .editor");
  await expect(sides.filter({ hasText: /replicas:\s3/ })).toHaveCount(1);
  await expect(sides.filter({ hasText: /replicas:\s5/ })).toHaveCount(1);
  await playground.button("Back to the file").click();
  await playground.button("Apply").click();
  await expect(results).toContainText("deployment.apps/nginx-deployment configured");
  await expect(playground.pods(/nginx-deployment-/, "Running on worker-")).toHaveCount(5);

  // The file is the laptop's: the terminal sees it.
  await page.getByRole("tab", { name: "Terminal" }).click();
  expect(await playground.terminal.run("grep replicas app.yaml")).toContain("replicas: 5");
});

test("misplaced fields are named at their lines, in the editor and by the cluster", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  const input = await newFile(playground);
  await write(page, input, broken);
  await expect(page.getByRole("button", { name: '2 problems: unknown field "spec.replica"' })).toBeVisible();
  await expect(page.locator(".monaco-editor .squiggly-error")).toHaveCount(2);
  await playground.button("Apply").click();
  const lines = page.getByRole("status", { name: "Results" }).getByRole("listitem");
  await expect(lines.filter({ hasText: "line 1" }).first()).toContainText(
    'strict decoding error: unknown field "spec.replica", unknown field "spec.selector.template"',
  );
  await expect(lines.filter({ hasText: /^line 6/ })).toContainText('unknown field "spec.replica"');
  await expect(lines.filter({ hasText: /^line 10/ })).toContainText('unknown field "spec.selector.template"');
  await page.getByRole("tab", { name: "Terminal" }).click();
  expect(await playground.terminal.run("kubectl get rs")).toContain("No resources found in default namespace.");
});

test("the keyboard can leave the editor", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  const input = await newFile(playground);
  await input.focus();
  await page.keyboard.type("a: 1");
  await page.keyboard.press("Tab");
  await expect(input).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  await expect(input).not.toBeFocused();
  await input.focus();
  await page.keyboard.press("F6");
  await expect(input).not.toBeFocused();
});
