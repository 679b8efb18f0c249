import path from 'node:path';
import { ROOT } from './built-package.ts';

/** The command line from the sources. */
export const SOURCE_BIN = path.join(ROOT, 'bin/cohort-sync.js');

/** What tests start for `cohort-sync`: as built where the test run has built it, which is what people get, and starts sooner. */
export const BIN = process.env.COHORT_SYNC_BUILT_BIN ?? SOURCE_BIN;
