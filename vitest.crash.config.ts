import { defineConfig } from 'vitest/config';

/** `npm run test:crash`: everything that takes too long for `npm test`. */
export default defineConfig({
  test: {
    include: ['test/crash/**/*.crash.ts'],
    testTimeout: 4 * 60 * 60_000,
    hookTimeout: 60_000,
    // The kill matrix waits for processes; two of its files at a time fill two cores.
    maxWorkers: 2,
    disableConsoleIntercept: true,
  },
});
