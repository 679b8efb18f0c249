import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { auth } from 'googleapis/build/src/apis/sheets/index.js';
import { z } from 'zod';
import type { GoogleSheetsRosterConfig } from '../../config/roster.ts';
import { RosterError } from '../errors.ts';
import { fileError } from './file-error.ts';
import { type TransportSettings, transportFor } from './google-transport.ts';

/** Reading cells and titles, nothing else. */
const SCOPES = ['https://www.googleapis.com/auth/spreadsheets.readonly'];

type Transport = Pick<TransportSettings, 'signal' | 'attemptMs'>;
type AuthSettings = Pick<GoogleSheetsRosterConfig, 'credentials' | 'apiRootUrl'>;

/** A way into the Sheets API. */
export interface GoogleAccess {
  readonly client: InstanceType<typeof auth.JWT> | InstanceType<typeof auth.GoogleAuth>;
  /** The address with which the sheet has to be shared, for messages; null if it can't be told. */
  readonly account: string | null;
  /** What the credentials are called in messages. */
  readonly credentials: string;
  /** Gets an access token, if there is none yet. Fails as the token endpoint does. */
  authorize(): Promise<void>;
}

/**
 * Opens the credentials: a service account's key file, or Application Default Credentials.
 *
 * A key file to which GOOGLE_APPLICATION_CREDENTIALS points is read here too: then messages can name the account.
 *
 * @param transport holds for every request that is made with this access.
 * @throws RosterError if the key file is missing or is none. No request is made yet.
 */
export async function openGoogleAccess(settings: AuthSettings, transport: Transport): Promise<GoogleAccess> {
  if (settings.credentials !== undefined) {
    const file = settings.credentials;
    const key = serviceAccountKey.safeParse(await readJson(file, 'roster.credentials'));
    if (!key.success) throw notAKeyFile(file, 'roster.credentials');
    return keyFileAccess(file, key.data, settings, transport);
  }
  // The library reads the environment itself to find Application Default Credentials, so there is nothing to pass in.
  const file = process.env.GOOGLE_APPLICATION_CREDENTIALS;
  const key = file ? serviceAccountKey.safeParse(await readJson(file, ADC_VARIABLE)) : null;
  if (file && key?.success) return keyFileAccess(file, key.data, settings, transport, ADC_VARIABLE);
  return defaultAccess(settings, transport);
}

const ADC_VARIABLE = 'GOOGLE_APPLICATION_CREDENTIALS';

const serviceAccountKey = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  private_key_id: z.string().optional(),
  token_uri: z.url().optional(),
});

type ServiceAccountKey = z.infer<typeof serviceAccountKey>;

function keyFileAccess(
  file: string,
  key: ServiceAccountKey,
  settings: AuthSettings,
  transport: Transport,
  setting = 'roster.credentials',
): GoogleAccess {
  if (!isPrivateKey(key.private_key)) throw notAKeyFile(file, setting);
  const tokenUrl = settings.apiRootUrl === undefined ? undefined : key.token_uri;
  const client = new auth.JWT({
    email: key.client_email,
    key: key.private_key,
    ...(key.private_key_id === undefined ? {} : { keyId: key.private_key_id }),
    scopes: SCOPES,
    // The token endpoint checks that the assertion was meant for it.
    ...(tokenUrl === undefined ? {} : { additionalClaims: { aud: tokenUrl } }),
    transporterOptions: transportFor({ ...transport, apiRootUrl: settings.apiRootUrl, tokenUrl }),
  });
  const authorize = async () => void (await client.getAccessToken());
  return { client, account: key.client_email, credentials: `the key file ${file}`, authorize };
}

function defaultAccess({ apiRootUrl }: AuthSettings, transport: Transport): GoogleAccess {
  const client = new auth.GoogleAuth({
    scopes: SCOPES,
    clientOptions: { transporterOptions: transportFor({ ...transport, apiRootUrl }) },
  });
  const authorize = async () => {
    const inner = await client.getClient().catch(() => {
      throw noDefaultCredentials();
    });
    await inner.getAccessToken();
  };
  return { client, account: null, credentials: 'the Application Default Credentials', authorize };
}

/** Parsed JSON, or a RosterError. JSON.parse quotes the text in its message, which here is a private key. */
async function readJson(file: string, setting: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((failure: unknown) => {
    throw fileError(file, failure, setting, 'the key file');
  });
  try {
    return JSON.parse(text);
  } catch {
    throw notAKeyFile(file, setting);
  }
}

function isPrivateKey(pem: string): boolean {
  try {
    createPrivateKey(pem);
    return true;
  } catch {
    return false;
  }
}

function notAKeyFile(file: string, setting: string): RosterError {
  return new RosterError(
    'unreadable',
    `${file} (${setting}) is not the JSON key file of a service account with a usable private key`,
    'Create a JSON key for the service account in the Google Cloud console (IAM, Service accounts, Keys). For any ' +
      'other kind of credentials leave roster.credentials out and set up Application Default Credentials.',
  );
}

function noDefaultCredentials(): RosterError {
  return new RosterError(
    'denied',
    'there are no Google credentials that can be used: roster.credentials is not set, and no usable Application ' +
      'Default Credentials were found',
    `Set roster.credentials to a service account's key file, or ${ADC_VARIABLE} to a credentials file.`,
  );
}
