/** Where the page begins: theme and language first, then the frame, then the worker. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./fonts.css";
import "./tokens.css";
import "./base.css";
import "./components/components.css";
import "./shell/shell.css";
import { ErrorBoundary } from "./components/ErrorBoundary.tsx";
import { App } from "./shell/App.tsx";
import { startEngine } from "./state/engine.ts";
import { showTheme } from "./state/page.ts";
import { recall } from "./state/storage.ts";
import { useWords } from "./words/translate.ts";

showTheme();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);
void useWords.getState().choose(recall("language", "en"));

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <ErrorBoundary name="Drydock">
        <App />
      </ErrorBoundary>
    </StrictMode>,
  );
}

const query = new URLSearchParams(location.search);
const fresh = query.has("fresh");
if (fresh) {
  // Asked for once: the next reload goes on with the new cluster.
  query.delete("fresh");
  history.replaceState(null, "", `${location.pathname}${query.size > 0 ? `?${query}` : ""}${location.hash}`);
}
void startEngine({ fragment: location.hash.slice(1), fresh });

// A link that is put into the address of an open page changes the fragment only; it is opened as in a new page.
addEventListener("hashchange", () => location.hash.startsWith("#s=") && location.reload());
