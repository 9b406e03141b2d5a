import { defineCommand } from "../command.ts";

export const hostname = defineCommand({
  name: "hostname",
  usage: "Usage: hostname [-s|-f|-i]\nShow the system's host name.",
  options: { flags: "sfiI" },
  *run(io) {
    if (io.operands.length > 0) {
      yield* io.complain("you must be root to change the host name");
      return 1;
    }
    const { hostname: name, fs } = io.ctx;
    if (io.has("i") || io.has("I")) {
      const lines = fs.exists("/etc/hosts") ? fs.readFile("/etc/hosts").split("\n") : [];
      const own = lines
        .map((line) => line.trim().split(/\s+/))
        .filter((words) => words.slice(1).includes(name))
        .map(([address = ""]) => address);
      const addresses = own.length === 0 ? ["127.0.0.1"] : own;
      yield* io.out(`${addresses.join(" ")}${io.has("I") ? " " : ""}\n`);
      return 0;
    }
    yield* io.out(`${io.has("s") ? name.split(".")[0] : name}\n`);
    return 0;
  },
});
