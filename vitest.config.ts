import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.{ts,tsx}", "scripts/**/*.test.ts"],
    setupFiles: ["scripts/vitest-setup.ts"],
    testTimeout: 20_000,
  },
});
