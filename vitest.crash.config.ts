import { defineConfig } from 'vitest/config';

/** `npm run test:crash`: everything that takes too long for `npm test`. */
export default defineConfig({
  test: {
    include: ['test/crash/**/*.crash.ts'],
    testTimeout: 4 * 60 * 60_000,
    hookTimeout: 60_000,
    // Each of its files works on several cases at once: one at a time fills two cores.
    maxWorkers: 1,
    disableConsoleIntercept: true,
  },
});
