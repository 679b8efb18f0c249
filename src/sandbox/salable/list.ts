import { z } from 'zod';
import type { Answer } from '../stand-in.ts';
import { refuseInvalid, tell } from './answers.ts';
import type { RouteCall } from './routes.ts';
import { viewFor } from './stale.ts';
import type { License, SalableState } from './state.ts';

/** Query values are lower case in v1, while bodies have them upper case. */
const statusQuery = z
  .enum(['active', 'canceled', 'evaluation', 'scheduled', 'trialing', 'inactive'])
  .nullable();

/**
 * Answers from the licenses of the whole organization, with the `status` filter applied. v1 knows no other filter and
 * no pages; other query parameters have no effect.
 */
export function listLicenses(
  { context: { state, now }, query }: RouteCall,
  body: (licenses: readonly License[]) => unknown,
  summary: string,
): Answer {
  const status = statusQuery.safeParse(query.get('status'));
  if (!status.success) {
    return refuseInvalid([{ property: 'status', error: 'not a status of a license, in lower case' }]);
  }
  const licenses = viewFor(state, 'licenses', now).licenses.filter(
    (license) => status.data === null || license.status.toLowerCase() === status.data,
  );
  return tell(body(inOrder(licenses, state.settings.listOrder)), summary);
}

function inOrder(licenses: readonly License[], order: SalableState['settings']['listOrder']) {
  if (order === 'oldest-first') return licenses;
  if (order === 'newest-first') return licenses.toReversed();
  const scattered = ({ uuid }: License) => [...uuid].reverse().join('');
  return licenses.toSorted((one, other) => (scattered(one) < scattered(other) ? -1 : 1));
}
