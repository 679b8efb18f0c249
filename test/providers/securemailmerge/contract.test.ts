import type { SecureMailMergeSettingsChange } from '../../../src/sandbox/securemailmerge/options.ts';
import type { ProviderSetup } from '../contract/stage.ts';
import { describeProvider } from '../contract.ts';
import { combinations, KEY, openSecureMailMerge } from './stage.ts';

for (const { name, settings } of combinations()) {
  describeProvider(`SecureMailMerge, ${name}`, setupOf(settings));
}
describeProvider('SecureMailMerge that does not name who is at fault', setupOf({ errors: 'opaque' }));
describeProvider('SecureMailMerge that fails with 200', setupOf({ failure: 'body', failedBatch: 'in-part' }));

function setupOf(settings: SecureMailMergeSettingsChange): ProviderSetup {
  return {
    open: async ({ total, assigned = [], refused = [], badLine, key = KEY, limits }) => {
      const failedBatch =
        badLine === 'leaves-out' ? 'in-part' : badLine === 'refuses-all' ? 'nothing' : undefined;
      const { sandbox, provider, ours } = await openSecureMailMerge(
        { licenses: total, assigned: [...assigned] },
        {
          settings: {
            ...settings,
            refused: [...refused],
            ...(failedBatch === undefined ? {} : { failedBatch }),
          },
          config: { apiKey: key },
          ...(limits === undefined ? {} : { deps: { limits } }),
        },
      );
      return {
        provider,
        sandbox,
        truth: () => ({ total: ours().licenses, assigned: ours().assigned, free: ours().free }),
        edit: (edit) => void sandbox.secureMailMerge.edit(edit),
        settle: () => {},
      };
    },
    reads: [],
    assigns: { method: 'PUT', path: '/api/manage/*/*' },
    unassigns: { method: 'DELETE', path: '/api/manage/*/*' },
    buys: null,
    givesBack: null,
    wrongKey: 'not-found',
    secrets: [KEY],
    grantee: (n) => `teacher${n}@example.org`,
    respelled: (grantee) => `\u200b${grantee.toUpperCase()}\u00a0`,
  };
}
