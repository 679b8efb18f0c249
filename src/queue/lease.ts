import type { Job, Queue } from 'bullmq';

/**
 * How long the lease of a job of a queue still runs that is at work (milliseconds): the shortest, of those that fit. A
 * living worker renews it at half time, so less than that means that its worker is slow, or dead.
 * @param fits by the job's id.
 * @returns null if none is at work.
 */
export async function shortestLease(
  queue: Queue,
  redis: { pttl(key: string): Promise<number> },
  fits: (id: string) => boolean,
): Promise<number | null> {
  // One that was removed while they were read is null, whatever its type says.
  const jobs: (Job | null | undefined)[] = await queue.getActive();
  const ids = jobs.flatMap((job) => (job?.id === undefined ? [] : [job.id])).filter(fits);
  const left = await Promise.all(ids.map((id) => redis.pttl(queue.toKey(`${id}:lock`))));
  return left.length === 0 ? null : Math.max(0, Math.min(...left));
}
