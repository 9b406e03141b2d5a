import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { firstScreenPlugin } from "./scripts/first-screen/vite-first-screen.ts";
import { descriptionsPlugin } from "./scripts/vite-descriptions.ts";
import { lessonsPlugin } from "./scripts/vite-lessons.ts";
import { offlinePlugin } from "./scripts/vite-offline.ts";

/** The development server puts scripts into the page by itself; the published page is what the policy is for. */
function policyOnlyWhenBuilt(): Plugin {
  return {
    name: "drydock:policy-only-when-built",
    apply: "serve",
    transformIndexHtml: (html) => html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ""),
  };
}

export default defineConfig({
  // The built folder works from any path, also below another site's.
  base: "./",
  plugins: [react(), lessonsPlugin(), descriptionsPlugin(), offlinePlugin(), policyOnlyWhenBuilt()],
  resolve: {
    alias: [{ find: /^monaco-editor\/esm\/vs\/(.*)$/, replacement: "monaco-editor/$1" }],
  },
  worker: { format: "es", plugins: () => [firstScreenPlugin()] },
  build: {
    target: "es2023",
    modulePreload: { polyfill: false },
    // Monaco is one lazy chunk of more than a megabyte; nobody waits for it but who opens a file.
    chunkSizeWarningLimit: 4000,
  },
});
