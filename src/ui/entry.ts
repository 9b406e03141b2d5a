/** First of all the worker is started: it makes its cluster while the page's own code is still on its way. */
import { pageWorker } from "./state/worker.ts";

pageWorker();
void import("./main.tsx");
// Not before the chart is drawn, but while there is nothing to draw yet.
void import("./features/topology/Sea.tsx");
