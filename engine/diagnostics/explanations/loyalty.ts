/** Explanations of loyalty programmes. */
import type { Explanations } from './explanation.ts';

const declared = `kind: schema
id: marketplace
events:
  goods_ordered: { order_id: id, total: money, note: text, lines: list }
  goods_returned: { order_id: id }
  friend_came: { referrer: id }
  friend_left: { who: id }
---
`;
const club = (rest: string) => `${declared}kind: loyalty\nid: club\nobjective: basket\nissuer: house\n${rest}`;
const order = 'earn:\n  - { id: order, lever: spend, when: { event: goods_ordered }, points: 10 }\n';
const rule = (rest: string) =>
  club(`earn:\n  - id: order\n    lever: spend\n    when: { event: goods_ordered }\n${rest}`);

export const loyaltyExplanations: Explanations = {
  CMP220: {
    explanation:
      'The programme has no earning rule of this id, so a refund would take nothing back. Correct the spelling.',
    example: {
      invalid: club(
        `${order}refunds: { when: { event: goods_returned }, match: order_id, reverse: oder } # ERROR CMP220\n`,
      ),
      valid: club(`${order}refunds: { when: { event: goods_returned }, match: order_id, reverse: order }\n`),
    },
  },
  CMP221: {
    explanation:
      'The tiers do not rise: one begins at no more points than the tier above it in the list, so nobody could be in one of them. Order them from the lowest up, with growing bounds.',
    example: {
      invalid: club(
        `${order}tiers:\n  - { id: bronze, from: 0 }\n  - { id: gold, from: 1000 }\n  - { id: silver, from: 300 } # ERROR CMP221\n`,
      ),
      valid: club(
        `${order}tiers:\n  - { id: bronze, from: 0 }\n  - { id: silver, from: 300 }\n  - { id: gold, from: 1000 }\n`,
      ),
    },
  },
  CMP222: {
    explanation:
      'No tier begins at zero, so new members are in none, and every condition on tiers is false of them. Add the tier in which everybody begins.',
    example: {
      invalid: club(`${order}tiers:\n  - { id: silver, from: 300 } # ERROR CMP222\n`),
      valid: club(`${order}tiers:\n  - { id: bronze, from: 0 }\n  - { id: silver, from: 300 }\n`),
    },
  },
  CMP223: {
    explanation: 'The reward costs nothing, so anybody could take it for ever. Write what it costs.',
    example: {
      invalid: club(`${order}rewards:\n  - { id: gift, cost: 0, give: { coupon: gift } } # ERROR CMP223\n`),
      valid: club(`${order}rewards:\n  - { id: gift, cost: 60, give: { coupon: gift } }\n`),
    },
  },
  CMP224: {
    explanation:
      'Points are given per amount, and this property is no amount, or one of another sort than `per` says: money needs a currency, a number has none. Name a number or money, and write `per` in its form.',
    example: {
      invalid: rule('    points: { per: 10, of: total, give: 1 } # ERROR CMP224\n'),
      valid: rule('    points: { per: 10 EUR, of: total, give: 1 }\n'),
    },
  },
  CMP225: {
    explanation:
      '`each` reads a rule once for each element of a list, and this property is no list. Name a list, or leave `each` away.',
    example: {
      invalid: rule('    each: note # ERROR CMP225\n    points: 1\n'),
      valid: rule('    each: lines\n    points: 1\n'),
    },
  },
  CMP226: {
    explanation:
      'The challenge is reached by doing nothing, so everybody has won. Write the number that must be reached.',
    example: {
      invalid: club(
        'challenges:\n  - { id: easy, count: { event: goods_ordered }, reach: 0, calendar: month, points: 5 } # ERROR CMP226\n',
      ),
      valid: club(
        'challenges:\n  - { id: easy, count: { event: goods_ordered }, reach: 3, calendar: month, points: 5 }\n',
      ),
    },
  },
  CMP227: {
    explanation:
      'Points are lost before they can be spent, so they are worth nothing to anybody. Let them expire later, or be usable sooner.',
    example: {
      invalid: club(`points:\n  usable_after: 30d\n  expire: { after: 4w } # ERROR CMP227\n${order}`),
      valid: club(`points:\n  usable_after: 7d\n  expire: { after: 6mo }\n${order}`),
    },
  },
  CMP228: {
    explanation:
      'A limit needs exactly one window: `calendar`, `rolling` or `lifetime`. Without one it can not be told when it begins anew; with two it can not be told which counts.',
    example: {
      invalid: rule('    points: 10\n    limit: { max: 20 } # ERROR CMP228\n'),
      valid: rule('    points: 10\n    limit: { max: 20, calendar: month }\n'),
    },
  },
  CMP229: {
    explanation:
      'Two parts of the programme have one id. The ledger refers to rules by their ids, so their points could not be told apart. Rename one.',
    example: {
      invalid: club(
        `${order}challenges:\n  - { id: order, count: { event: goods_ordered }, reach: 3, points: 5, calendar: month } # ERROR CMP229\n`,
      ),
      valid: club(
        `${order}challenges:\n  - { id: three, count: { event: goods_ordered }, reach: 3, points: 5, calendar: month }\n`,
      ),
    },
  },
  CMP230: {
    explanation: 'Points per nothing are without end. Write the amount that gives points.',
    example: {
      invalid: rule('    points: { per: 0 EUR, of: total, give: 1 } # ERROR CMP230\n'),
      valid: rule('    points: { per: 1 EUR, of: total, give: 1 }\n'),
    },
  },
  CMP231: {
    explanation:
      'Nothing in the programme gives points: no earning rule, no challenge, no referral. Points may come from `award` steps of journeys; otherwise a rule is missing.',
    example: {
      invalid: `kind: loyalty\nid: club # WARNING CMP231\nobjective: basket\nissuer: house\ntiers: [{ id: all, from: 0 }]\n`,
      valid: club(`${order}tiers: [{ id: all, from: 0 }]\n`),
    },
  },
  CMP232: {
    explanation:
      'The refund can not find the purchase: the events of the rule that it reverses do not have the property by which it is matched. Points of returned goods would stay. Match by a property that both have.',
    example: {
      invalid: club(
        'earn:\n  - { id: friend, lever: say, when: { event: friend_came }, points: 10 }\nrefunds: { when: { event: goods_returned }, match: order_id, reverse: friend } # ERROR CMP232\n',
      ),
      valid: club(`${order}refunds: { when: { event: goods_returned }, match: order_id, reverse: order }\n`),
    },
  },
  CMP233: {
    explanation:
      'The limit is less than what the rule gives once, so it could never give anything whole. Raise the limit, or give less.',
    example: {
      invalid: rule('    points: 10\n    limit: { max_points: 5, calendar: month } # ERROR CMP233\n'),
      valid: rule('    points: 10\n    limit: { max_points: 50, calendar: month }\n'),
    },
  },
  CMP234: {
    explanation:
      'The event of the referral does not say who referred, so nobody could be thanked. Use an event that has the property `referrer`.',
    example: {
      invalid: club(
        'referral:\n  when: { event: friend_left } # ERROR CMP234\n  qualifies: { event: goods_ordered, within: 30d }\n  referrer: { points: 10 }\n',
      ),
      valid: club(
        'referral:\n  when: { event: friend_came }\n  qualifies: { event: goods_ordered, within: 30d }\n  referrer: { points: 10 }\n',
      ),
    },
  },
  CMP235: {
    explanation:
      'The referral waits for a change of an entity that no schema declares, so it would never qualify. Declare the entity, or name an event.',
    example: {
      invalid: club(
        'referral:\n  when: { event: friend_came }\n  qualifies: { changes: purchase.status, to: delivered, within: 30d } # ERROR CMP235\n  referrer: { points: 10 }\n',
      ),
      valid: club(
        'referral:\n  when: { event: friend_came }\n  qualifies: { event: goods_ordered, within: 30d }\n  referrer: { points: 10 }\n',
      ),
    },
  },
};
