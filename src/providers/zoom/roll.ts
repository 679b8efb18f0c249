import { ProviderError } from '../../errors.ts';
import type { UserStatus, ZoomApi } from './api.ts';
import type { ListedUser } from './wire.ts';

/** A user of the account, with the list in which it was found. */
export type ZoomUser = ListedUser & { readonly status: UserStatus };

/** How often a list is begun anew where its page token expires on the way (it lives 15 minutes). */
const STARTS = 3;

/** More pages than any account has: a list that goes on beyond them goes in circles. */
const MOST_PAGES = 2000;

/** All users of the account. Whoever has not accepted the invitation is in the list of the pending alone. */
export async function readRoll(api: ZoomApi, pool: string, signal: AbortSignal): Promise<ZoomUser[]> {
  const lists = await Promise.all([
    readList(api, pool, 'active', signal),
    readList(api, pool, 'inactive', signal),
    readList(api, pool, 'pending', signal),
  ]);
  return lists.flat();
}

async function readList(
  api: ZoomApi,
  pool: string,
  status: UserStatus,
  signal: AbortSignal,
): Promise<ZoomUser[]> {
  for (let start = 1; ; start++) {
    const list = await readPages(api, pool, status, signal, start < STARTS);
    if (list !== null) return list;
  }
}

/** @returns null where the page token expired and the list may be begun anew. */
async function readPages(
  api: ZoomApi,
  pool: string,
  status: UserStatus,
  signal: AbortSignal,
  mayRestart: boolean,
): Promise<ZoomUser[] | null> {
  const users: ZoomUser[] = [];
  let token = '';
  let total: number | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    try {
      const answer = await api.users(status, token, signal);
      users.push(...answer.users.map((user) => ({ ...user, status })));
      total = answer.total_records ?? total;
      token = answer.next_page_token ?? '';
    } catch (cause) {
      const expired = token !== '' && cause instanceof ProviderError && cause.failure === 'refused';
      if (expired && mayRestart) return null;
      throw cause;
    }
    if (token !== '') continue;
    if (total === null || total === users.length) return users;
    throw contradiction(pool, `the list of ${status} users has ${users.length} of ${total}`);
  }
  throw contradiction(pool, `the list of ${status} users has no end`);
}

export function contradiction(pool: string, problem: string): ProviderError {
  return new ProviderError(
    { pool, failure: 'contradiction', request: 'GET /users' },
    `Pool ${pool}: Zoom's answers contradict each other, read twice: ${problem}. Nothing was changed.`,
    "A run tries again by itself. If it lasts, compare Zoom's portal (User Management), and ask Zoom's support.",
  );
}
