/** A journey's document as a picture: its steps, the ways between them, where ways come together, and how people leave. */
import type { Picture, PictureEdge, PictureNode, PictureNodeKind } from './picture.ts';
import { type Step, stepsOf, type Way } from './steps-of.ts';
import { listOf, mapOf, type Written, words } from './words.ts';

/** `document`: of kind journey, valid by its schema. */
export function journeyPicture(document: Written): Picture {
  const drawing = new Drawing();
  const steps = stepsOf(document.steps);
  const completed = 'exit:completed';
  const entry = mapOf(document.entry);
  const when = listOf(entry.when).map(words);
  const condition = entry.if === undefined ? [] : [`if ${words(entry.if)}`];
  drawing.node('entry', 'entry', String(document.id), [when.join(' or '), ...condition]);
  drawing.edge('entry', drawing.sequence(steps, completed), '');
  watched(document, drawing);
  return drawing.picture(String(document.id));
}

/** Goal and exits are looked at all the time: they hang on no step. */
function watched(document: Written, drawing: Drawing): void {
  const { within, exit, ...condition } = mapOf(document.goal);
  if (document.goal !== undefined) {
    const lines = [words(condition), `within ${String(within)}`];
    drawing.node('goal', 'watch', exit === true ? 'goal, and the end' : 'goal', lines);
  }
  listOf(document.exit).forEach((rule, index) => {
    const { as, ...test } = mapOf(rule);
    drawing.node(`watch:${index}`, 'watch', `exit ${String(as)}`, [words(test)]);
  });
}

const kinds: Readonly<Record<string, PictureNodeKind>> = {
  send: 'send',
  wait: 'wait',
  wait_for: 'wait',
  repeat: 'wait',
  branch: 'choice',
  switch: 'choice',
  split: 'choice',
};

/** Draws nodes and edges; a class, since unnamed steps are counted. */
class Drawing {
  private readonly nodes = new Map<string, Omit<PictureNode, 'isRejoin'>>();
  private readonly edges: PictureEdge[] = [];
  private unnamed = 0;

  node(id: string, kind: PictureNodeKind, title: string, lines: readonly string[]): void {
    this.nodes.set(id, { id, kind, title, lines: lines.filter((line) => line !== '') });
  }

  /** Ways of one start and one end are one way; with one that is always taken, it is always taken. */
  edge(from: string, to: string, label: string): void {
    const index = this.edges.findIndex((edge) => edge.from === from && edge.to === to);
    const known = this.edges[index]?.label;
    if (known === undefined) this.edges.push({ from, to, label });
    else this.edges[index] = { from, to, label: known === '' || label === '' ? '' : `${known} or ${label}` };
  }

  /** Draws the steps and gives the node at which they begin; behind the last one comes `next`. */
  sequence(steps: readonly Step[], next: string): string {
    let following = next;
    for (const step of steps.toReversed()) following = this.step(step, following);
    return following === 'exit:completed' ? this.exit('completed') : following;
  }

  private step(step: Step, next: string): string {
    if (step.verb === 'exit' || step.verb === 'goto') return this.leaving(step, next);
    const id = step.id === null ? this.name() : `step:${step.id}`;
    this.node(id, kinds[step.verb] ?? 'action', step.id ?? step.verb, [step.time, step.guard, step.text]);
    for (const way of step.ways) this.way(id, way, next);
    if (step.guard !== '') this.edge(id, this.end(next), 'if not');
    return id;
  }

  private way(id: string, way: Way, next: string): void {
    const behind = way.kind === 'round' ? id : next;
    this.edge(id, way.steps.length === 0 ? this.end(behind) : this.sequence(way.steps, behind), way.label);
  }

  private leaving(step: Step, next: string): string {
    const target = step.verb === 'exit' ? this.exit(step.target) : `step:${step.target}`;
    if (step.guard === '' && step.time === '') return target;
    const id = step.id === null ? this.name() : `step:${step.id}`;
    this.node(id, 'choice', step.id ?? `${step.verb} ${step.target}`, [step.time, step.guard]);
    this.edge(id, target, step.guard === '' ? '' : 'yes');
    if (step.guard !== '') this.edge(id, this.end(next), 'no');
    return id;
  }

  private end(next: string): string {
    return next === 'exit:completed' ? this.exit('completed') : next;
  }

  private exit(reason: string): string {
    const id = `exit:${reason}`;
    this.node(id, 'exit', reason, []);
    return id;
  }

  private name(): string {
    this.unnamed += 1;
    return `unnamed:${this.unnamed}`;
  }

  /** Nodes in the order of the ways from the entry; what is only watched comes last. */
  picture(title: string): Picture {
    const order = this.fromEntry();
    const starts = (id: string) => this.edges.filter((edge) => edge.to === id).length;
    const ids = [...order, ...[...this.nodes.keys()].filter((id) => !order.has(id))];
    const nodes = ids.map((id) => ({ ...this.nodes.get(id)!, isRejoin: starts(id) > 1 }));
    const rank = new Map(ids.map((id, index) => [id, index]));
    const edges = this.edges.toSorted((a, b) => rank.get(a.from)! - rank.get(b.from)!);
    return { title, nodes, edges };
  }

  private fromEntry(): ReadonlySet<string> {
    const seen = new Set<string>();
    const visit = (id: string): void => {
      if (seen.has(id) || !this.nodes.has(id)) return;
      seen.add(id);
      for (const edge of this.edges) if (edge.from === id) visit(edge.to);
    };
    visit('entry');
    return seen;
  }
}
