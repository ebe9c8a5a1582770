/**
 * Who the made-up retailers are: name, shop, country, how they can be reached and what they agreed to. What they do is in
 * `behaviour.ts`. Addresses are of domains and number ranges that belong to nobody.
 */
import type { Chance } from './chance.ts';

export interface Retailer {
  readonly externalId: string;
  readonly firstName: string;
  readonly shopName: string;
  readonly email: string;
  readonly phone: string;
  /** Empty: the app isn't installed, or notifications are off. */
  readonly pushToken: string;
  readonly country: string;
  readonly zone: string;
  readonly locale: string;
  /** Hours east of UTC, the same all year in these three zones. */
  readonly offsetHours: number;
  /** Milliseconds since the epoch, UTC. */
  readonly registeredAt: number;
  /** Yes, no, or '' where nobody asked. */
  readonly optIns: { readonly email: string; readonly push: string; readonly whatsapp: string; readonly sms: string };
}

interface Country {
  readonly code: string;
  readonly share: number;
  readonly zone: string;
  readonly offsetHours: number;
  readonly locale: string;
  readonly phonePrefix: string;
  readonly names: readonly string[];
  readonly shops: readonly string[];
}

const countries: readonly Country[] = [
  {
    code: 'AR',
    share: 40,
    zone: 'America/Argentina/Buenos_Aires',
    offsetHours: -3,
    locale: 'es',
    phonePrefix: '+5491155',
    names: [
      'Ana',
      'Bruno',
      'Carla',
      'Diego',
      'Elena',
      'Facundo',
      'Graciela',
      'Hugo',
      'Inés',
      'Julián',
      'Laura',
      'Martín',
    ],
    shops: ['Almacén de {}', 'Kiosco {}', 'Despensa {}', 'Autoservicio {}'],
  },
  {
    code: 'NG',
    share: 35,
    zone: 'Africa/Lagos',
    offsetHours: 1,
    locale: 'en',
    phonePrefix: '+2348005',
    names: ['Ada', 'Bola', 'Chidi', 'Dayo', 'Efe', 'Femi', 'Halima', 'Ife', 'Kemi', 'Musa', 'Ngozi', 'Tunde'],
    shops: ['{} Provisions', '{} Mini Mart', '{} & Sons Stores', '{} Corner Shop'],
  },
  {
    code: 'MX',
    share: 25,
    zone: 'America/Mexico_City',
    offsetHours: -6,
    locale: 'es',
    phonePrefix: '+525555',
    names: [
      'Alma',
      'Beto',
      'Citlali',
      'Daniela',
      'Emilio',
      'Fernanda',
      'Gabriel',
      'Itzel',
      'Jorge',
      'Lupita',
      'Raúl',
      'Sofía',
    ],
    shops: ['Abarrotes {}', 'Miscelánea {}', 'La Tienda de {}', 'Súper {}'],
  },
];

/** The `number`th retailer, registered at that instant. */
export function makeRetailer(number: number, registeredAt: number, chance: Chance): Retailer {
  const country = countries[chance.weighted(countries.map((c) => c.share))]!;
  const firstName = chance.pick(country.names);
  const digits = String(number).padStart(5, '0');
  return {
    externalId: `R${digits}`,
    firstName,
    shopName: chance.pick(country.shops).replace('{}', firstName),
    email: `${plain(firstName)}.${digits}@shop.example`,
    phone: `${country.phonePrefix}0${digits}`,
    pushToken: chance.happens(0.72) ? `push-${digits}` : '',
    country: country.code,
    zone: country.zone,
    locale: country.locale,
    offsetHours: country.offsetHours,
    registeredAt,
    optIns: {
      email: answer(chance, 0.7, 0.15),
      push: answer(chance, 0.8, 0.1),
      whatsapp: answer(chance, 0.6, 0.15),
      sms: answer(chance, 0.4, 0.25),
    },
  };
}

function answer(chance: Chance, yes: number, no: number): string {
  return ['true', 'false', ''][chance.weighted([yes, no, 1 - yes - no])]!;
}

function plain(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\P{ASCII}/gu, '')
    .toLowerCase();
}
