/** Which kinds the API server serves: a number that changes when they do. */
import { create } from "zustand";

export const useKinds = create<{ generation: number }>(() => ({ generation: 0 }));
