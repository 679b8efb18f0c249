import { z } from 'zod';
import type { Answer } from '../stand-in.ts';
import { done, refuse, tell } from './answers.ts';
import type { RouteCall } from './routes.ts';
import { setHosts } from './seats.ts';
import { licensed } from './state.ts';

/** `hosts` is what is paid for, `usage` what is assigned, `pending` seats of people who were invited. */
export function readUsage({ context: { state } }: RouteCall): Answer {
  const { plan, settings, users } = state;
  if (!settings.usage) return refuse(400, 200, 'Only available for Paid account or Master account.');
  const pending = settings.pendingHoldsSeat
    ? users.filter(({ type, status }) => type === 2 && status === 'pending').length
    : 0;
  const shown = { type: plan.type, hosts: plan.hosts, usage: licensed(state) - pending, pending };
  const body = plan.kind === 'plan_base' ? { plan_base: shown } : { plan_zoom_one: [shown] };
  return tell({ ...body, plan_recording: { type: 'cmr_monthly_commitment_40' } }, 'plan usage');
}

const changeBody = z.object({ type: z.string().min(1), hosts: z.int().positive() });

/** Sets the total: absolute, so that the same request twice is the same as once. */
export function changePlan({ context, params, body }: RouteCall): Answer {
  const { state } = context;
  if (!state.settings.partner)
    return refuse(400, 200, 'Only available for approved partner master accounts.');
  if (params.account !== state.accountId) return refuse(404, 2001, 'Account does not exist.');
  const parsed = changeBody.safeParse(body);
  if (!parsed.success) return refuse(400, 300, 'Validation Failed.');
  const { type, hosts } = parsed.data;
  if (type !== state.plan.type) return refuse(400, 300, `The plan is of type ${state.plan.type}.`);
  const taken = licensed(state);
  if (hosts < taken) return refuse(400, 300, `${taken} licenses are assigned: unassign them first.`);
  const changed = hosts !== state.plan.hosts;
  setHosts(context, hosts);
  return done(`set ${hosts} seats`, changed);
}
