import { z } from 'zod';
import { TROUBLES } from '../notify/message.ts';
import { keys, readLedger, type Store, type Write } from './store.ts';
import { stored } from './stored.ts';

const told = stored({
  /** The run of which was told last. */
  run: z.string(),
  /** What the pool was in then, and how it was named. */
  troubles: z.partialRecord(z.enum(TROUBLES), z.string()),
});

/** What was last told of a pool. */
export type Told = z.infer<typeof told>;

/** A notification that is to be sent: of what a run left behind in a pool. */
const noticeSchema = stored({
  run: z.string(),
  pool: z.string(),
  kind: z.enum([...TROUBLES, 'recovered']),
});

export type PendingNotice = z.infer<typeof noticeSchema>;

/** What was last told of a pool; null if nothing was, ever. */
export async function readTold(store: Store, pool: string): Promise<Told | null> {
  const json = await readLedger(() => store.redis.get(keys.notified(pool)));
  return json === null ? null : told.parse(JSON.parse(json));
}

/** The writes that remember what is told, and that it is to be sent: with the result itself, so that no kill loses it. */
export function noticeWrites(pool: string, news: Told, notices: readonly PendingNotice[]): Write[] {
  const args = notices.flatMap((notice) => [nameOf(notice), JSON.stringify(notice)]);
  const pending: Write[] = args.length === 0 ? [] : [{ command: 'HSET', key: keys.notices, args }];
  return [{ command: 'SET', key: keys.notified(pool), args: [JSON.stringify(news)] }, ...pending];
}

/** Notifications that are not on their queue yet. */
export async function readPendingNotices(store: Store): Promise<PendingNotice[]> {
  const stored = await readLedger(() => store.redis.hgetall(keys.notices));
  return Object.values(stored).map((json) => noticeSchema.parse(JSON.parse(json)));
}

export async function removePendingNotice(store: Store, notice: PendingNotice): Promise<void> {
  await readLedger(() => store.redis.hdel(keys.notices, nameOf(notice)));
}

function nameOf({ run, pool, kind }: PendingNotice): string {
  return `${run}.${pool}.${kind}`;
}
