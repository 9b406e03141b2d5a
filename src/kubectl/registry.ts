/** All commands, in the order of help and suggestions. */
import type { Command } from "./command.ts";
import { apply } from "./commands/apply.ts";
import { create } from "./commands/create.ts";
import { deleteCommand } from "./commands/delete.ts";
import { get } from "./commands/get.ts";
import { run } from "./commands/run.ts";

export const COMMANDS: readonly Command[] = [create, run, get, deleteCommand, apply];
