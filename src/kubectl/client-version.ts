/** What this client says it is: the kubectl whose behaviour it has. */
export const CLIENT_VERSION = {
  buildDate: "2026-04-22T00:00:00Z",
  compiler: "tsc",
  gitTreeState: "clean",
  gitVersion: "v1.36.0",
  major: "1",
  minor: "36",
  platform: "linux/amd64",
};
