/**
 * What advertising platforms match people by: SHA-256 (lower-case hex, no salt) of a normalised address or number. The rules are the platforms'
 * own, so they stand apart from cleaning, which keeps what a person writes. Who may be told to a platform is decided elsewhere.
 */
import { hash } from 'node:crypto';

export type AudiencePlatform = 'google' | 'meta' | 'tiktok';
export type AudienceKind = 'email' | 'phone';

/** Google drops the dots before `@gmail.com`; Meta reads numbers without their plus sign. */
const rules: Readonly<Record<AudiencePlatform, { readonly dropsDots: boolean; readonly phone: 'e164' | 'digits' }>> = {
  google: { dropsDots: true, phone: 'e164' },
  meta: { dropsDots: false, phone: 'digits' },
  tiktok: { dropsDots: false, phone: 'e164' },
};

/**
 * The hash of an address or of a number in international form. Null: it is none, and no platform would find anybody by it.
 * Sources: Google Ads "Customer Match: prepare data", Meta "Customer information parameters", TikTok "Customer file audiences".
 */
export function audienceHash(kind: AudienceKind, value: string, platform: AudiencePlatform): string | null {
  const normal = kind === 'email' ? normalEmail(value, platform) : normalPhone(value, platform);
  return normal === null ? null : hash('sha256', normal, 'hex');
}

/** What is hashed of an address: no spaces, lower case. */
export function normalEmail(value: string, platform: AudiencePlatform): string | null {
  const text = value.replace(/\s+/g, '').toLowerCase();
  const at = text.lastIndexOf('@');
  if (at < 1 || at === text.length - 1 || text.indexOf('@') !== at) return null;
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
  const isGmail = domain === 'gmail.com' || domain === 'googlemail.com';
  if (!rules[platform].dropsDots || !isGmail) return text;
  const plain = local.replaceAll('.', '');
  return plain === '' ? null : `${plain}@${domain}`;
}

/** What is hashed of a number: `+33612345678`, or its digits. A number without its country is none. */
export function normalPhone(value: string, platform: AudiencePlatform): string | null {
  const text = value.replace(/[\s().\-/]/g, '').replace(/^00/, '+');
  if (!/^\+[1-9][0-9]{6,14}$/.test(text)) return null;
  return rules[platform].phone === 'digits' ? text.slice(1) : text;
}
