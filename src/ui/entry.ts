/** First of all the worker is started: it makes its cluster while the page's own code is still on its way. */
import "./state/worker.ts";

void import("./main.tsx");
