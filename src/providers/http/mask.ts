const LONGEST_MESSAGE = 300;

/** Hides secrets in a text. */
export type Mask = (text: string) => string;

/**
 * A function that replaces every occurrence of the secrets by `***`: as they stand, URL-encoded, in base64 (both
 * alphabets) and in hexadecimal, whatever the case. Empty secrets are ignored.
 */
export function createMask(secrets: readonly string[]): Mask {
  const forms = [...new Set(secrets.filter((secret) => secret !== '').flatMap(formsOf))];
  if (forms.length === 0) return (text) => text;
  // The longest first: a short form inside a longer one would leave the rest of it behind.
  forms.sort((a, b) => b.length - a.length);
  const pattern = new RegExp(forms.map(escapeForPattern).join('|'), 'gi');
  return (text) => text.replace(pattern, '***');
}

/** What a provider says, fit for a log line: secrets masked, control characters and runs of space folded, cut to 300. */
export function providerWords(text: string, mask: Mask): string {
  // Masked before it is cut: a cut through the middle of a secret would hide it from the mask.
  const line = mask(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return line.length <= LONGEST_MESSAGE ? line : `${line.slice(0, LONGEST_MESSAGE - 1)}…`;
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice('s='.length),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
}

function escapeForPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
