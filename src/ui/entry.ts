/** First of all the worker is started: it makes its cluster while the page's own code is still on its way. */
import { pageWorker } from "./state/worker.ts";

pageWorker();
void import("./main.tsx");
