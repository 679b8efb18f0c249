import { z } from 'zod';
import type { Answer } from '../stand-in.ts';
import { refuse } from './answers.ts';
import type { RouteCall } from './routes.ts';
import { type ChangeContext, QUOTA_TEXT, setType, type TypeRefusal, typeRefusal } from './seats.ts';
import { findUser } from './state.ts';

/** Most users of one request (types of @zoom/rivet 0.4.0). */
const MOST_USERS = 30;

const bulkBody = z.object({
  feature_type: z.literal('user_type'),
  feature_value: z.enum(['1', '2']),
  users: z.array(z.object({ id: z.string().optional(), email: z.string().optional() })).min(1),
});

/** The reasons are those of the types of @zoom/rivet; the last one's wording is the portal's. */
const REASONS: Record<TypeRefusal, string> = {
  full: 'Not enough seats',
  'basic-full': 'Not allowed to add basic users',
  events: 'Have upcoming events',
  quota: QUOTA_TEXT,
};

/** Gives many users one type: 201, with who was left out and why. */
export function updateFeatures({ context, body }: RouteCall): Answer {
  const { settings } = context.state;
  if (!settings.bulk) return refuse(404, 2300, 'This API endpoint is not recognized.');
  const parsed = bulkBody.safeParse(body);
  if (!parsed.success) return refuse(400, 300, 'Validation Failed.');
  const { users, feature_value: value } = parsed.data;
  if (users.length > MOST_USERS) return refuse(400, 300, `At most ${MOST_USERS} users.`);
  const names = users.map(({ id, email }) => id ?? email ?? '');
  const type = value === '2' ? 2 : 1;

  const ahead = names.map((name) => refusalOf(context, name, type));
  if (settings.bulkRefusal === 'all' && ahead.some((reason) => reason !== null)) {
    return refuse(400, 300, `Not updated: ${ahead.find((reason) => reason !== null)}`);
  }
  const success: string[] = [];
  const failed = new Map<string, string[]>();
  let changed = false;
  for (const name of names) {
    const reason = refusalOf(context, name, type);
    const user = findUser(context.state, name);
    if (reason !== null || user === undefined) {
      const known = failed.get(reason ?? '') ?? [];
      failed.set(reason ?? '', [...known, user?.status === 'pending' ? name : (user?.id ?? name)]);
      continue;
    }
    changed = setType(context, user, type) || changed;
    success.push(user.id);
  }
  const fail_details = [...failed].map(([reason, user_ids]) => ({ user_ids, reason }));
  return {
    status: 201,
    body: { success_user_ids: success, fail_details },
    changed,
    summary: `make ${names.length} users type ${type}: ${success.length} done`,
  };
}

function refusalOf(context: ChangeContext, name: string, type: 1 | 2): string | null {
  const user = findUser(context.state, name);
  if (user === undefined || user.status === 'pending') return 'Users not found';
  if (user.refusal !== null) return user.refusal;
  if (user.type === type) return 'No need to update';
  const refusal = typeRefusal(context, user, type);
  return refusal === null ? null : REASONS[refusal];
}
