/**
 * The kernel that all machines of a simulation share: it runs processes (generators that yield system calls) until each
 * waits for something. It models what Linux does for a tutorial's programs: pipes, signals, process groups, waits.
 *
 * Entry is from outside (start, keys, timers, network callbacks) or from the simulation; in both cases `settle` runs
 * every process that can go on, in the order in which they became ready, and returns when all wait. Re-entrant calls only
 * enqueue. Nothing here takes virtual time by itself except `sleep`.
 */
import type { Signal, SysCall } from "../base/program.ts";
import { Killed, SystemError } from "../base/program.ts";
import type { Simulation } from "../sim/simulation.ts";
import { BLOCKED } from "./description.ts";
import { KernelMachine } from "./kernel-machine.ts";
import type { Answer, KernelProcess } from "./kernel-process.ts";
import { LIMITS } from "./limits.ts";
import type { Machine, MachineOptions } from "./machine.ts";
import type { KernelOptions } from "./kernel-options.ts";
import { perform } from "./system-calls.ts";

export { PendingIntent } from "./kernel-options.ts";
export type { KernelOptions } from "./kernel-options.ts";

export class Kernel {
  readonly sim: Simulation;
  readonly options: KernelOptions;
  /** Host tools that programs wait for. The host must not advance the clock while this is above zero. */
  pendingExternals = 0;
  private readonly machines = new Map<string, KernelMachine>();
  private ready: KernelProcess[] = [];
  private settling = false;
  private launching = 0;

  constructor(sim: Simulation, options: KernelOptions = {}) {
    this.sim = sim;
    this.options = options;
  }

  createMachine(options: MachineOptions): Machine {
    const machine = new KernelMachine(this, options);
    this.machines.set(options.id, machine);
    return machine;
  }

  machine(id: string): Machine | undefined {
    return this.machines.get(id);
  }

  forget(machine: KernelMachine): void {
    if (this.machines.get(machine.id) === machine) this.machines.delete(machine.id);
  }

  /** Begins a process. It may run before this returns, but its `onExit` never does. */
  launch(process: KernelProcess): void {
    process.wake();
    this.launching++;
    try {
      this.settle();
    } finally {
      this.launching--;
    }
  }

  reportExit(report: () => void): void {
    if (this.launching > 0) this.sim.after(0, report);
    else report();
  }

  enqueue(process: KernelProcess): void {
    this.ready.push(process);
  }

  /** Runs all processes that can go on. */
  settle(): void {
    if (this.settling) return;
    this.settling = true;
    try {
      for (let at = 0; at < this.ready.length; at++) {
        const process = this.ready[at] as KernelProcess;
        if (process.running) this.run(process);
        if (at > 1024) {
          this.ready = this.ready.slice(at + 1);
          at = -1;
        }
      }
      this.ready = [];
    } finally {
      this.settling = false;
    }
  }

  private run(process: KernelProcess): void {
    let answer = process.takeTurn();
    if (process.putOff !== undefined && answer !== undefined && !("error" in answer)) {
      const call = process.putOff;
      process.putOff = undefined;
      answer = this.putOff(process, call) ? undefined : this.answerTo(process, call);
    }
    while (answer !== undefined && process.running) answer = this.resume(process, answer);
  }

  /** One step of the top generator and the answer to what it yields; undefined when the process waits or has ended. */
  private resume(process: KernelProcess, answer: Answer): Answer | undefined {
    const frame = process.frames.at(-1);
    if (frame === undefined) return undefined;
    let step: IteratorResult<unknown>;
    try {
      step = "error" in answer ? frame.code.throw(answer.error) : frame.code.next(answer.value);
    } catch (error) {
      return this.thrown(process, error);
    }
    if (!process.running) return undefined;
    if (step.done) {
      if (process.frames.length > 1) {
        process.frames.pop();
        frame.done?.({ value: step.value });
        return undefined;
      }
      this.returned(process, step.value);
      return undefined;
    }
    const call = step.value as SysCall;
    if (process.state === "dying" && ++process.dyingCalls > LIMITS.dyingCalls) {
      process.finishBySignal(process.endSignal as Signal);
      return undefined;
    }
    return this.putOff(process, call) ? undefined : this.answerTo(process, call);
  }

  /** Charges the call to its process' CPU account. True when it has to wait for it. */
  private putOff(process: KernelProcess, call: SysCall): boolean {
    const { machine, account } = process;
    const wait = process.state === "running" ? account.take(this.sim.now, machine.cores) : 0;
    if (wait === 0) {
      machine.onCpu?.(account.price);
      return false;
    }
    process.putOff = call;
    machine.onCpu?.(wait * Math.min(1, machine.cores), wait);
    this.wakeAfter(process, wait, { value: undefined });
    return true;
  }

  private answerTo(process: KernelProcess, call: SysCall): Answer | undefined {
    const top = process.frames.at(-1);
    let answer: Answer | undefined;
    try {
      const value = perform(this, process, call);
      if (value === BLOCKED) {
        if (process.state !== "dying" || !process.running) return undefined;
        // A dying program must not wait.
        process.stopWaiting();
        answer = { error: new Killed(process.endSignal as Signal) };
      } else answer = { value };
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      answer = { error };
    }
    // The call may have killed its caller or replaced its program; what was queued for it counts then.
    if (process.frames.at(-1) !== top || !process.running) return process.running ? process.takeTurn() : undefined;
    return process.takeOverride() ?? answer;
  }

  private returned(process: KernelProcess, value: unknown): void {
    if (process.state === "dying") process.finishBySignal(process.endSignal as Signal);
    else process.finish(typeof value === "number" ? value & 0xff : 0, undefined);
  }

  private thrown(process: KernelProcess, error: unknown): Answer | undefined {
    if (!process.running) return undefined;
    if (process.frames.length > 1) {
      const frame = process.frames.pop();
      frame?.done?.({ error });
      return undefined;
    }
    if (process.state === "dying") {
      process.finishBySignal(process.endSignal as Signal);
    } else if (error instanceof Killed) {
      process.finishBySignal(error.signal);
    } else {
      const isFull = error instanceof SystemError && error.errno === "ENOSPC";
      const shown = error instanceof Error ? error.message : String(error);
      // `EACCES: /root`: where a program has no words of its own for it.
      const denied = /^EACCES: (.*)$/s.exec(shown)?.[1];
      const denial = denied === undefined ? shown : `${denied}: Permission denied`;
      const text = isFull ? "write error: No space left on device" : denial;
      try {
        process.description(2).write(`${process.argv[0] ?? "?"}: ${text}\n`);
      } catch {
        // Nobody can hear it.
      }
      process.finish(error instanceof SystemError ? 1 : 134, undefined);
    }
    return undefined;
  }

  /** Ends the process' present wait after `ms`. */
  wakeAfter(process: KernelProcess, ms: number, answer: Answer): typeof BLOCKED {
    const timer = this.sim.after(
      ms,
      () => {
        process.answer(answer);
        this.settle();
      },
      { background: process.machine.background },
    );
    return process.park(() => this.sim.cancel(timer));
  }
}
