import { type Document, LineCounter, parseDocument, visit } from 'yaml';
import { type ConfigFault, messageOf } from '../src/errors.ts';

const VARIABLE_HINT = ` (between { and }, write "\${NAME}" in quotes)`;
const ALIAS_PROBLEM =
  'there is no anchor (&) for this alias (*); a text that begins with * is written in quotes';

/**
 * Reads YAML into plain values. Keys given twice and aliases that grow beyond measure are faults. The faults name line
 * and column and never quote the text there, which may be a secret.
 */
export function parseYaml(source: string): {
  readonly value: unknown;
  readonly faults: readonly ConfigFault[];
} {
  const lines = new LineCounter();
  const faultAt = (offset: number, problem: string): ConfigFault => {
    const { line, col } = lines.linePos(offset);
    return { path: `line ${line}, column ${col}`, problem };
  };
  // Pretty errors would quote the line at fault.
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const errors = [...document.errors, ...document.warnings];
  // After a broken line the rest is misread too, so one fault is enough; keys given twice break nothing.
  const broken = errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  const faults = (broken === undefined ? errors : [broken]).map(({ message, pos: [offset] }) => {
    const line = source.split('\n')[lines.linePos(offset).line - 1] ?? '';
    return faultAt(offset, `${withoutQuote(message)}${/\{.*\$\{/.test(line) ? VARIABLE_HINT : ''}`);
  });
  if (faults.length === 0)
    faults.push(...lostAliases(document).map((offset) => faultAt(offset, ALIAS_PROBLEM)));
  if (faults.length > 0) return { value: null, faults };
  try {
    const value: unknown = document.toJS();
    if (value !== null) return { value, faults };
    return {
      value,
      faults: [{ path: '', problem: 'the file is empty; `cohort-sync init` writes a commented one' }],
    };
  } catch (cause) {
    return { value: null, faults: [{ path: '', problem: withoutQuote(messageOf(cause)) }] };
  }
}

/** Where aliases stand that refer to nothing. */
function lostAliases(document: Document): number[] {
  const offsets: number[] = [];
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) === undefined) offsets.push(alias.range?.[0] ?? 0);
    },
  });
  return offsets;
}

/** Some of the library's messages end with the text at fault. */
function withoutQuote(message: string): string {
  return message.replace(/: (".*|\S+)$/s, '');
}
