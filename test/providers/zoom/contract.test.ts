import type { ZoomPoolConfig } from '../../../config/schema.ts';
import type { ZoomUserOptions } from '../../../src/sandbox/zoom/options.ts';
import type { ProviderSetup, RequestKind } from '../contract/stage.ts';
import { describeProvider } from '../contract.ts';
import { basic, licensed, openZoom, SECRET, soon } from './stage.ts';

const ACCOUNT = { method: 'PUT', path: '/accounts/*/plans/base' };
const teacher = (n: number) => `teacher${n}@school.example`;

describeProvider('Zoom', setupOf('manual', null));
describeProvider('Zoom for partners', setupOf('partner', ACCOUNT));

function setupOf(seatChanges: ZoomPoolConfig['seatChanges'], changes: RequestKind | null): ProviderSetup {
  return {
    open: async ({ total, assigned = [], refused = [], badLine, key, limits }) => {
      const others = [1, 2, 3, 4, 5].map(teacher).filter((email) => !assigned.includes(email));
      const users: ZoomUserOptions[] = [
        ...licensed(...assigned),
        ...basic(...others),
        // Neither holds a seat.
        { email: 'invited@school.example', status: 'pending' },
        { email: 'left@school.example', status: 'inactive' },
      ];
      const { sandbox, provider } = await openZoom(
        {
          plan: { hosts: total },
          users: users.map((user) =>
            refused.includes(user.email) ? { ...user, refusal: 'Unpaid user' } : user,
          ),
          settings: {
            partner: true,
            bulkRefusal: badLine === 'refuses-all' ? 'all' : 'partial',
            listOrder: 'newest-first',
          },
        },
        { seatChanges, ...(key === undefined ? {} : { clientSecret: key }) },
        limits ? { limits } : {},
      );
      // The token is had beforehand: what is looked at is what each operation asks.
      if (key === undefined) await provider.read(soon());
      sandbox.clearLog();
      const { report } = sandbox.zoom;
      const ensured = (email: string) => report().users.some((user) => user.email === email);
      return {
        provider,
        sandbox,
        truth: () => ({
          total: report().seats.total,
          assigned: report().assigned,
          free: report().seats.free,
        }),
        edit: ({ assign = [], unassign = [] }) => {
          const add = basic(...assign.filter((email) => !ensured(email)));
          sandbox.zoom.edit({ assign, unassign, add });
        },
        settle: () => {},
      };
    },
    reads: [
      { method: 'GET', path: '/users', times: 3 },
      { method: 'GET', path: '/users/summary' },
      { method: 'GET', path: '/accounts/me/plans/usage' },
    ],
    assigns: { method: 'POST', path: '/users/features' },
    unassigns: { method: 'POST', path: '/users/features' },
    buys: changes,
    givesBack: changes,
    secrets: [SECRET, 'sandbox-zoom-token'],
    grantee: teacher,
    // Zoom keeps no two users of one address, whatever its case.
    respelled: () => null,
  };
}
