/**
 * The compiler's part of the catalogue: code, constant summary, severity. The details are written where the mistake is found.
 * Codes are never given to another mistake.
 */
import type { Severity } from './diagnostic.ts';

export interface CodeEntry {
  readonly summary: string;
  readonly severity: Severity;
}

function error(summary: string): CodeEntry {
  return { summary, severity: 'error' };
}

function warning(summary: string): CodeEntry {
  return { summary, severity: 'warning' };
}

export const compilerCodes = {
  // The project as a whole
  CMP003: error('Declared twice'),
  CMP004: error('Reserved name'),
  CMP005: error('Definitions in a circle'),
  CMP006: error('Not offered by this version'),
  CMP007: error('Secret in the wrong place'),
  // References
  CMP010: error('Unknown trait'),
  CMP011: error('Unknown event'),
  CMP012: error('Unknown property'),
  CMP013: error('Unknown segment'),
  CMP014: error('Unknown channel'),
  CMP015: error('Unknown template'),
  CMP016: error('Unknown purpose of consent'),
  CMP017: error('Unknown journey'),
  CMP018: error('Unknown step'),
  CMP019: error('Unknown column'),
  // Values
  CMP020: error('Wrong type of value'),
  CMP021: error('Operator and type do not fit'),
  CMP022: error('Not a declared value'),
  CMP023: error('Duration out of range'),
  CMP024: error('Not one moment'),
  CMP026: error('Currencies differ'),
  CMP027: error('Bounds the wrong way round'),
  // Conditions
  CMP030: error('Condition has no place here'),
  CMP031: error('Event without anchor'),
  CMP032: error('Two windows on one event'),
  CMP033: error('Always true'),
  CMP034: error('Not the measure'),
  CMP035: error('Types differ between events'),
  CMP036: error('Condition asks nothing, or two things'),
  // Journeys
  CMP050: error('Step id used twice'),
  CMP051: error('Send without channel'),
  CMP052: error('Message of a step that sends none'),
  CMP053: error('Step stands later'),
  CMP054: warning('Never reached'),
  CMP055: error('Goal that begins true'),
  CMP056: error('Schedule incomplete'),
  CMP057: error('Invalid cron line'),
  CMP058: warning('Status never comes'),
  // Messages
  CMP060: error('Template does not parse'),
  CMP061: error('Unknown template variable'),
  CMP062: error('Not allowed in a template'),
  CMP063: error('Template has no form for the channel'),
  CMP064: error('Template lacks a locale'),
  CMP065: error('Template gets no value'),
  CMP066: warning('Value not used by the template'),
  CMP067: error('Purpose does not cover the channel'),
  CMP070: error('Path leaves the workspace'),
  CMP071: warning('Locale not served'),
  // Pressure, sources, schemas
  CMP081: error('Hours without length'),
  CMP082: error('Measure of the wrong type'),
  CMP085: error('Column and type do not fit'),
  // Channels, pressure, countries, personas, holdouts, destinations, tests: 200 to 219, 236 to 239
  CMP200: warning('Address that no schema declares'),
  CMP201: warning('Channel without a provider'),
  CMP202: error('Whole journey stopped'),
  CMP203: warning('Journey stopped for those who enter it'),
  CMP204: warning('Cap never binds'),
  CMP205: warning('Covered and taken out'),
  CMP206: error('No open hour'),
  CMP207: warning('Desk and country never open together'),
  CMP208: warning('Countries overlap'),
  CMP209: error('Two rules for one'),
  CMP210: warning('Never read'),
  CMP211: warning('Test expects nothing'),
  CMP212: error('Unknown calendar of holidays'),
  CMP213: error('Service withheld'),
  CMP214: error('Share out of bounds'),
  CMP215: error('Not a numeric trait'),
  CMP216: error('Personas of one score'),
  CMP217: error('Address not safe'),
  CMP218: error('Format not known'),
  CMP219: warning('Cap of nothing'),
  CMP236: error('No entry to read'),
  CMP237: warning('Numbers of other countries'),
  CMP238: warning('Confidence of nothing'),
  CMP239: error('Time runs backwards'),
  // Templates: 270 to 279
  CMP270: warning('No templates'),
  CMP271: warning('Locale of a country not served'),
  CMP272: warning('Long message'),
  CMP273: error('Not a list'),
  // Loyalty
  CMP220: error('Unknown earning rule'),
  CMP221: error('Tiers do not rise'),
  CMP222: error('No tier at zero'),
  CMP223: error('Reward costs nothing'),
  CMP224: error('Points per what is no amount'),
  CMP225: error('Each of what is no list'),
  CMP226: error('Nothing to reach'),
  CMP227: error('Points expire before they can be spent'),
  CMP228: error('Limit without one window'),
  CMP229: error('Id used twice in a programme'),
  CMP230: error('Points per nothing'),
  CMP231: warning('Nothing gives points'),
  CMP232: error('Refund finds no purchase'),
  CMP233: error('Limit below one award'),
  CMP234: error('Referral names no referrer'),
  CMP235: error('Unknown entity of a referral'),
  // Conditions, traits, schemas: 100 to 149
  CMP100: error('Unknown entity'),
  CMP101: error('Unknown persona'),
  CMP102: error('Unknown loyalty programme'),
  CMP103: error('Unknown tier'),
  CMP104: error('Unknown way out'),
  CMP105: error('Unknown source'),
  CMP106: error('Unknown role'),
  CMP107: error('Not a date'),
  CMP108: error('Property to match on one side only'),
  CMP109: error('Regular expression not usable'),
  CMP110: error('Values of two types'),
  CMP111: error('Never true'),
  CMP112: warning('True of newcomers by absence'),
  CMP113: error('Event asked for a value'),
  CMP114: error('Option without effect here'),
  CMP115: error('Formula does not parse'),
  CMP116: error('Formula of wrong types'),
  CMP117: error('Bands do not rise'),
  CMP118: error('Not a number to compute with'),
  CMP119: warning('Case never reached'),
  CMP120: error('Key of an entity declared as a field'),
  // Guardrails
  CMP240: error('Required by a guardrail'),
  CMP241: error('Forbidden by a guardrail'),
  CMP242: error('Too many messages for a guardrail'),
  CMP243: error('Too many points for a guardrail'),
  CMP244: error('Guardrail id used twice'),
  CMP245: error('Guardrail does not apply to this'),
  CMP246: error('Exception for an unknown resource'),
  CMP247: error('Exception without a real day'),
  CMP248: warning('Exception has expired'),
  CMP249: error('Forbidden window without length'),
  // Environments and parameters
  CMP260: error('Unknown environment'),
  CMP261: error('Environment patches an unknown channel'),
  CMP262: error('Unknown parameter'),
  CMP263: error('Value does not fit the parameter'),
  CMP264: error('Parameter inside a text'),
  CMP265: error('Parameter in a name'),
} as const satisfies Readonly<Record<string, CodeEntry>>;

export type CompilerCode = keyof typeof compilerCodes;
