import { expect, it } from "vitest";
import { Laptop } from "./testing/laptop.ts";

const URL = "https://127.0.0.1:6443/api/v1/namespaces/default/configmaps";

/** Standard error without the lines' moments and pids, which klog puts at the same columns. */
function logged(line: string): string[] {
  const laptop = new Laptop();
  laptop.run("kubectl create configmap web --from-literal=a=b");
  const { stderr } = laptop.run(line);
  return stderr
    .trimEnd()
    .split("\n")
    .map((text) => text.replace(/^I\d{4} \d\d:\d\d:\d\d\.\d{6} {7}\d /, "I… "));
}

it("-v=6 tells each request in one line, from the configuration on", () => {
  expect(logged("kubectl get configmap web -v=6")).toEqual([
    "I… loader.go:402] Config loaded from file:  /root/.kube/config",
    "I… round_trippers.go:560] GET https://127.0.0.1:6443/api 200 OK in 0 milliseconds",
    "I… round_trippers.go:560] GET https://127.0.0.1:6443/apis 200 OK in 0 milliseconds",
    `I… round_trippers.go:560] GET ${URL}/web 200 OK in 0 milliseconds`,
  ]);
  expect(logged("kubectl get configmap web -v 5")).toEqual([""]);
});

it("-v=7 shows the request's headers and the answer's status", () => {
  expect(logged("kubectl delete configmap nothing -v=7").slice(-7)).toEqual([
    `I… round_trippers.go:470] DELETE ${URL}/nothing`,
    "I… round_trippers.go:476] Request Headers:",
    "I… round_trippers.go:480]     Accept: application/json",
    "I… round_trippers.go:480]     Content-Type: application/json",
    "I… round_trippers.go:480]     User-Agent: kubectl/v1.36.0",
    "I… round_trippers.go:581] Response Status: 404 Not Found in 0 milliseconds",
    'Error from server (NotFound): configmaps "nothing" not found',
  ]);
});

it("-v=8 adds the answer's headers and bodies, cut at 1024 characters", () => {
  const lines = logged("kubectl delete configmap nothing -v=8");
  const at = lines.indexOf(`I… round_trippers.go:470] DELETE ${URL}/nothing`);
  expect(lines.slice(at - 1, at + 1)).toEqual([
    'I… helper.go:105] "Request Body" body="{\\"kind\\":\\"DeleteOptions\\",\\"apiVersion\\":\\"v1\\",\\"propagationPolicy\\":\\"Background\\"}"',
    `I… round_trippers.go:470] DELETE ${URL}/nothing`,
  ]);
  expect(lines.slice(at + 6).filter((line) => !line.startsWith("I… round_trippers.go:587]"))).toEqual([
    "I… round_trippers.go:584] Response Headers:",
    expect.stringMatching(/^I… helper\.go:105\] "Response Body" body=/),
    expect.stringContaining('configmaps \\"nothing\\" not found'),
    " >",
    'Error from server (NotFound): configmaps "nothing" not found',
  ]);
  const table = logged("kubectl get configmap web -v=8").join("\n");
  expect(table).toMatch(/ \[truncated \d+ chars\]/);
});

it("-v=9 shows requests as curl lines, and credentials masked", () => {
  const lines = logged("kubectl get --raw /healthz -v=9 --token=secret");
  expect(lines.slice(1, 5)).toEqual([
    'I… helper.go:105] "Request Body" body=""',
    expect.stringMatching(
      /^I… round_trippers\.go:473\] curl -v -XGET {2}-H "Accept: [^"]+" -H "Authorization: Bearer <masked>" -H "User-Agent: kubectl\/v1\.36\.0" 'https:[^']+\/healthz'$/,
    ),
    "I… round_trippers.go:560] GET https://127.0.0.1:6443/healthz 401 Unauthorized in 0 milliseconds",
    "I… round_trippers.go:577] HTTP Statistics: GetConnection 0 ms ServerProcessing 0 ms Duration 0 ms",
  ]);
});

it("explain refuses an output that it does not know", () => {
  expect(new Laptop().run("kubectl explain pods -o wat")).toEqual({
    stdout: "",
    stderr: "error: unrecognized format: wat\n",
    code: 1,
  });
});
