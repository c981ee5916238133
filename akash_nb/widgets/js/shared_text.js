// One text, changed here and in Python. Each version has a name, its revision; a change says which revision it is of,
// and Python takes it only if nothing came in between. Else the newer text comes here, what was typed since is put on
// top of it, and goes out again. So neither side loses what the other did not see.

import { isolateHistory } from "@codemirror/commands";
import { Annotation, ChangeSet, Text } from "@codemirror/state";

import { textDiff } from "./text_diff.js";

const DEBOUNCE_MS = 120;

const fromOutside = Annotation.define();

const toText = (text) => Text.of(text.split(/\r\n?|\n/));

export const sharedText = ({ model, send }) => {
  let { text, revision } = model.get("doc");
  let base = toText(text); // what Python has
  let flights = []; // changes on their way to it: { id, changes, doc }
  let unsent = ChangeSet.empty(base.length); // what was typed since
  let timer = null;
  let view = null;

  const local = () => flights.reduceRight((later, { changes }) => changes.compose(later), unsent);

  const push = () => {
    clearTimeout(timer);
    timer = null;
    if (unsent.empty) return;
    const id = Math.random().toString(36).slice(2);
    const { doc } = view.state;
    const ends = text.includes("\r\n") ? "\r\n" : "\n";
    send({ edit: { base: flights.at(-1)?.id ?? revision, revision: id, text: doc.toString().replaceAll("\n", ends) } });
    flights.push({ id, changes: unsent, doc });
    unsent = ChangeSet.empty(doc.length);
  };

  const listen = (update) => {
    if (!update.docChanged || update.transactions.some((each) => each.annotation(fromOutside))) return;
    unsent = unsent.compose(update.changes);
    clearTimeout(timer);
    timer = setTimeout(push, DEBOUNCE_MS);
  };

  const pull = () => {
    const next = model.get("doc");
    if (next.revision === revision) return;
    ({ text, revision } = next);
    const landed = flights.findIndex(({ id }) => id === revision);
    if (landed >= 0) {
      base = flights[landed].doc;
      flights = flights.slice(landed + 1);
      return;
    }
    const newer = toText(text);
    const theirs = ChangeSet.of(textDiff(base.toString(), newer.toString()), base.length);
    const ours = local();
    unsent = ours.map(theirs, true);
    base = newer;
    flights = [];
    // it can be undone here, by itself
    view.dispatch({ changes: theirs.map(ours), annotations: [fromOutside.of(true), isolateHistory.of("full")] });
    push();
  };

  model.on("change:doc", pull);
  return {
    doc: base,
    listen,
    push,
    attach: (editor) => { view = editor; },
    // Calls back with the text that a revision means and how to map its places to what is shown; not when it is old.
    at: (wanted, callback) => { if (wanted === revision) callback(base, local()); },
    dispose: () => {
      model.off("change:doc", pull);
      push();
    },
  };
};
