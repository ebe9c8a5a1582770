/** Explanations of traps of YAML: what looks like one thing and is read as another, here or elsewhere. */
import type { Explanations } from './explanation.ts';

const rule = 'where: { never: order_placed }\n';

export const trapExplanations: Explanations = {
  CFG033: {
    explanation:
      'A tab stands in the indentation, where YAML allows blanks only. Editors show both alike, so the structure that is seen is not the one that is read. Replace tabs by two blanks each.',
    example: {
      invalid: 'kind: segment\nid: sleepers\nwhere:\n\t- { never: order_placed } # ERROR CFG033\n',
      valid: 'kind: segment\nid: sleepers\nwhere:\n  - { never: order_placed }\n',
    },
  },
  CFG034: {
    explanation:
      'A time of the day stands without quotes. It is read as text here, but YAML 1.1, which many editors and tools still speak, takes `21:30` for the number 1290. Put it in quotes.',
    example: {
      invalid: 'kind: pressure\nid: house\nquiet_hours:\n  - { from: 21:30, to: "08:00" } # WARNING CFG034\n',
      valid: 'kind: pressure\nid: house\nquiet_hours:\n  - { from: "21:30", to: "08:00" }\n',
    },
  },
  CFG035: {
    explanation:
      'The word is text here, but YAML 1.1 takes `no`, `off`, `yes` and `on` for true or false: Norway becomes "false" in the next tool that reads the file. Put it in quotes.',
    example: {
      invalid: 'kind: segment\nid: cold\nwhere: { trait: first_name, is: NO } # WARNING CFG035\n',
      valid: 'kind: segment\nid: cold\nwhere: { trait: first_name, is: "NO" }\n',
    },
  },
  CFG036: {
    explanation:
      'A number begins with a zero (or with `0x`, `0o`). Some readers take it for octal, so `010` is eight to one and ten to another. Write it in plain decimals; a text that begins with a zero stays as it is.',
    example: {
      invalid: 'kind: pressure\nid: house\ncaps:\n  - { id: weekly, max: 010, rolling: 7d } # ERROR CFG036\n',
      valid: 'kind: pressure\nid: house\ncaps:\n  - { id: weekly, max: 10, rolling: 7d }\n',
    },
  },
  CFG037: {
    explanation:
      'An invisible character stands in the file: a control character, or a mark of byte order where no file begins. Nobody sees it, and names with it are other names. Delete it; the message says which it is and where.',
    example: {
      invalid: `kind: segment\nid: sleepers\ntitle: Bell \u0007 and whistle # ERROR CFG037\n${rule}`,
      valid: `kind: segment\nid: sleepers\ntitle: Bell and whistle\n${rule}`,
    },
  },
  CFG038: {
    explanation:
      'The text holds a character that a database can not store: a zero byte, or half of a pair of surrogates. It is written as an escape, so it was meant, but it could never be compared with anything. Write it without.',
    example: {
      invalid: `kind: segment\nid: sleepers\ntitle: "zero \\0 inside" # ERROR CFG038\n${rule}`,
      valid: `kind: segment\nid: sleepers\ntitle: "zero inside"\n${rule}`,
    },
  },
  CFG039: {
    explanation:
      'What looks like a blank is another space, such as the no-break space that word processors put in. YAML reads it as a letter, so the key has another name or is none. Replace it by a blank.',
    example: {
      invalid: 'kind: segment\nid: sleepers\nwhere:\n  - never:\u00a0order_placed # ERROR CFG039\n',
      valid: 'kind: segment\nid: sleepers\nwhere:\n  - never: order_placed\n',
    },
  },
  CFG040: {
    explanation:
      'An invisible character turns the direction of the text, so that what a reviewer sees is in another order than what is read. It is at home in texts of Arabic or Hebrew; elsewhere it can hide what a change does. Delete it, unless it is meant.',
    example: {
      invalid: `kind: segment\nid: sleepers\ntitle: Quiet \u202e.tneilc # WARNING CFG040\n${rule}`,
      valid: `kind: segment\nid: sleepers\ntitle: Quiet client.\n${rule}`,
    },
  },
};
