import { createVerify, generateKeyPairSync } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../dates.ts';
import type { Answer, ArrivedRequest } from '../stand-in.ts';

/** A service account's key file, with the fields of Google's own. */
export const serviceAccountKey = z.object({
  type: z.literal('service_account'),
  project_id: z.string(),
  private_key_id: z.string(),
  private_key: z.string(),
  client_email: z.string(),
  client_id: z.string(),
  token_uri: z.string(),
});
export type ServiceAccountKey = Readonly<z.output<typeof serviceAccountKey>>;

export const READ_SCOPES: readonly string[] = [
  'https://www.googleapis.com/auth/spreadsheets.readonly',
  'https://www.googleapis.com/auth/spreadsheets',
  'https://www.googleapis.com/auth/drive.readonly',
  'https://www.googleapis.com/auth/drive',
];

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** The audience that google-auth-library writes, whatever the key file's `token_uri` says. */
const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token';
/** Google grants an hour less a second, and accepts clocks that are some minutes off. */
const LIFETIME_SECONDS = 3599;
const CLOCK_SKEW_SECONDS = 300;

const jwtHeader = z.object({ alg: z.literal('RS256') });
const jwtClaims = z.object({
  iss: z.string(),
  aud: z.string(),
  scope: z.string(),
  iat: z.number(),
  exp: z.number(),
});

export interface ServiceAccount {
  key(tokenUri: string): ServiceAccountKey;
  /** Answers a request to the token endpoint. */
  grant(request: ArrivedRequest, tokenUri: string): Answer;
  /** A token without asking for it, with the scopes given. */
  issue(scope: string): string;
  /** The scopes of an Authorization header's token; null if it isn't valid. */
  scopesOf(authorization: string | undefined): readonly string[] | null;
  expireAll(): void;
  /** Tokens granted since the start. */
  granted(): number;
}

/** The same for all sandboxes of a process: to make one takes most of the time of a sandbox's start. */
const pair = once(() =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }),
);

/** A service account whose key pair is made when it is first needed. `clock`: real time, as the client's JWTs are. */
export function makeServiceAccount(clock: Clock): ServiceAccount {
  const email = 'cohort-sync@sandbox.iam.gserviceaccount.com';
  const tokens = new Map<string, { scopes: readonly string[]; until: number }>();
  let grants = 0;
  let lastToken = 0;
  const issue = (scope: string) => {
    const token = `ya29.sandbox-${++lastToken}`;
    tokens.set(token, { scopes: scope.split(' '), until: clock.now() + LIFETIME_SECONDS * 1000 });
    return token;
  };

  return {
    key: (tokenUri) => ({
      type: 'service_account',
      project_id: 'sandbox',
      private_key_id: '5a4d000000000000000000000000000000000001',
      private_key: pair().privateKey,
      client_email: email,
      client_id: '100000000000000000001',
      token_uri: tokenUri,
    }),
    grant: ({ body, headers }, tokenUri) => {
      if (!headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
        return denied('invalid_request', 'The body has to be a form.');
      }
      const form = new URLSearchParams(body);
      if (form.get('grant_type') !== GRANT_TYPE) {
        return denied('unsupported_grant_type', `Invalid grant_type: ${form.get('grant_type')}`);
      }
      const claims = verifiedClaims(form.get('assertion') ?? '', pair().publicKey);
      if (claims === null) return denied('invalid_grant', 'Invalid JWT Signature.');
      if (claims.iss !== email) return denied('invalid_grant', 'Invalid grant: account not found');
      if (claims.aud !== GOOGLE_TOKEN_URL && claims.aud !== tokenUri) {
        return denied('invalid_grant', 'Invalid JWT: Failed audience check.');
      }
      const seconds = clock.now() / 1000;
      if (claims.exp < seconds - CLOCK_SKEW_SECONDS || claims.iat > seconds + CLOCK_SKEW_SECONDS) {
        return denied('invalid_grant', 'Invalid JWT: Token must be a short-lived token (60 minutes)');
      }
      grants += 1;
      return {
        status: 200,
        body: { access_token: issue(claims.scope), expires_in: LIFETIME_SECONDS, token_type: 'Bearer' },
        changed: false,
        summary: 'grant token',
      };
    },
    issue,
    scopesOf: (authorization) => {
      const token = /^Bearer (?<token>\S+)$/i.exec(authorization ?? '')?.groups?.token;
      const known = token === undefined ? undefined : tokens.get(token);
      return known === undefined || known.until <= clock.now() ? null : known.scopes;
    },
    expireAll: () => tokens.clear(),
    granted: () => grants,
  };
}

function verifiedClaims(assertion: string, publicKey: string): z.output<typeof jwtClaims> | null {
  const [header = '', claims = '', signature = ''] = assertion.split('.');
  const verify = createVerify('RSA-SHA256').update(`${header}.${claims}`);
  if (!jwtHeader.safeParse(decodePart(header)).success) return null;
  if (!verify.verify(publicKey, signature, 'base64url')) return null;
  return jwtClaims.safeParse(decodePart(claims)).data ?? null;
}

function decodePart(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}

function denied(error: string, description: string): Answer {
  return {
    status: 400,
    body: { error, error_description: description },
    changed: false,
    summary: description,
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
