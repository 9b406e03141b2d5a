import { describe, expect, it } from "vitest";
import { parseImageName } from "./image-name.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("image names", () => {
  it.each([
    ["nginx", "docker.io/library/nginx:latest"],
    ["nginx:1.27", "docker.io/library/nginx:1.27"],
    ["jocatalin/kubernetes-bootcamp:v2", "docker.io/jocatalin/kubernetes-bootcamp:v2"],
    ["gcr.io/google-samples/kubernetes-bootcamp:v1", "gcr.io/google-samples/kubernetes-bootcamp:v1"],
    ["localhost:5000/app", "localhost:5000/app:latest"],
    ["localhost/app", "localhost/app:latest"],
    [`nginx@${digest}`, `docker.io/library/nginx@${digest}`],
    [`nginx:1.27@${digest}`, `docker.io/library/nginx:1.27@${digest}`],
    ["docker.io/nginx", "docker.io/library/nginx:latest"],
  ])("%s is %s", (text, full) => {
    expect(parseImageName(text)).toMatchObject({ full });
  });

  it.each(["", "nginx:", "ng inx", "nginx::1", "/nginx", "nginx@sha256:abc", "a//b"])("%s is none", (text) => {
    expect(parseImageName(text)).toEqual({ error: "invalid reference format" });
  });

  it("wants repositories in lower case", () => {
    expect(parseImageName("gcr.io/Nginx")).toEqual({
      error: "invalid reference format: repository name (Nginx) must be lowercase",
    });
    expect(parseImageName("Nginx")).toEqual({
      error: "invalid reference format: repository name (library/Nginx) must be lowercase",
    });
  });
});
