import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.{ts,tsx}", "scripts/**/*.test.ts"],
    setupFiles: ["scripts/vitest-setup.ts"],
    // A busy machine is no failure: these only end what hangs.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Modules hold no state that a test changes, so files share them: most of an isolated run is loading them again.
    isolate: false,
  },
});
