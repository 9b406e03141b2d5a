import type { Machine } from "../engine/runtime/machine.ts";
import { HOME } from "./laptop.ts";
import { INTERRUPT, ScriptedShell } from "./scripted-shell.ts";

/** The shells that scripts of a session type into, by their numbers. */
export class ScriptedShells {
  private readonly machine: () => Machine;
  private readonly typed: (shell: number, text: string) => void;
  private readonly shells = new Map<number, ScriptedShell>();
  /** The number of the next one. */
  next = 1;

  /** `typed` hears what is entered, before it is. */
  constructor(machine: () => Machine, typed: (shell: number, text: string) => void) {
    this.machine = machine;
    this.typed = typed;
  }

  get(shell: number): ScriptedShell | undefined {
    return this.shells.get(shell);
  }

  /** Opens a shell, or types into it again. */
  perform(shell: number, text: string): void {
    const open = this.shells.get(shell);
    if (open === undefined) {
      this.next = Math.max(this.next, shell + 1);
      this.shells.set(shell, new ScriptedShell(this.machine(), HOME, (entered) => this.typed(shell, entered)));
    } else if (text === INTERRUPT) open.interrupt();
    else open.enter(text);
  }
}
