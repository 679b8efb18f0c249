import type { Job } from 'bullmq';
import type { JobContext } from './context.ts';
import { processLines } from './seat-lines.ts';

/** Frees the seats of one chunk of departed instructors. */
export function unassignLicenses(job: Job, context: JobContext, signal: AbortSignal): Promise<void> {
  return processLines(job, context, signal, {
    stage: 'unassign',
    past: 'freed',
    call: (provider) => (lines, gate, abort) => provider.unassign(lines, gate, abort),
  });
}
