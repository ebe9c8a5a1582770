/** Explanations of what is wrong with files, with YAML, and with the workspace as a whole. */
import type { Explanations } from './explanation.ts';

const rule = 'where: { never: order_placed }\n';

export const fileExplanations: Explanations = {
  CFG001: {
    explanation:
      'The file is not valid YAML 1.2, so nothing in it can be read with certainty. The commonest causes are a bracket that is left open, a tab as indentation, and a text with a colon and a blank in it that stands without quotes. Repair the marked place; what comes after it may only be a consequence.',
    example: {
      invalid: `kind: segment\nid: sleepers\ntitle: Note: never ordered # ERROR CFG001\n${rule}`,
      valid: `kind: segment\nid: sleepers\ntitle: "Note: never ordered"\n${rule}`,
    },
  },
  CFG002: {
    explanation:
      'The same key is written twice in one map. YAML readers silently take one of the two, and a reviewer can not see which, so it is refused. Keep one of them; where both are meant, write a list or an `all`.',
    example: {
      invalid: `kind: segment\nid: sleepers\n${rule}where: { trait: country, is: AR } # ERROR CFG002\n`,
      valid: 'kind: segment\nid: sleepers\nwhere:\n  - { never: order_placed }\n  - { trait: country, is: AR }\n',
    },
  },
  CFG003: {
    explanation:
      'The file is not text in UTF-8, so names and words in it would be read wrongly. An editor that saved it as Latin-1 or UTF-16 is the usual reason. Save it as UTF-8.',
    example: null,
    because: 'Bytes that are no text can not be shown as text. Held by test/config/load-project.test.ts.',
  },
  CFG004: {
    explanation:
      'The file is larger than what is read. Nobody reviews such a file, and it is usually data that lies in the wrong folder. Split it, or list its folder under `ignore` in `parcours.yaml`.',
    example: null,
    because: 'It would take a megabyte. Held by test/config/load-project.test.ts.',
  },
  CFG005: {
    explanation:
      'The file exists but can not be read: its permissions forbid it, or it is a link that leads nowhere. A workspace with a file left out would mean something else, so nothing goes on. Repair the file, or list it under `ignore` in `parcours.yaml`.',
    example: null,
    because: 'It is a matter of the disk, not of the text. Held by test/config/load-project.test.ts.',
  },
  CFG006: {
    explanation:
      'The document is nested too deeply, or its aliases (`*name`) unfold to more values than a document may have. A few lines of aliases can unfold to gigabytes. Write it flatter, and repeat a value instead of pointing at a pointer.',
    example: {
      invalid: `kind: segment
id: sleepers
a: &a [x, x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
f: [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e] # ERROR CFG006
`,
      valid: `kind: segment\nid: sleepers\n${rule}`,
    },
  },
  CFG007: {
    explanation:
      'This form of YAML is not used here: tags such as `!upper`, keys that are lists, numbers such as `.inf`, or another version of YAML. They mean different things to different readers. Write plain maps, lists and scalars of YAML 1.2.',
    example: {
      invalid: `kind: segment\nid: sleepers\ntitle: !upper never ordered # ERROR CFG007\n${rule}`,
      valid: `kind: segment\nid: sleepers\ntitle: NEVER ORDERED\n${rule}`,
    },
  },
  CFG008: {
    explanation:
      'The folder has no workspace: no `parcours.yaml` with a document `kind: workspace` was found. Zone, currency and locale of everything else come from it. Go to the workspace, or begin one.',
    example: null,
    because: 'It is about a file that is missing. Held by test/config/load-project.test.ts.',
  },
  CFG009: {
    explanation:
      'A document is a map of keys that begins with `kind`, and this one is something else: a list, or a mere text. Set several resources in one file apart by lines of three hyphens.',
    example: {
      invalid: '- kind: segment # ERROR CFG009\n  id: sleepers\n  where: { never: order_placed }\n',
      valid: `kind: segment\nid: sleepers\n${rule}---\nkind: segment\nid: locals\nwhere: { trait: country, is: AR }\n`,
    },
  },
  CFG023: {
    explanation:
      'Two resources have the same kind and id, which together are the identity of a resource; the names of files mean nothing. One of the two would silently win. Rename or remove one; the other place is shown beside it.',
    example: {
      invalid: `kind: segment\nid: sleepers\n${rule}---\nkind: segment\nid: sleepers # ERROR CFG023\nwhere: { trait: country, is: AR }\n`,
      valid: `kind: segment\nid: sleepers\n${rule}---\nkind: segment\nid: locals\nwhere: { trait: country, is: AR }\n`,
    },
  },
  CFG024: {
    explanation:
      'The document `kind: workspace` stands where it is not looked for. It says what all other files share, so it has one place: a file at the top of the folder, by custom `parcours.yaml`. Move it there; another workspace has a folder of its own.',
    example: {
      file: 'shops/other.yaml',
      invalid: 'kind: workspace # ERROR CFG024\nid: other\nzone: Europe/Paris\ncurrency: EUR\nlocale: fr\n',
      valid: `kind: segment\nid: sleepers\n${rule}`,
    },
  },
  CFG032: {
    explanation:
      'There are more YAML files below the folder than a workspace may have. Usually a folder of data or of dependencies lies inside of it. List such folders under `ignore` in `parcours.yaml`.',
    example: null,
    because: 'It would take thousands of files. Held by test/config/too-many-files.test.ts.',
  },
};
