/** The lessons panel: commands that run on a click, hints, "show me", starting over, progress that stays. */
import { expect, test } from "@playwright/test";
import { PlaygroundPage } from "./support/playground-page.ts";

test("a lesson by clicks, and its progress after a reload", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  const lesson = playground.region("Lesson");
  await playground.openLesson("Deploy an app");
  await expect(lesson.getByRole("img", { name: "not true yet" })).toHaveCount(3);
  await expect(lesson).toContainText("There is no Deployment named kubernetes-bootcamp yet.");

  await lesson.getByRole("button", { name: "Hint" }).click();
  await expect(lesson.getByText("Hint 1")).toBeVisible();
  await expect(lesson.getByText("Hint 2")).toHaveCount(0);

  await lesson.getByRole("button", { name: /^Run: kubectl create deployment/ }).click();
  await playground.terminal.shows("deployment.apps/kubernetes-bootcamp created");
  await playground.lessonIsDone();
  await expect(playground.pods(/kubernetes-bootcamp-/, "Running on minikube")).toHaveCount(1);

  await playground.saved("kubernetes-bootcamp");
  await page.reload();
  await playground.ready();
  await expect(lesson.getByRole("heading", { level: 2, name: "Deploy an app" })).toBeVisible();
  await playground.lessonIsDone();

  await lesson.getByRole("button", { name: "Start over" }).click();
  await expect(lesson.getByRole("img", { name: "not true yet" })).toHaveCount(3);
  await expect(playground.pods(/kubernetes-bootcamp-/)).toHaveCount(0);
  await playground.ready();

  await lesson.getByRole("button", { name: "All lessons" }).click();
  await expect(lesson.getByRole("button", { name: /^Deploy an app.*finished/ })).toBeVisible();
});

test("show me types the solution until everything is true", async ({ page }) => {
  const playground = await PlaygroundPage.open(page);
  await playground.openLesson("Scale the app");
  await playground.speed(5);
  await playground.region("Lesson").getByRole("button", { name: "Show me" }).click();
  await playground.lessonIsDone();
  await expect(playground.pods(/kubernetes-bootcamp-/, "Running on minikube")).toHaveCount(4);
  await playground.terminal.printed("kubectl scale deployments/kubernetes-bootcamp --replicas=4");
});
