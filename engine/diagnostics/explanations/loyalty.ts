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
  CMP360: {
    explanation:
      'The reward is offered at no time: its end is not after its beginning, or one of the two is no day of the calendar. Correct the days; `until` is the first instant at which it is gone.',
    example: {
      invalid: club(
        `${order}rewards:\n  - { id: mug, cost: 10, give: { coupon: mug }, from: 2026-03-01, until: 2026-02-01 } # ERROR CMP360\n`,
      ),
      valid: club(
        `${order}rewards:\n  - { id: mug, cost: 10, give: { coupon: mug }, from: 2026-03-01, until: 2026-04-01 }\n`,
      ),
    },
  },
  CMP330: {
    explanation:
      'Rules and boosts of one group go together as `groups` says. Here one of the two sides is missing: a group is named that says nothing, or one says something that nobody is in. Name both alike.',
    example: {
      invalid: club(`${order}groups:\n  purchase: best # ERROR CMP330\n`),
      valid: club(order),
    },
  },
  CMP331: {
    explanation:
      'What multiplies points by one, by nothing or by less, or a band that does not begin above the one before, changes nothing or takes points away. Write a number above 0 with at most two decimals, and bands from 0 up.',
    example: {
      invalid: club(`${order}boosts:\n  - { id: none, times: 1 } # ERROR CMP331\n`),
      valid: club(`${order}boosts:\n  - { id: twice, times: 2 }\n`),
    },
  },
  CMP332: {
    explanation:
      'The boost is never on: it ends before it begins, or its day is none of the calendar. `from` is the first day or instant with it, `until` the first without it.',
    example: {
      invalid: club(
        `${order}boosts:\n  - { id: spring, times: 2, from: 2026-04-01, until: 2026-03-01 } # ERROR CMP332\n`,
      ),
      valid: club(`${order}boosts:\n  - { id: spring, times: 2, from: 2026-03-01, until: 2026-04-01 }\n`),
    },
  },
  CMP333: {
    explanation:
      'Members are to fall one tier at a time, and nothing says when the next fall may come, so they would fall through all tiers at once. Say when tiers may fall (`at`), or how long each between the first and the last is kept.',
    example: {
      invalid: club(
        `${order}tiers:\n  - { id: bronze, from: 0 }\n  - { id: silver, from: 100 }\n  - { id: gold, from: 200 }\ndowngrade: { by: step } # ERROR CMP333\n`,
      ),
      valid: club(
        `${order}tiers:\n  - { id: bronze, from: 0 }\n  - { id: silver, from: 100 }\n  - { id: gold, from: 200 }\ndowngrade: { by: step, at: end_of_year }\n`,
      ),
    },
  },
  CMP334: {
    explanation:
      'Points end in one way: after a time, at the end of a month, quarter or year, on a day, or when nothing happened for a while. Two of them contradict each other. Keep one.',
    example: {
      invalid: club(`points: { expire: { after: 12mo, unused_for: 6mo } } # ERROR CMP334\n${order}`),
      valid: club(`points: { expire: { unused_for: 6mo } }\n${order}`),
    },
  },
  CMP335: {
    explanation: 'No calendar has this day, so it would never come. Write a month and a day, such as `12-31`.',
    example: {
      invalid: club(`points: { expire: { last_day: 02-31 } } # ERROR CMP335\n${order}`),
      valid: club(`points: { expire: { last_day: 02-28 } }\n${order}`),
    },
  },
  CMP336: {
    explanation:
      'Points are to pay a part of a purchase, and what they pay is no amount of money. Write an amount above nothing with its currency.',
    example: {
      invalid: club(`${order}pay: { points: 100, is: 1 } # ERROR CMP336\n`),
      valid: club(`${order}pay: { points: 100, is: 1 EUR }\n`),
    },
  },
  CMP337: {
    explanation:
      'The rule is opened by a value that changes or by a segment that is entered, so there is no event whose properties could be tested, or that could be the first of its kind. Test the member under `if`, and bound the rule by `limit`.',
    example: {
      invalid: `${declared}kind: segment\nid: club-buyers\nwhere: { event: goods_ordered }\n---\nkind: loyalty\nid: club\nobjective: basket\nissuer: house\nearn:\n  - { id: buyer, lever: stay, when: { enters: club-buyers }, first: true, points: 10 } # ERROR CMP337\n`,
      valid: `${declared}kind: segment\nid: club-buyers\nwhere: { event: goods_ordered }\n---\nkind: loyalty\nid: club\nobjective: basket\nissuer: house\nearn:\n  - { id: buyer, lever: stay, when: { enters: club-buyers }, points: 10, limit: { max: 1, lifetime: true } }\n`,
    },
  },
  CMP361: {
    explanation:
      'A condition names a reward, a challenge or a badge that the programme does not have, so it would never be true of anybody. Correct the name.',
    example: {
      invalid: club(
        `${order}rewards: [{ id: mug, cost: 10, give: { coupon: mug } }]\n---\nkind: segment\nid: drinkers\nwhere: { reward: club, taken: mugg } # ERROR CMP361\n`,
      ),
      valid: club(
        `${order}rewards: [{ id: mug, cost: 10, give: { coupon: mug } }]\n---\nkind: segment\nid: drinkers\nwhere: { reward: club, taken: mug }\n`,
      ),
    },
  },
  CMP362: {
    explanation:
      'The odds of a draw add up to more than 100%, and each event wins one prize at most: the last ones would be won less often than is declared. Lower the odds.',
    example: {
      invalid: rule('    points: { draw: [{ odds: 80%, give: 1 }, { odds: 30%, give: 9 }], seed: a } # ERROR CMP362\n'),
      valid: rule('    points: { draw: [{ odds: 80%, give: 1 }, { odds: 10%, give: 9 }], seed: a }\n'),
    },
  },
};
