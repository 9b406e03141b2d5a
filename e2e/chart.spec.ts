/** The chart of the cluster: a pod's life in it, services, system pods, and what the inspector says of a thing. */
import { expect, test } from "@playwright/test";
import { PlaygroundPage } from "./support/playground-page.ts";

test("a pod is seen from Pending to its end", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  const { terminal } = playground;
  await terminal.run("kubectl get nodes");
  // Slow enough that each state stands to be seen.
  await playground.speed(0.5);
  const states = page.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        const seen: string[] = [];
        const look = (): void => {
          const card = [...document.querySelectorAll(".pod:not(.leaving)")].find((pod) =>
            pod.textContent?.includes("shiplog"),
          );
          const state = card?.querySelector(".status-text")?.textContent ?? "";
          if (state !== "" && seen.at(-1) !== state) seen.push(state);
          if (seen.length > 2 && card === undefined) {
            observer.disconnect();
            resolve(seen);
          }
        };
        const observer = new MutationObserver(look);
        observer.observe(document.body, { subtree: true, childList: true, characterData: true });
      }),
  );
  await terminal.type("kubectl run shiplog --image=busybox -- sleep 3600");
  await terminal.press("Enter");
  await expect(playground.pods(/shiplog/, "Running on worker-")).toBeVisible({ timeout: 40_000 });
  // Its main process ignores the request to stop, so it gets its thirty seconds.
  await playground.speed(10);
  await terminal.run("kubectl delete pod shiplog");
  await expect(playground.pods(/shiplog/)).toHaveCount(0);
  expect((await states).join(" ")).toMatch(
    /^(Pending )?ContainerCreating (Running, not ready )?Running Terminating( Error)?$/,
  );
});

test("a service, its edges, owners, traffic and the system's own pods", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  const { terminal } = playground;
  await terminal.run("kubectl create deployment web --image=nginx --replicas=3");
  await terminal.run("kubectl expose deployment web --port=80");
  await expect(playground.service("web")).toHaveAccessibleName(/3 of 3 endpoints ready/);
  await expect(playground.chart.locator(".edges path[data-edge]:not(.not-ready)")).toHaveCount(3);

  await page.getByRole("tab", { name: "Owners" }).click();
  await expect(playground.chart.getByRole("button", { name: /^Deployment.*web.*3 of 3 ready/ })).toBeVisible();
  await expect(playground.chart.getByRole("button", { name: /^ReplicaSet.*web-\w+.*3 of 3 ready/ })).toBeVisible();
  await page.getByRole("tab", { name: "Cluster", exact: true }).click();

  await expect(playground.pods(/coredns/)).toHaveCount(0);
  await playground.button("System pods").click();
  await expect(playground.pods(/coredns/, "Running").first()).toBeVisible();
  await expect(playground.pods(/etcd-control-plane/)).toBeVisible();
  await expect(playground.pods(/local-path-provisioner/, "Running")).toBeVisible();
  // Drawn smaller, all of it is in sight.
  await expect.poll(() => playground.docksInSight()).toEqual({ docks: 4, inSight: 4 });
  await playground.button("System pods").click();
  await expect(playground.pods(/coredns/)).toHaveCount(0);

  await terminal.run("kubectl run caller --image=busybox --restart=Never --rm -i -- wget -qO- http://web | head -4");
  await page.getByRole("tab", { name: "Traffic" }).click();
  const requests = page.getByRole("region", { name: "Requests" });
  await expect(
    requests
      .getByRole("listitem")
      .filter({ hasText: /GET .*web.* → 200/ })
      .first(),
  ).toContainText(/ → web → web-/);
});

test("a pod that fits nowhere waits in its lane and says why", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  await playground.terminal.run(
    `kubectl run giant --image=nginx --overrides='{"spec":{"nodeSelector":{"deck":"upper"}}}'`,
  );
  const giant = playground.pods(/giant/, "Pending on no node yet");
  await expect(giant).toBeVisible();
  await expect(playground.chart.getByText("1 waits for a node")).toBeVisible();
  await giant.click();
  await expect(playground.region("Inspector")).toContainText(/didn't match Pod's node affinity\/selector/);
  await playground.terminal.run("kubectl label node worker-3 deck=upper");
  await expect(playground.pods(/giant/, "Running on worker-3")).toBeVisible();
});

test("the inspector, reached by keyboard: summary, YAML, events, logs and a shell", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  await playground.terminal.run("kubectl create deployment web --image=nginx");
  const pod = playground.pods(/web-/, "Running");
  await expect(pod).toBeVisible();
  const [name = ""] = await playground.podNames();
  await pod.focus();
  await page.keyboard.press("Enter");
  const inspector = playground.region("Inspector");
  await expect(inspector.getByRole("heading", { name })).toBeVisible();
  await expect(inspector.getByRole("definition").filter({ hasText: "nginx" }).first()).toBeVisible();
  await inspector.getByRole("tab", { name: "YAML" }).click();
  await expect(inspector.getByLabel("YAML", { exact: true }).locator("visible=true").last()).toContainText(
    `name: ${name}`,
  );
  await inspector.getByRole("tab", { name: "Events" }).click();
  for (const reason of ["Scheduled", "Pulled", "Created", "Started"]) {
    await expect(inspector.getByRole("listitem").filter({ hasText: reason }).first()).toBeVisible();
  }
  await inspector.getByRole("tab", { name: "Logs" }).click();
  await inspector.getByRole("button", { name: "Follow logs" }).click();
  await expect(page.getByRole("tab", { name: `logs ${name}` })).toHaveAttribute("aria-selected", "true");
  await playground.terminal.shows("start worker process");
  await inspector.getByRole("tab", { name: "Shell" }).click();
  await inspector.getByRole("button", { name: "Open a shell" }).click();
  await expect(page.getByRole("tab", { name, exact: true })).toHaveAttribute("aria-selected", "true");
  expect(await playground.terminal.run("hostname")).toContain(name);
  await playground.terminal.type("exit");
  await playground.terminal.press("Enter");
  await expect(page.getByRole("tab", { name, exact: true })).toHaveCount(0);

  // The list of all events, and what happened with its causes.
  await page.getByRole("tab", { name: "Events", exact: true }).last().click();
  await expect(page.getByRole("row").filter({ hasText: "deployment/web" })).toContainText("ScalingReplicaSet");
  await page.getByRole("tab", { name: "What happened" }).click();
  const bound = page.getByRole("button", { name: new RegExp(`scheduler.*${name}`) }).first();
  await bound.click();
  await expect(page.getByRole("list", { name: "Causes" }).getByRole("listitem").first()).toBeVisible();
});
