import { once } from 'node:events';
import { CohortSyncError, EXIT, messageOf, UsageError } from '../errors.ts';
import { SANDBOX_API_KEY } from '../sandbox/salable/options.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { SANDBOX_SECUREMAILMERGE } from '../sandbox/securemailmerge/options.ts';
import { SANDBOX_ZOOM } from '../sandbox/zoom/options.ts';
import type { CommandIo } from './io.ts';
import type { CommonOptions } from './program.ts';
import { print, printJson } from './terminal.ts';

/** `cohort-sync sandbox`: serves the stand-ins until it is interrupted. */
export async function sandbox(
  io: CommandIo,
  options: CommonOptions & { readonly port?: string },
): Promise<number> {
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(
      `--port ${options.port} is not a port`,
      'Give a number from 0 (a free one) to 65535.',
    );
  }
  const running = await startSandbox({ port }).catch((cause: unknown) => {
    throw new CohortSyncError(
      `the sandbox can't listen on port ${port}: ${messageOf(cause)}`,
      'Free that port, or give another one: --port 0 takes one that is free.',
      { cause },
    );
  });
  try {
    const subscription = running.salable.report().subscriptions[0]?.uuid;
    const facts = {
      url: running.url,
      salable: { baseUrl: `${running.url}/salable`, apiKey: SANDBOX_API_KEY, subscriptionUuid: subscription },
      zoom: {
        baseUrl: `${running.url}/zoom/v2`,
        oauthUrl: `${running.url}/zoom/oauth/token`,
        ...SANDBOX_ZOOM,
      },
      secureMailMerge: { baseUrl: `${running.url}/securemailmerge`, ...SANDBOX_SECUREMAILMERGE },
      sheets: { apiRootUrl: `${running.url}/`, tokenUri: `${running.url}/token` },
      control: `${running.url}/sandbox`,
    };
    if (options.json) await printJson(io.terminal.out, facts);
    else print(io.terminal.out, describe(facts));
    if (!io.signal.aborted) await once(io.signal, 'abort');
    return EXIT.ok;
  } finally {
    await running.close();
  }
}

interface Facts {
  readonly url: string;
  readonly salable: {
    readonly baseUrl: string;
    readonly apiKey: string;
    readonly subscriptionUuid: string | undefined;
  };
  readonly zoom: { readonly baseUrl: string; readonly oauthUrl: string } & typeof SANDBOX_ZOOM;
  readonly secureMailMerge: { readonly baseUrl: string } & typeof SANDBOX_SECUREMAILMERGE;
  readonly sheets: { readonly apiRootUrl: string };
  readonly control: string;
}

function describe({ url, salable, zoom, secureMailMerge, sheets, control }: Facts): string {
  return [
    `The sandbox listens on ${url}. Stop it with Ctrl-C; nothing in it is real.`,
    '',
    'Salable, for a pool of your configuration:',
    `    baseUrl: ${salable.baseUrl}`,
    `    apiKey: ${salable.apiKey}`,
    `    subscriptionUuid: ${salable.subscriptionUuid ?? ''}`,
    'Zoom:',
    ...Object.entries(zoom).map(([name, value]) => `    ${name}: ${value}`),
    'SecureMailMerge:',
    ...Object.entries(secureMailMerge).map(([name, value]) => `    ${name}: ${value}`),
    'Google Sheets, for the roster of your configuration:',
    `    apiRootUrl: ${sheets.apiRootUrl}`,
    `What was asked of it, and what that changed: ${control}/requests and ${control}/effects`,
  ].join('\n');
}
