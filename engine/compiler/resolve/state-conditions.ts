/** Conditions on states other than traits and messages: segments, personas, consents, rows of entities, journeys, loyalty. */
import { suggest } from '../../diagnostics/suggest.ts';
import { asSet } from '../canonical.ts';
import type { Condition, ConsentState, CountTest, EntityBody, PropertyTest } from '../ir.ts';
import {
  channelTypeNamed,
  channelTypes,
  journeyNamed,
  useConsent,
  useEntity,
  usePersonas,
  useProgramme,
  useSegment,
} from '../references.ts';
import { allOf, unresolved } from './combine.ts';
import { readShort } from './loyalty-conditions.ts';
import { readCountTests } from './number-tests.ts';
import { child, demand, entries, fault, faultUnknown, items, type Place, textAt, textOf } from './place.ts';
import { readMoment } from './refs.ts';
import type { Standpoint } from './standpoint.ts';
import { durationAt, listed, readDuration, readShortTests } from './values.ts';

const once: CountTest = { op: 'gte', value: 1 };

export function readSegmentState(place: Place): Condition {
  const segment = textOf(demand(place, 'segment'));
  useSegment(demand(place, 'segment'), segment);
  const forAtLeast = durationAt(place, 'for_at_least');
  return { kind: 'segment', segment, ...(forAtLeast !== null && { forAtLeast }) };
}

export function readPersona(place: Place): Condition {
  const named = demand(place, 'persona');
  const persona = textOf(named);
  const known = usePersonas(named, persona);
  const wanted = items(child(place, 'is') ?? child(place, 'in'));
  for (const one of wanted) {
    if (known === undefined || known.includes(textOf(one))) continue;
    const remedy = `The set \`${persona}\` has ${listed(known)}.`;
    faultUnknown(one, 'CMP101', { what: 'persona', name: textOf(one), known, remedy });
  }
  return { kind: 'persona', persona, in: asSet(wanted.map(textOf)) };
}

export function readConsent(place: Place, stand: Standpoint): Condition {
  const named = demand(place, 'consent');
  const purpose = textOf(named);
  const consent = useConsent(named, purpose);
  const channelPlace = child(place, 'channel');
  const channel = channelPlace === undefined ? null : (channelTypeNamed(textOf(channelPlace)) ?? textOf(channelPlace));
  if (consent !== undefined && channelPlace !== undefined && channel !== null && !consent.channels.includes(channel)) {
    const known = channelTypes.some((type) => type === channel);
    const reason = known ? `doesn't cover ${channel}` : `knows no channel type \`${channel}\``;
    fault(channelPlace, 'CMP067', `Purpose \`${purpose}\` ${reason}: it covers ${listed(consent.channels)}.`);
  }
  const state = { kind: 'consent', purpose, channel, is: textOf(demand(place, 'is')) as ConsentState } as const;
  const given = child(place, 'given');
  if (given === undefined) return state;
  if (state.is === 'unknown') {
    const detail = '`unknown` was given by nobody, so there is no moment to compare. Ask for `granted` or `denied`.';
    fault(given, 'CMP114', detail, { on: 'key' });
  }
  return allOf(
    (['before', 'after'] as const).flatMap((op) => {
      const operand = child(given, op);
      const moment = operand === undefined ? undefined : readMoment(operand, stand);
      return moment === undefined ? [] : [{ ...state, given: { op, moment } }];
    }),
  );
}

export function readEntity(place: Place, stand: Standpoint): Condition {
  const named = demand(place, 'entity');
  const entity = textOf(named);
  const body = useEntity(named, entity);
  if (body === undefined) return unresolved;
  const role = child(place, 'role');
  if (role !== undefined) checkRole(role, entity, body);
  const where = readFields(child(place, 'where'), { entity, body }, stand);
  const count = child(place, 'count');
  const tests = count === undefined ? [once] : readCountTests(count);
  return allOf(
    tests.map((test) => ({ kind: 'entity', entity, role: role === undefined ? null : textOf(role), where, test })),
  );
}

/** Says when the entity ties nobody in the role. */
export function checkRole(role: Place, entity: string, body: EntityBody): void {
  if (Object.hasOwn(body.people, textOf(role))) return;
  const known = Object.keys(body.people);
  const remedy = `Its roles are ${listed(known)}.`;
  faultUnknown(role, 'CMP106', { what: `role of entity \`${entity}\` named`, name: textOf(role), known, remedy });
}

interface Entity {
  readonly entity: string;
  readonly body: EntityBody;
}

/** Tests of the fields of a row. */
function readFields(where: Place | undefined, { entity, body }: Entity, stand: Standpoint): readonly PropertyTest[] {
  const tests = entries(where).flatMap(([property, place]) => {
    const field =
      property === body.key
        ? ({ type: 'id', values: null } as const)
        : Object.hasOwn(body.fields, property)
          ? body.fields[property]
          : undefined;
    if (field === undefined) {
      const remedy = 'Declare it under `fields` of the entity, or correct the name.';
      const known = [body.key, ...Object.keys(body.fields)];
      faultUnknown(place, 'CMP012', { what: `field of entity \`${entity}\` named`, name: property, known, remedy });
      return [];
    }
    const typed = { type: field.type, values: field.values, label: `field \`${entity}.${property}\`` };
    return readShortTests(place, typed, stand).map(({ not, test }) => ({ property, type: field.type, not, test }));
  });
  return asSet(tests);
}

/** On an exit `as` names that exit; the way out of the journey that is read stands inside a list then. */
export function readJourneyState(place: Place): Condition {
  const named = demand(place, 'journey');
  const id = textOf(named);
  const journey = journeyNamed(named, id);
  const is = textOf(demand(place, 'is')) as 'enrolled' | 'completed' | 'exited';
  const as = isExit(place) ? undefined : child(place, 'as');
  const inLast = child(place, 'in_last');
  if (as !== undefined && is !== 'exited') {
    const detail = `\`as\` names the way out, and \`${is}\` has none. Write \`is: exited\`, or remove it.`;
    fault(as, 'CMP114', detail, { on: 'key' });
  } else if (as !== undefined && journey !== undefined && !journey.exits.has(textOf(as))) {
    const known = [...journey.exits];
    const has = known.length === 0 ? 'it has none' : `it has ${listed(known)}`;
    const detail = `Journey \`${id}\` has no way out called \`${textOf(as)}\`: ${has}.`;
    fault(as, 'CMP104', detail, { suggestion: suggest(textOf(as), known) });
  }
  if (inLast !== undefined && is === 'enrolled') {
    const detail =
      '`enrolled` is read as it stands, so it has no past. Remove `in_last`, or ask for `completed` or `exited`.';
    fault(inLast, 'CMP114', detail, { on: 'key' });
  }
  return {
    kind: 'journey',
    journey: id,
    is,
    as: as === undefined ? null : textOf(as),
    inLast: inLast === undefined ? null : readDuration(inLast),
  };
}

function isExit({ at, path }: Place): boolean {
  return at.resource.kind === 'journey' && path.length === 2 && path[0] === 'exit';
}

export function readPoints(place: Place): Condition {
  const named = demand(place, 'points');
  const program = textOf(named);
  useProgramme(named, program);
  const expiring = child(place, 'expiring');
  const within = expiring === undefined ? null : readDuration(demand(expiring, 'in_next'));
  const tests = readCountTests(place, 'the number of points');
  if (tests.length === 0 && !['is', 'gt', 'gte', 'lt', 'lte', 'between'].some((key) => child(place, key))) {
    const detail = "This condition doesn't say how many points. Add an operator, such as `gte: 100`.";
    fault(place, 'CMP036', detail);
  }
  const short = child(place, 'short_of');
  if (short !== undefined) return readShort(place, short, tests);
  return allOf(tests.map((test) => ({ kind: 'points', program, expiring: within, test })));
}

export function readTier(place: Place): Condition {
  const named = demand(place, 'tier');
  const program = textOf(named);
  const programme = useProgramme(named, program);
  const op = child(place, 'is') === undefined ? 'at_least' : 'is';
  const tier = demand(place, op);
  if (programme !== undefined && !programme.tiers.includes(textOf(tier))) {
    const known = programme.tiers;
    const remedy = known.length === 0 ? 'It declares no tiers.' : `Its tiers are ${listed(known)}.`;
    faultUnknown(tier, 'CMP103', { what: `tier of \`${program}\` named`, name: textOf(tier), known, remedy });
  }
  return { kind: 'tier', program, op, tier: textAt(place, op) ?? '' };
}
