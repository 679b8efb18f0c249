import type { LoadedConfig } from '../../config/load.ts';
import { outsideOf } from '../../config/loopback.ts';
import { UsageError } from '../errors.ts';

/**
 * Refuses what is for trying out only; a worker looks again (jobs/purpose.ts), since it may be another one's.
 * @throws UsageError unless every pool is on this machine and the roster is there or in a file.
 */
export function refuseOutside(config: LoadedConfig, option: string): void {
  const outside = outsideOf(config);
  if (outside.length === 0) return;
  throw new UsageError(
    `${option} is for trying out, and ${outside.join(', ')} ${outside.length === 1 ? 'is' : 'are'} real`,
    'Use it with `cohort-sync plan`, which changes nothing, or with pools of `cohort-sync sandbox`.',
  );
}
