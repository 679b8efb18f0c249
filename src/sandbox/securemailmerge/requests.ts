import { z } from 'zod';
import type { Answer, ArrivedRequest } from '../stand-in.ts';
import { type ChangeContext, freeOf, give, type Subscription, take } from './state.ts';

const PATH = /^\/api\/manage\/(?<type>[^/]+)\/(?<id>[^/]+)$/;
const LONGEST_ADDRESS = 256;

const requestBody = z.object({ apiKey: z.string(), emails: z.array(z.string()) });

/** Answers a request as the reference of the licensing API has it. What is read of the body never shows. */
export function answer(request: ArrivedRequest, context: ChangeContext): Answer {
  const { type, id } = PATH.exec(request.path)?.groups ?? {};
  if (type === undefined || id === undefined) return refuse(404, ['There is no such page.']);
  if (request.method !== 'PUT' && request.method !== 'DELETE') {
    return { ...refuse(405, [`${request.method} is not allowed here.`]), headers: { allow: 'PUT, DELETE' } };
  }
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    return refuse(400, ['The content type has to be application/json.']);
  }
  const body = requestBody.safeParse(parsed(request.body));
  if (!body.success) return refuse(400, ['apiKey and emails are required.']);
  const subscription = context.state.subscriptions.find(
    (each) => each.type === type && each.id.toLowerCase() === id.toLowerCase(),
  );
  // One answer for both, so that nobody learns which subscriptions there are.
  if (subscription === undefined || subscription.apiKey !== body.data.apiKey) {
    return refuse(404, ['Subscription not found or API key does not match.']);
  }
  const emails = body.data.emails;
  const malformed = faultOfList(emails, context);
  if (malformed !== null) return refuse(400, [malformed]);
  return request.method === 'PUT'
    ? assign(context, subscription, emails)
    : unassign(context, subscription, emails);
}

function assign(context: ChangeContext, subscription: Subscription, emails: readonly string[]): Answer {
  const { settings } = context.state;
  const has = (email: string) => subscription.assigned.has(email.toLowerCase());
  const refused = new Set(settings.refused.map((email) => email.toLowerCase()));
  const faults = new Map<string, string>();
  for (const email of emails) {
    if (!isAddress(email)) faults.set(email, `${email} is not a valid email address.`);
    else if (refused.has(email.toLowerCase())) faults.set(email, `${email} can not be given a license.`);
    else if (settings.reassign === 'refused' && has(email))
      faults.set(email, `${email} is already assigned.`);
  }
  const needed = settings.needs === 'all' ? emails : emails.filter((email) => !has(email));
  const short = needed.length > freeOf(subscription);
  const fails = faults.size > 0 || short;
  let changed = false;
  if (!fails || settings.failedBatch === 'in-part') {
    for (const email of emails) {
      if (!faults.has(email) && freeOf(subscription) > 0)
        changed = give(context, subscription, email) || changed;
    }
  }
  const what = `assign ${emails.length}`;
  if (faults.size > 0) return { ...failed(context, subscription, [...faults.values()], what), changed };
  if (short) return { ...refuse(402, ['Insufficient licenses.']), changed, summary: `${what}: insufficient` };
  return { ...done(context, subscription, what), changed };
}

function unassign(context: ChangeContext, subscription: Subscription, emails: readonly string[]): Answer {
  const faults = emails
    .filter((email) => !subscription.assigned.has(email.toLowerCase()))
    .map((email) => `${email} is not currently assigned.`);
  let changed = false;
  if (faults.length === 0 || context.state.settings.failedBatch === 'in-part') {
    for (const email of emails) changed = take(context, subscription, email) || changed;
  }
  const what = `unassign ${emails.length}`;
  if (faults.length > 0) return { ...failed(context, subscription, faults, what), changed };
  return { ...done(context, subscription, what), changed };
}

/** What is wrong with a list of addresses as such; null if nothing is. */
function faultOfList(emails: readonly string[], { state }: ChangeContext): string | null {
  if (emails.length === 0) return 'At least one email address must be provided.';
  const spelled = state.settings.duplicates === 'exact' ? emails : emails.map((email) => email.toLowerCase());
  return new Set(spelled).size < emails.length ? 'Duplicate emails are not allowed.' : null;
}

function isAddress(email: string): boolean {
  return email.length <= LONGEST_ADDRESS && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email);
}

function failed(
  { state }: ChangeContext,
  subscription: Subscription,
  faults: string[],
  what: string,
): Answer {
  const { settings } = state;
  const errors = settings.errors === 'named' ? faults : ['The request is not valid.'];
  const summary = `${what}: ${faults.length} at fault`;
  if (settings.failure === 'status') return { ...refuse(400, errors), summary };
  const body = { success: false, errors, assignmentStats: statsOf(state.settings, subscription) };
  return { status: 200, body, changed: false, summary };
}

function done({ state }: ChangeContext, subscription: Subscription, summary: string): Answer {
  const body = { success: true, errors: [], assignmentStats: statsOf(state.settings, subscription) };
  return { status: 200, body, changed: false, summary };
}

function statsOf(settings: ChangeContext['state']['settings'], subscription: Subscription) {
  const free = settings.availableLicenses === 'free';
  return {
    availableLicenses: free ? freeOf(subscription) : subscription.licenses,
    assignedLicenses: subscription.assigned.size,
  };
}

/** The reference shows no body of an error; `success` and `errors` are what it says to look at. */
function refuse(status: number, errors: readonly string[]): Answer {
  return { status, body: { success: false, errors }, changed: false, summary: `refused (${status})` };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
