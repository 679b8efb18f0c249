import { buildPackage } from './built-package.ts';

/** Before all tests: builds the package once; they start its command line (`bin.ts`). */
export default function setup(): () => void {
  const built = buildPackage();
  process.env.COHORT_SYNC_BUILT_BIN = built.bin;
  return () => built[Symbol.dispose]();
}
