/** Of which country a telephone number is. Its tables are large, so only those load them who ask; whether it may be called stands elsewhere. */

/** ISO 3166, two letters; null: not known, or a number of no country. */
export type CountryOf = (number: string) => string | null;

let loaded: Promise<CountryOf> | undefined;

/** Numbers that are remembered; batches and prices ask again and again. */
const rememberedMax = 10_000;

/** Loads the tables, once a process. Numbers are in international form. */
export function phoneCountries(): Promise<CountryOf> {
  loaded ??= import('libphonenumber-js/max').then(({ parsePhoneNumberFromString: parse }) => {
    const known = new Map<string, string | null>();
    return (number) => {
      const before = known.get(number);
      if (before !== undefined) return before;
      const country = parse(number)?.country ?? null;
      if (known.size >= rememberedMax) known.clear();
      known.set(number, country);
      return country;
    };
  });
  return loaded;
}
