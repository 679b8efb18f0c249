import { z } from 'zod';
import { toInstant } from '../../dates.ts';
import type { Answer } from '../stand-in.ts';
import { done, noSuchUser, refuse, tell } from './answers.ts';
import { dailyLimit } from './rate-limits.ts';
import type { RouteCall } from './routes.ts';
import { QUOTA_TEXT, setType, type TypeRefusal, typeRefusal } from './seats.ts';
import { addUser, findUser, licensed, type ZoomState, type ZoomUser } from './state.ts';

const listQuery = z.object({
  status: z.enum(['active', 'inactive', 'pending']).default('active'),
  page_size: z.coerce.number().int().min(1).max(300).default(30),
});

/** One status a call. The rest of the list is reached by the token alone, while it lives. */
export function listUsers({ context: { state, now }, query }: RouteCall): Answer {
  const parsed = listQuery.safeParse(Object.fromEntries(query));
  if (!parsed.success) return refuse(400, 300, 'Validation Failed.');
  const { status, page_size: size } = parsed.data;
  const of = `${status} ${size}`;
  const token = query.get('next_page_token') ?? '';
  const page = token === '' ? undefined : state.pages.get(token);
  if (token !== '' && (page === undefined || page.expiresAt <= now || page.of !== of)) {
    return refuse(400, 300, 'The next page token is invalid or expired.');
  }
  const users = state.users.filter((user) => user.status === status);
  const listed = state.settings.listOrder === 'oldest-first' ? users : users.toReversed();
  const from = page?.from ?? 0;
  const next = from + size < listed.length ? nextPage(state, of, from + size, now) : '';
  const body = {
    next_page_token: next,
    page_count: Math.ceil(listed.length / size),
    page_size: size,
    total_records: listed.length,
    users: listed.slice(from, from + size).map(userBody),
  };
  return tell(body, `list ${status} users from ${from}`);
}

function nextPage(state: ZoomState, of: string, from: number, now: number): string {
  const token = `page${state.pages.size + 1}`;
  state.pages.set(token, { of, from, expiresAt: now + state.settings.pageTokenSeconds * 1000 });
  return token;
}

/** A pending user has no id. */
export function userBody(user: ZoomUser) {
  const { id, email, type, status, createdAt } = user;
  const name = email.split('@')[0] ?? '';
  return {
    ...(status === 'pending' ? {} : { id }),
    ...{ email, type, status, first_name: name, role_id: '2', created_at: toInstant(createdAt) },
  };
}

export function summarize({ context: { state } }: RouteCall): Answer {
  const accepted = state.users.filter(({ status }) => status !== 'pending');
  const ofType = (type: number) => accepted.filter((user) => user.type === type).length;
  const body = {
    ...{ licensed_users_count: ofType(2), basic_users_count: ofType(1), on_prem_users_count: 0 },
    pending_users_count: state.users.length - accepted.length,
    ...{ room_users_count: 0, join_only_users_count: 0, total_users_count: state.users.length },
  };
  return tell(body, 'user summary');
}

export function getUser({ context: { state }, params }: RouteCall): Answer {
  const user = findUser(state, params.user ?? '');
  return user === undefined ? noSuchUser(params.user ?? '') : tell(userBody(user), 'read user');
}

export function getSettings({ context: { state }, params }: RouteCall): Answer {
  const user = findUser(state, params.user ?? '');
  if (user === undefined) return noSuchUser(params.user ?? '');
  if (user.status === 'pending') return refuse(400, 1000, 'Can not access pending user settings.');
  const feature = Object.fromEntries(
    ['webinar', 'large_meeting', 'zoom_events', 'zoom_phone'].map((name) => [
      name,
      user.addOns.includes(name),
    ]),
  );
  return tell({ feature: { meeting_capacity: 100, ...feature } }, 'read settings');
}

export function listMeetings({ context: { state }, params, query }: RouteCall): Answer {
  const user = findUser(state, params.user ?? '');
  if (user === undefined) return noSuchUser(params.user ?? '');
  const live = query.get('type') === 'live' && user.inMeeting;
  const meetings = live ? [{ id: 81_234_567_890, host_id: user.id, topic: 'Lesson', type: 2 }] : [];
  return tell({ page_size: 30, next_page_token: '', total_records: meetings.length, meetings }, 'meetings');
}

const patchBody = z.object({ type: z.union([z.literal(1), z.literal(2)]) });

/** Says 204 for a pending user too, and does nothing about it. */
export function updateUser({ context, params, body }: RouteCall): Answer {
  const { state } = context;
  const user = findUser(state, params.user ?? '');
  const parsed = patchBody.safeParse(body);
  if (user === undefined) return noSuchUser(params.user ?? '');
  if (!parsed.success) return refuse(400, 300, 'Invalid parameter: type.');
  const { type } = parsed.data;
  if (user.status === 'pending') return done(`make a pending user type ${type}`, false);
  const refusal = typeRefusal(context, user, type);
  if (refusal !== null) return typeAnswer(state, refusal);
  return done(`make ${user.id} type ${type}`, setType(context, user, type));
}

/** The one code 3412 has two opposite meanings: only its text tells them apart. */
export function typeAnswer({ settings, plan }: ZoomState, refusal: TypeRefusal): Answer {
  switch (refusal) {
    case 'full':
      return refuse(
        400,
        settings.fullCode,
        settings.fullCode === 3412
          ? `You have reached the maximum number of paying users (${plan.hosts}). Upgrade your account to add more.`
          : `You have reached the maximum number of users (${plan.hosts}) of this plan type. Buy additional licenses.`,
      );
    case 'basic-full':
      return refuse(
        400,
        settings.basicCode,
        'You have reached the maximum number of Basic users of your account.',
      );
    case 'quota':
      return refuse(400, 200, QUOTA_TEXT);
    case 'events':
      return refuse(400, 300, 'This user has upcoming Zoom Events.');
  }
}

const createBody = z.object({
  action: z.enum(['create', 'autoCreate', 'custCreate', 'ssoCreate']),
  user_info: z.object({ email: z.string().min(3), type: z.union([z.literal(1), z.literal(2)]) }),
});

/** Invites: the user is pending until the invitation is accepted in the mail. */
export function createUser({ context, body }: RouteCall): Answer {
  const { state, now } = context;
  const parsed = createBody.safeParse(body);
  if (!parsed.success) return refuse(400, 300, 'Validation Failed.');
  const { email, type } = parsed.data.user_info;
  const before = findUser(state, email);
  if (before?.status === 'pending') return refuse(409, 1005, `Email has already been used: ${email}.`);
  if (before !== undefined) return refuse(409, 1005, `User already in the account: ${email}.`);
  const { invitationsLeft, pendingHoldsSeat } = state.settings;
  if (invitationsLeft === 0) return dailyLimit('Light', 0, now);
  if (type === 2 && licensed(state) >= state.plan.hosts) return typeAnswer(state, 'full');
  if (invitationsLeft !== null) state.settings = { ...state.settings, invitationsLeft: invitationsLeft - 1 };
  const fresh = { addOns: [], upcomingEvents: false, inMeeting: false, refusal: null };
  const user = addUser(state, { email, type, status: 'pending', ...fresh }, now);
  context.effect({ kind: 'invite', license: user.id, from: null, to: email });
  if (type === 2 && pendingHoldsSeat)
    context.effect({ kind: 'assign', license: user.id, from: null, to: email });
  return {
    status: 201,
    body: { id: user.id, email, type, first_name: '', last_name: '' },
    ...{ changed: true, summary: `invite as type ${type}` },
  };
}
