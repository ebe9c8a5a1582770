/** One person, for people and programs: the golden record, what was exported, erased, restricted. Values are shown: that is what is asked. */
import type { Erased } from '../../profiles/privacy/erase.ts';
import type { ProfileShown } from '../../profiles/show-profile.ts';
import { cleanedText, valueText } from './cleaned-view.ts';
import { counted, formatCount, formatTime, oneLine, type Style, table } from './style.ts';
import type { View } from './view.ts';

/** The view of `profile show`. */
export const profileView: View<ProfileShown> = {
  human: (shown, style) => {
    const {
      profileId,
      createdAt,
      zone,
      locale,
      restrictedAt,
      identifiers,
      merged,
      traits,
      cleaned,
      consents,
      segments,
      events,
    } = shown;
    const made = merged.length === 0 ? '' : `, made of ${counted(merged.length + 1, 'profile')} (${merged.join(', ')})`;
    const restricted =
      restrictedAt === null ? '' : `Restricted since ${formatTime(restrictedAt)}: nothing is done with it.\n`;
    return [
      `${style.strong(`Profile ${profileId}`)}, known since ${formatTime(createdAt)}${made}\n${restricted}`,
      `Zone ${zone ?? '·'}, locale ${locale ?? '·'}\n`,
      section(
        style,
        'Identifiers',
        identifiers.map(({ type, value }) => [type, oneLine(value)]),
      ),
      traits.length === 0
        ? ''
        : `\n${style.strong('Traits')}\n${table(
            ['trait', 'value', 'from', 'since', 'told'],
            traits.map(({ trait, value, source, observed_at, told }) => [
              ...[trait, oneLine(valueText(value)), source ?? 'computed'],
              ...[observed_at === null ? null : formatTime(observed_at), told],
            ]),
            { align: 'llllr' },
          )}`,
      cleanedText(cleaned, style),
      section(
        style,
        'Consents',
        consents.map((one) => [`${one.purpose} ${one.channel}`, `${one.state} since ${formatTime(one.since)}`]),
      ),
      segments.length === 0 ? '' : `\n${style.strong('Segments')}\n  ${segments.join(', ')}\n`,
      section(
        style,
        'Events',
        events.map(({ type, events: n, last_at }) => [type, `${formatCount(n)}, the last ${formatTime(last_at)}`]),
      ),
    ].join('');
  },
  json: (shown) => shown,
};

function section(style: Style, title: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const width = Math.max(...rows.map(([name = '']) => name.length));
  return `\n${style.strong(title)}\n${rows.map(([name = '', text = '']) => `  ${name.padEnd(width)}  ${text}\n`).join('')}`;
}

/** The view of `profile export`. */
export const exportView: View<{ readonly file: string; readonly tables: number; readonly rows: number }> = {
  human: ({ file, tables, rows }) => `Written to ${file}: ${counted(rows, 'row')} of ${counted(tables, 'table')}.\n`,
  json: (result) => result,
};

/** The view of `profile erase`. */
export const erasedView: View<Erased> = {
  human: ({ proof, digest }, style) => {
    const { profiles, erasedAt, removed, searched, left, hashes } = proof;
    const rows = Object.entries(removed).sort(([a], [b]) => (a < b ? -1 : 1));
    const found = Object.entries(left);
    const after =
      found.length === 0
        ? `Searched afterwards: ${counted(searched, 'table')}, and he is named in none.\n`
        : `${style.removed('He is named still')} in ${found.map(([name, n]) => `${name} (${counted(n, 'row')})`).join(', ')}. Erase again, and look at those tables if it stays.\n`;
    return (
      `${style.strong('Erased')}: ${counted(profiles.length, 'profile')} (${profiles.join(', ')}) at ${formatTime(erasedAt)}\n` +
      table(['table', 'rows'], rows) +
      after +
      `${counted(hashes, 'keyed hash', 'keyed hashes')} of identifiers keep him from coming back.\nProof ${digest}\n`
    );
  },
  json: (result) => result,
};

/** The view of `profile restrict`. */
export const restrictedView: View<{ readonly profileId: number; readonly isRestricted: boolean }> = {
  human: ({ profileId, isRestricted }) =>
    isRestricted
      ? `Profile ${profileId} is restricted: what is known is kept, and nothing is done with it.\n`
      : `Profile ${profileId} is not restricted any more. What ended does not come back; new events count.\n`,
  json: (result) => result,
};
