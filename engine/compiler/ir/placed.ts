/** Channels by which content is placed where people find it, in compiled form: on a site, in a letter, on a list of a platform. */

export interface SiteBody {
  /** Places that the channel fills. Sorted. */
  readonly slots: readonly string[];
  /** `${secret.NAME}` references to keys by which the site asks. Sorted; none: nobody may. */
  readonly apiKeys: readonly string[];
}

export interface PrintBody {
  readonly every: 'day' | 'week' | 'month';
  /** `HH:MM` in the zone of the workspace. */
  readonly at: string;
  /** Relative to the workspace root, with `{date}`. */
  readonly path: string;
  /** Traits that hold the parts. */
  readonly address: PostalTraits;
  /** One letter of a template for all who live at an address. */
  readonly oncePerHousehold: boolean;
  readonly sender: readonly string[];
}

export interface PostalTraits {
  readonly name: string;
  readonly street: string;
  readonly more?: string;
  readonly postcode: string;
  readonly city: string;
  readonly country: string;
}

export interface AdListBody {
  readonly platform: 'google' | 'meta' | 'tiktok';
  /** Relative to the workspace root, with `{change}`, `{date}`, `{time}`. */
  readonly path: string;
  readonly every: 'hour' | 'day';
}
