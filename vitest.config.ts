import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

// Where .ci/run wants the results as JSON, to count them.
const report = process.env.TEST_REPORT;

export default defineConfig({
  test: {
    // The command line that tests start is the built one.
    globalSetup: 'test/support/built.setup.ts',
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: the tests wait for processes and sockets more than they compute.
    maxWorkers: 5,
    sequence: { sequencer: LongestFirst },
    // What a module knows is passed in, so that files may share the modules: to load them anew takes a sixth of the time.
    isolate: false,
    unstubEnvs: true,
    restoreMocks: true,
    // Of the tests of one file that may run at once: those of the command line start processes.
    maxConcurrency: 3,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
