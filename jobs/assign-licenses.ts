import type { Job } from 'bullmq';
import type { JobContext } from './context.ts';
import { processLines } from './seat-lines.ts';

/** Gives seats to one chunk of new instructors. */
export function assignLicenses(job: Job, context: JobContext, signal: AbortSignal): Promise<void> {
  return processLines(job, context, signal, {
    stage: 'assign',
    past: 'assigned',
    call: (provider) => (lines, gate, abort) => provider.assign(lines, gate, abort),
  });
}
