/** What can go wrong with a delivery as a whole: typed, with a code, in words without anything of a person. */

export type DeliveryErrorCode =
  | 'DELIVERY_SECRET' // a secret that the destination names isn't set
  | 'DELIVERY_FILE' // a file can't be written
  | 'DELIVERY_DATABASE' // the database can't be reached, or refuses
  | 'DELIVERY_REFUSED' // the other side says that it wants nothing more
  | 'DELIVERY_UNANSWERED'; // a request wasn't taken; it is made again

/** The message is for the user: what is wrong, and what to do where that is known. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly code: DeliveryErrorCode;

  constructor(code: DeliveryErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}
