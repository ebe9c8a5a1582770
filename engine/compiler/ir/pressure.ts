/**
 * Channels, templates, consent and pressure in their compiled form: what may leave, to whom, how and when.
 */
import type { Condition } from './conditions.ts';
import type { ChannelRate, SmtpVia, Tracking } from './mail.ts';
import type { AdListBody, PrintBody, SiteBody } from './placed.ts';
import type { ChannelCost, FirebaseVia, TwilioVia } from './providers.ts';
import type { Duration, ValueRef } from './values.ts';

export type Objective = 'transformation' | 'loyalty' | 'satisfaction' | 'engagement' | 'service';
export type ChannelType =
  | 'email'
  | 'sms'
  | 'whatsapp'
  | 'push'
  | 'log'
  | 'on-site'
  | 'print'
  | 'audience'
  | 'call-list'
  | 'webhook';
export type WhenCapped = 'defer' | 'drop' | 'next_channel';
export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

export interface ChannelBody {
  readonly type: ChannelType;
  /** The trait that holds the address; null where the adapter needs none (`log`). */
  readonly address: string | null;
  /** The most that leave in such a stretch of time, over all processes; absent: no bound. */
  readonly rate?: ChannelRate;
  /** The most that are in hand at once, over all processes; absent: as many as the provider's kind bears. */
  readonly concurrency?: number;
  /** Absent: nobody said. */
  readonly cost?: ChannelCost;
  /** Of e-mail: absent: nothing is told. */
  readonly tracking?: Tracking;
  /** Of a call list: how many calls, in which order, by whom, and when the desk is open. */
  readonly desk?: Desk;
  /** What people want who write back, by name: words folded as `foldWord` does, sorted. */
  readonly intents?: Readonly<Record<string, readonly string[]>>;
  readonly site?: SiteBody;
  readonly print?: PrintBody;
  readonly adList?: AdListBody;
  readonly via: /** Nothing yet: no provider is declared, so nothing can leave by it. */
    | { readonly kind: 'none' }
    /** Kept in the store: sites ask for it, and files are made of it. */
    | { readonly kind: 'placed' }
    | { readonly kind: 'log' /** Relative to the workspace root. */; readonly path: string }
    | SmtpVia
    | TwilioVia
    | FirebaseVia
    /** Messages of a channel, or how the requests of a destination leave. */
    | {
        readonly kind: 'webhook';
        readonly url: string;
        readonly signWith: string | null;
        readonly allowPrivate: boolean;
      };
}

export interface TemplateForm {
  readonly subject?: string;
  readonly title?: string;
  readonly text?: string;
  readonly html?: string;
  /** Becomes the HTML; never beside `html`. */
  readonly mjml?: string;
  readonly preheader?: string;
  /** Id of a template with a `layout`. */
  readonly layout?: string;
  readonly attachments?: readonly Attachment[];
  /** A template that WhatsApp has approved, and what stands at its places. */
  readonly content?: ContentForm;
}

export interface Attachment {
  /** Relative to the workspace root. */
  readonly file: string;
  readonly name: string;
  /** Media type; absent: by the ending of the name. */
  readonly type?: string;
}

export interface ContentForm {
  /** `HX…` of Twilio. */
  readonly sid: string;
  /** Handlebars sources by the number or name of the place. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface TemplateBody {
  /** By channel type (or `any`, `part`, `layout`), then by locale. Handlebars sources. */
  readonly forms: Readonly<Record<string, Readonly<Record<string, TemplateForm>>>>;
}

export interface ConsentBody {
  /** Channel types that the purpose covers. */
  readonly channels: readonly string[];
  /** `consent`: needs `granted` · `legitimate-interest`: until `denied` · `contract`: always. */
  readonly basis: 'consent' | 'legitimate-interest' | 'contract';
  /** Channel types on which a grant counts only once it is confirmed; absent: none. Sorted. */
  readonly doubleOptIn?: readonly string[];
}

export interface Desk {
  readonly capacity: { readonly max: number; readonly calendar: 'day' | 'week' } | null;
  readonly rankBy:
    | { readonly kind: 'value'; readonly of: ValueRef; readonly order: 'highest' | 'lowest' }
    | { readonly kind: 'waiting' }
    | null;
  readonly assignTo: ValueRef | null;
  readonly hours: readonly ContactHours[];
  /** How far back an agent sees the conversation; absent: not at all. */
  readonly transcript?: Duration;
  /** `${secret.NAME}` references to keys that open the list over HTTP; absent: none. Sorted. */
  readonly apiKeys?: readonly string[];
}

/** When a channel or a country lets messages or calls through. `days` sorted from Monday on. */
export interface ContactHours {
  /** Channel types or ids; null: all. */
  readonly channels: readonly string[] | null;
  readonly days: readonly Weekday[];
  /** `HH:MM` in the person's zone. */
  readonly from: string;
  readonly to: string;
  readonly holidays: boolean;
}

/** What a cap, mute or quiet hour covers; an absent list covers all. `service` is covered only when named. */
export interface Coverage {
  /** Ids of channels; a type that the file names stands for all channels of that type. */
  readonly channels: readonly string[] | null;
  readonly journeys: readonly string[] | null;
  readonly notJourneys: readonly string[];
  /** Only journeys with one of the tags, which are these; absent: all. A tag names no service message. */
  readonly tagged?: { readonly tags: readonly string[]; readonly journeys: readonly string[] };
  readonly objectives: readonly Objective[] | null;
}

export interface Cap {
  readonly id: string;
  readonly max: number;
  readonly window:
    | { readonly kind: 'rolling'; readonly duration: Duration }
    | { readonly kind: 'calendar'; readonly unit: 'day' | 'week' | 'month' | 'quarter' };
  /** What counts, and when; absent: what was queued, from then on. */
  readonly count?: 'sent' | 'delivered';
  /** Room is left for messages of a higher priority that are scheduled within this time. */
  readonly lookAhead?: Duration;
  /** Only for these people. */
  readonly where?: Condition;
  readonly covers: Coverage;
}

export interface PressureBody {
  readonly caps: readonly Cap[];
  readonly mute: readonly { readonly id: string; readonly where: Condition; readonly covers: Coverage }[];
  /** `HH:MM` in the person's zone; `to` at or before `from` is the next day. */
  readonly quietHours: readonly {
    readonly covers: Coverage;
    readonly from: string;
    readonly to: string;
    readonly days?: readonly (Weekday | 'holiday')[];
    readonly where?: Condition;
  }[];
  readonly whenCapped: WhenCapped;
  readonly validFor: Duration;
}
