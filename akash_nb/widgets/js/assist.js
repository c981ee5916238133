// What a key means, and what can be written at a place: from the reference that Python gives.

import { startCompletion } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import { StateEffect, StateField } from "@codemirror/state";
import { hoverTooltip, showTooltip } from "@codemirror/view";

import { h } from "../static/base.js";
import { flowAt } from "./yaml_flow.js";
import { namesUnder, openers, parentsOf, siblingsOf } from "./yaml_path.js";

const STEP = "  ";

const nodeOf = (path) => ({ path, doc: "", values: [], names: "", children: new Map() });

// The flat tables of paths as a tree.
export const makeTree = ({ keys, values, names }) => {
  const root = nodeOf("");
  const at = (path) => path.split("/").reduce((node, step) => {
    if (!node.children.has(step)) node.children.set(step, nodeOf(node.path ? `${node.path}/${step}` : step));
    return node.children.get(step);
  }, root);
  for (const [path, doc] of Object.entries(keys)) at(path).doc = doc;
  for (const [path, given] of Object.entries(values)) at(path).values = given;
  for (const [path, source] of Object.entries(names)) at(path).names = source;
  return root;
};

const find = (root, steps) =>
  steps.reduce((node, step) => node?.children.get(step) ?? (step === "-" ? undefined : node?.children.get("*")), root);

// ---- what a key means

// The key at a place of a line: where it is, and the path to it.
const keyAt = (doc, line, column) => {
  const block = openers(line.text).find(({ at, to, step }) => step !== "-" && at <= column && column <= to);
  if (block) return { ...block, path: [...parentsOf(doc, line.number, block.at), block.step] };
  const at = column - /[\w./-]*$/.exec(line.text.slice(0, column))[0].length;
  const word = /^([\w./-]+)\s*:(\s|$)/.exec(line.text.slice(at))?.[1];
  const flow = word && flowAt(doc, line.number, at);
  return flow?.isKey ? { at, to: at + word.length, path: [...flow.path, word] } : null;
};

const docAt = (tree, state, pos) => {
  const line = state.doc.lineAt(pos);
  const key = keyAt(state.doc, line, pos - line.from);
  const node = key && find(tree, key.path);
  if (!node?.doc) return null;
  const values = node.values.filter((value) => !/^[=@]/.test(value)).join(", ");
  const dom = () => h("div", { class: "aknb-doc", role: "tooltip" },
    h("code", {}, node.path.replaceAll("/", " › ")), h("p", {}, node.doc), values ? h("p", { class: "aknb-faint" }, values) : null);
  return { pos: line.from + key.at, end: line.from + key.to, above: true, create: () => ({ dom: dom() }), text: node.doc };
};

const setDoc = StateEffect.define();
const pinnedDoc = StateField.define({
  create: () => null,
  update: (shown, transaction) => {
    for (const effect of transaction.effects) if (effect.is(setDoc)) return effect.value;
    return transaction.docChanged || transaction.selection ? null : shown;
  },
  provide: (field) => showTooltip.from(field),
});

// Under the pointer, and at the cursor by key; `say` reads it out.
export const documentation = (tree, say) => {
  const show = (view) => {
    const line = view.state.doc.lineAt(view.state.selection.main.head);
    const key = openers(line.text).find(({ step }) => step !== "-");
    const doc = docAt(tree, view.state, view.state.selection.main.head) ?? (key ? docAt(tree, view.state, line.from + key.at) : null);
    view.dispatch({ effects: setDoc.of(doc) });
    say(doc?.text ?? "There is no key on this line that is known.");
    return true;
  };
  const hide = (view) => {
    if (!view.state.field(pinnedDoc)) return false;
    view.dispatch({ effects: setDoc.of(null) });
    return true;
  };
  return { show, hide, extension: [pinnedDoc, hoverTooltip((view, pos) => docAt(tree, view.state, pos), { hoverTime: 250 })] };
};

// ---- what can be written

// What goes in for a key: the key and what leads to its value.
const opening = (node, indent) => {
  const below = [...node.children.keys()];
  if (!below.length) return ": ";
  return `:\n${indent}${STEP}${below.every((step) => step === "-") ? "- " : ""}`;
};

const keyOption = (node, step, indent, dash) => ({
  label: dash + step,
  type: "property",
  info: node.doc || undefined,
  apply: (view, _, from, to) => {
    const insert = dash + step + opening(node, dash ? indent + STEP : indent);
    view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, userEvent: "input.complete" });
    startCompletion(view);
  },
});

// The same between brackets.
const flowKeyOption = (node, step) => ({
  label: step,
  type: "property",
  info: node.doc || undefined,
  apply: (view, _, from, to) => {
    const below = [...node.children.keys()];
    const [before, after] = !below.length ? ["", ""] : below.every((each) => each === "-") ? ["[", "]"] : ["{ ", " }"];
    const start = `${step}: ${before}`;
    view.dispatch({ changes: { from, to, insert: start + after }, selection: { anchor: from + start.length }, userEvent: "input.complete" });
    startCompletion(view);
  },
});

const inFlow = (tree, { path, isKey, taken, typed }, { state, pos, explicit }, catalogue) => {
  const node = find(tree, path);
  if (!node || !/^[\w.*-]*$/.test(typed) || (isKey && !typed && !explicit)) return null;
  const options = isKey
    ? [...node.children].filter(([step]) => step !== "*" && step !== "-" && !taken.has(step)).map(([step, child]) => flowKeyOption(child, step))
    : valuesOf(node, state.doc, catalogue, typed);
  const isWhole = options.some(({ label }) => label === typed);
  return options.length ? { from: pos - typed.length, options, filter: !isWhole } : null;
};

const valueOption = (label, detail) => ({ label, detail, type: "enum" });

// The values of a node; `=path` are names of the text, `@name` comes from the market.
const valuesOf = (node, doc, catalogue, typed) => {
  const found = node.values.flatMap((value) => {
    if (value.startsWith("=")) return namesUnder(doc, value.slice(1).split("/")).map((name) => valueOption(name));
    if (value.startsWith("@")) return catalogue()[value.slice(1)].map(([name, detail]) => valueOption(name, detail));
    return [valueOption(value)];
  });
  const units = new Set(node.values.map((value) => /^[\d.]+([A-Za-z]+)$/.exec(value)?.[1]).filter(Boolean));
  const number = /^\d+(\.\d+)?/.exec(typed)?.[0];
  const sized = number ? [...units].map((unit) => valueOption(number + unit)).filter(({ label }) => !node.values.includes(label)) : [];
  return [...sized, ...found].map((option, index) => ({ ...option, boost: 50 - Math.min(index, 99) }));
};

const keysOf = (node, state, line, at) => {
  const indent = " ".repeat(at);
  const taken = siblingsOf(state.doc, line.number, at);
  const options = [];
  for (const [step, child] of node.children) {
    if (step === "-") for (const [inner, leaf] of child.children) options.push(keyOption(leaf, inner, indent, "- "));
    else if (step !== "*" && !taken.has(step)) options.push(keyOption(child, step, indent, ""));
  }
  const own = node.children.get("*");
  if (own && node.names) {
    const names = namesUnder(state.doc, node.names.slice(1).split("/"));
    options.push(...names.filter((name) => !taken.has(name)).map((name) => keyOption(own, name, indent, "")));
  }
  return options;
};

const isLiteral = (state, pos) => {
  for (let node = syntaxTree(state).resolveInner(pos, -1); node; node = node.parent) {
    if (node.name === "Comment" || node.name.startsWith("BlockLiteral")) return true;
  }
  return false;
};

const AFTER_KEY = /^(\s*(?:- +)*)([^\s#"'][^#]*?|"[^"]*"|'[^']*')\s*:\s+([\w."-]*)$/;
const AT_START = /^(\s*(?:- +)*)([\w."/-]*)$/;

export const completion = (tree, catalogue) => (context) => {
  const { state, pos, explicit } = context;
  const line = state.doc.lineAt(pos);
  const before = line.text.slice(0, pos - line.from);
  if (isLiteral(state, pos)) return null;
  const flow = flowAt(state.doc, line.number, pos - line.from);
  if (flow) return inFlow(tree, flow, context, catalogue);
  const value = AFTER_KEY.exec(before);
  if (value) {
    const [, lead, key, typed] = value;
    const node = find(tree, [...parentsOf(state.doc, line.number, lead.length), key.replace(/^["']|["']$/g, "")]);
    const options = node ? valuesOf(node, state.doc, catalogue, typed) : [];
    const isWhole = options.some(({ label }) => label === typed); // then the others are what is wanted
    return options.length ? { from: pos - typed.length, options, filter: !isWhole } : null;
  }
  const start = AT_START.exec(before);
  if (!start || (!start[2] && !explicit && !/- $/.test(start[1]))) return null;
  const node = find(tree, parentsOf(state.doc, line.number, start[1].length));
  if (!node) return null;
  const options = [...keysOf(node, state, line, start[1].length), ...valuesOf(node, state.doc, catalogue, start[2])];
  return options.length ? { from: pos - start[2].length, options, validFor: /^[\w."/-]*$/ } : null;
};

