/** All six modules of the bootcamp, one after the other, by typing what the lessons teach. */
import { expect, test } from "@playwright/test";
import { PlaygroundPage } from "./support/playground-page.ts";

test.use({ viewport: { width: 1440, height: 1300 } });

test("the bootcamp from an empty sea to an undone update", async ({ page }) => {
  test.setTimeout(240_000);
  const playground = await PlaygroundPage.open(page);
  const { terminal } = playground;
  await playground.growTerminal();
  const app = /kubernetes-bootcamp-/;

  await test.step("1. create a cluster", async () => {
    await playground.openLesson("Create a cluster");
    await expect(playground.chart.getByRole("button", { name: /^Node / })).toHaveCount(0);
    await playground.speed(10);
    expect(await terminal.run("minikube start")).toContain('Done! kubectl is now configured to use "minikube" cluster');
    await expect(playground.node("minikube")).toBeVisible();
    expect(await terminal.run("kubectl version")).toContain("Server Version: v1.36");
    expect(await terminal.run("kubectl cluster-info")).toContain(
      "Kubernetes control plane is running at https://192.168.49.2:8443",
    );
    expect(await terminal.run("kubectl get nodes")).toMatch(/minikube\s+Ready\s+control-plane/);
    expect(await terminal.run("kubectl get pods -n kube-system")).toMatch(/etcd-minikube\s+1\/1\s+Running/);
    await playground.lessonIsDone();
  });

  await test.step("2. deploy an app", async () => {
    await playground.nextLesson("Deploy an app");
    expect(
      await terminal.run(
        "kubectl create deployment kubernetes-bootcamp --image=gcr.io/google-samples/kubernetes-bootcamp:v1",
      ),
    ).toContain("deployment.apps/kubernetes-bootcamp created");
    await expect(playground.pods(app, "Running on minikube")).toHaveCount(1);
    await terminal.run("kubectl rollout status deployment/kubernetes-bootcamp");
    expect(await terminal.run("kubectl get deployments")).toMatch(/kubernetes-bootcamp\s+1\/1\s+1\s+1/);
    const [name = ""] = await playground.podNames();
    expect(await terminal.run("kubectl get pods")).toMatch(new RegExp(`${name}\\s+1/1\\s+Running`));
    expect(await terminal.run("kubectl delete pod -l app=kubernetes-bootcamp")).toContain(`pod "${name}" deleted`);
    await terminal.run("kubectl rollout status deployment/kubernetes-bootcamp");
    await expect.poll(() => playground.podNames()).not.toContain(name);
    await expect(playground.pods(app, "Running on minikube")).toHaveCount(1);
    await playground.lessonIsDone();
  });

  await test.step("3. explore the app", async () => {
    await playground.nextLesson("Explore the app");
    const [name = ""] = await playground.podNames();
    expect(await terminal.run("kubectl get pods -o wide")).toMatch(/Running.*10\.244\.0\.\d+\s+minikube/);
    expect(await terminal.run("kubectl describe pods | tail -8")).toMatch(
      /Started\s.*kubelet\s+(spec\.\S+\s+)?.*[Cc]ontainer/,
    );
    await terminal.run(
      "export POD_NAME=$(kubectl get pods -l app=kubernetes-bootcamp -o jsonpath='{.items[0].metadata.name}')",
    );
    expect(await terminal.run("kubectl logs $POD_NAME")).toContain("Kubernetes Bootcamp App Started At");
    expect(await terminal.run("kubectl exec $POD_NAME -- env")).toContain(`HOSTNAME=${name}`);
    expect(await terminal.run("kubectl exec $POD_NAME -- curl -s localhost:8080")).toContain(
      `Hello Kubernetes bootcamp! | Running on: ${name} | v=1`,
    );
    expect(await terminal.run("kubectl logs $POD_NAME")).toContain("Total Requests: 1");
    expect(await terminal.run("kubectl label pod $POD_NAME explored=yes")).toContain(`pod/${name} labeled`);
    await playground.lessonIsDone();
  });

  await test.step("4. let the outside world in", async () => {
    await playground.nextLesson("Let the outside world in");
    const [name = ""] = await playground.podNames();
    expect(await terminal.run("kubectl expose deployment/kubernetes-bootcamp --type=NodePort --port=8080")).toContain(
      "service/kubernetes-bootcamp exposed",
    );
    await expect(playground.service("kubernetes-bootcamp")).toHaveAccessibleName(/1 of 1 endpoints ready/);
    expect(await terminal.run("kubectl get services")).toMatch(
      /kubernetes-bootcamp\s+NodePort\s+10\.\S+\s+<none>\s+8080:3\d{4}\/TCP/,
    );
    expect(await terminal.run("kubectl describe services/kubernetes-bootcamp")).toMatch(
      /Endpoints:\s+10\.244\.0\.\d+:8080/,
    );
    await terminal.run(
      "export NODE_PORT=$(kubectl get services/kubernetes-bootcamp -o go-template='{{(index .spec.ports 0).nodePort}}')",
    );
    expect(await terminal.run("curl http://$(minikube ip):$NODE_PORT")).toContain(
      `Hello Kubernetes bootcamp! | Running on: ${name} | v=1`,
    );
    await playground.lessonIsDone();
  });

  await test.step("5. scale the app", async () => {
    await playground.nextLesson("Scale the app");
    expect(await terminal.run("kubectl get rs")).toMatch(/kubernetes-bootcamp-\w+\s+1\s+1\s+1/);
    expect(await terminal.run("kubectl scale deployments/kubernetes-bootcamp --replicas=4")).toContain(
      "deployment.apps/kubernetes-bootcamp scaled",
    );
    await expect(playground.pods(app, "Running on minikube")).toHaveCount(4);
    await expect(playground.service("kubernetes-bootcamp")).toHaveAccessibleName(/4 of 4 endpoints ready/);
    const answers = await terminal.run(
      "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -s http://$(minikube ip):$NODE_PORT; done",
    );
    expect(new Set(answers.match(/Running on: \S+/g)).size).toBeGreaterThan(1);
    await playground.lessonIsDone();
  });

  await test.step("6. update the app", async () => {
    await playground.nextLesson("Update the app");
    const before = await playground.podNames();
    expect(
      await terminal.run(
        "kubectl set image deployments/kubernetes-bootcamp kubernetes-bootcamp=docker.io/jocatalin/kubernetes-bootcamp:v2",
      ),
    ).toContain("deployment.apps/kubernetes-bootcamp image updated");
    const status = await terminal.run("kubectl rollout status deployments/kubernetes-bootcamp");
    expect(status).toContain('deployment "kubernetes-bootcamp" successfully rolled out');
    expect(await terminal.run("curl http://$(minikube ip):$NODE_PORT")).toMatch(/Running on: \S+ \| v=2/);
    await expect(playground.pods(app)).toHaveCount(4, { timeout: 30_000 });
    for (const name of await playground.podNames()) expect(before).not.toContain(name);

    await terminal.run(
      "kubectl set image deployments/kubernetes-bootcamp kubernetes-bootcamp=gcr.io/google-samples/kubernetes-bootcamp:v10",
    );
    await expect(playground.pods(app, "(ErrImagePull|ImagePullBackOff)").first()).toBeVisible({ timeout: 30_000 });
    expect(await terminal.run("kubectl get pods")).toMatch(/ErrImagePull|ImagePullBackOff/);
    expect(await terminal.run("kubectl describe pods | grep 'Failed to pull' | head -1")).toMatch(
      /kubernetes-bootcamp:v10/,
    );
    await expect(playground.pods(app, "Running on minikube")).toHaveCount(3);
    await terminal.run("kubectl rollout undo deployments/kubernetes-bootcamp");
    expect(await terminal.run("kubectl rollout status deployments/kubernetes-bootcamp")).toContain(
      "successfully rolled out",
    );
    await expect(playground.pods(app, "Running on minikube")).toHaveCount(4, { timeout: 30_000 });
    expect(await terminal.run("kubectl rollout history deployments/kubernetes-bootcamp")).toMatch(/^4\s+<none>/m);
    await playground.lessonIsDone();
  });
});
