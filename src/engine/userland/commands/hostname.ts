import { defineCommand } from "../command.ts";

export const hostname = defineCommand({
  name: "hostname",
  usage: "Usage: hostname [-s|-f|-d|-i]\nShow the system's host name.",
  options: { flags: "sfdiI" },
  *run(io) {
    if (io.operands.length > 0) {
      yield* io.complain("you must be root to change the host name");
      return 1;
    }
    const { hostname: name, fs } = io.ctx;
    const lines = fs.exists("/etc/hosts") ? fs.readFile("/etc/hosts").split("\n") : [];
    const own = lines.map((line) => line.trim().split(/\s+/)).filter((words) => words.slice(1).includes(name));
    if (io.has("i") || io.has("I")) {
      const addresses = own.length === 0 ? ["127.0.0.1"] : own.map(([address = ""]) => address);
      yield* io.out(`${addresses.join(" ")}${io.has("I") ? " " : ""}\n`);
      return 0;
    }
    // The first name of its line is the whole one.
    const whole = own[0]?.[1] ?? name;
    if (io.has("f")) yield* io.out(`${whole}\n`);
    else if (io.has("d")) yield* io.out(whole.includes(".") ? `${whole.slice(whole.indexOf(".") + 1)}\n` : "");
    else yield* io.out(`${io.has("s") ? name.split(".")[0] : name}\n`);
    return 0;
  },
});
