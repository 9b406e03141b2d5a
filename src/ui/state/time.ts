/** Virtual time and the control plane's instruments, as the last frame said. */
import { create } from "zustand";
import type { InstrumentsView, TimeView } from "../../worker/protocol.ts";

export const useTime = create<TimeView>(() => ({
  now: 0,
  elapsed: 0,
  paused: false,
  speed: 1,
  idle: false,
  running: false,
}));

export const useInstruments = create<InstrumentsView>(() => ({
  apiRequestsPerSecond: 0,
  etcdRevision: 0,
  schedulerPending: 0,
  controllersBusy: 0,
  stopped: [],
}));

/** `00:04:12`, with days in front from the second day on. */
export function formatElapsed(elapsed: number): string {
  const seconds = Math.max(0, Math.floor(elapsed / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  const days = Math.floor(seconds / 86_400);
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return days > 0 ? `${days}d ${clock}` : clock;
}
