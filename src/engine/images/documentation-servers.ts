/** Small images that examples of Kubernetes' documentation run and few others do. Upstream: test/images, and Google's samples. */
import { defineWebApp, json } from "./web-app.ts";
import { defineImage, type ImageDefinition } from "./define-image.ts";
import { nginx, nginxWithSite } from "./nginx.ts";
import { tags } from "./tags.ts";

/** **Simplified:** it answers as who isn't asked to pass something on: it passes nothing on. */
const goproxy = defineWebApp({
  name: "registry.k8s.io/goproxy",
  tags: tags(5.5, "0.1"),
  port: 8080,
  program: "/goproxy",
  userland: "none",
  exitCode: 2,
  page: () => ({
    status: 500,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
    body: "This is a proxy server. Does not respond to non-proxy requests.\n",
  }),
});

const helloBackend = defineWebApp({
  name: "gcr.io/google-samples/hello-go-gke",
  tags: tags(5.6, "1.0"),
  port: 80,
  program: "/usr/local/bin/hello-go",
  exitCode: 2,
  page: () => json({ message: "Hello" }),
});

/** nginx before the backend, which it knows as `hello`. */
const helloFrontend = nginxWithSite("gcr.io/google-samples/hello-frontend", {
  version: "1.17.3",
  tags: tags(50, "1.0"),
  conf: "upstream Backend {\n    server hello;\n}\n\nserver {\n    listen 80;\n    location / {\n        proxy_pass http://Backend;\n    }\n}\n",
});

/** **Simplified:** it doesn't look by itself whether its configuration has changed. */
const nginxHttps = defineImage({ ...nginx, name: "docker.io/bprashanth/nginxhttps", tags: tags(72, "1.0") });

export const documentationServers: readonly ImageDefinition[] = [goproxy, helloBackend, helloFrontend, nginxHttps];
