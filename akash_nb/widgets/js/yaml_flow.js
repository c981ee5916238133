// Where a place between `{` and `}` or `[` and `]` is in the document; like the rest by the text alone, so that it also
// works while brackets are missing.

import { openers, parentsOf } from "./yaml_path.js";

const MOST_LINES = 40; // up to where the first bracket is looked for

const START = /^\s*:?\s*(?:[&!]\S+\s+)*(?=[{[])/;

const unquoted = (text) => (/^(["']).*\1$/.test(text) ? text.slice(1, -1) : text);

// What is open at the end of a text that begins with a bracket: from the outermost one inwards, each with the key that
// its value belongs to (null: a key comes) and the keys before; `typed` has been written there. Null where nothing is
// open, and in quotes and comments.
const scan = (text) => {
  const open = [];
  let from = 0;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    const inner = open.at(-1);
    if (char === '"' || char === "'") {
      i = text.indexOf(char, i + 1);
      if (i < 0) return null;
    } else if (char === "#" && /\s/.test(text[i - 1])) {
      i = text.indexOf("\n", i);
      if (i < 0) return null;
    } else if (char === "{" || char === "[") {
      open.push({ kind: char, key: null, keys: new Set() });
      from = i + 1;
    } else if (char === "}" || char === "]") {
      open.pop();
      if (!open.length) return null;
      from = i + 1;
    } else if (char === ",") {
      inner.key = null;
      from = i + 1;
    } else if (char === ":" && inner.kind === "{" && inner.key === null && /^\s?$/.test(text[i + 1] ?? "")) {
      inner.key = unquoted(text.slice(from, i).trim());
      inner.keys.add(inner.key);
      from = i + 1;
    }
  }
  return open.length ? { open, typed: text.slice(from).trimStart() } : null;
};

// The place in column `at` (from 0) of a line: `path` from the root to what it belongs to; `isKey` where a key comes;
// `taken` are the keys beside it. Null where it is not in brackets.
export const flowAt = (doc, number, at) => {
  let text = doc.line(number).text.slice(0, at);
  let least = Infinity; // how far left what stands below the first bracket begins
  for (let n = number; n > 0 && n > number - MOST_LINES; n -= 1) {
    const line = doc.line(n).text;
    if (n < number) text = `${line}\n${text}`;
    const found = openers(line);
    const last = found.at(-1);
    const start = last && START.exec(text.slice(last.to));
    if (start && found[0].at < least) {
      const inside = scan(text.slice(last.to + start[0].length));
      if (inside) {
        const { open, typed } = inside;
        const steps = open.flatMap(({ kind, key }) => (kind === "[" ? ["-"] : key === null ? [] : [key]));
        const { kind, key, keys } = open.at(-1);
        return { path: [...parentsOf(doc, n, last.at), last.step, ...steps], isKey: kind === "{" && key === null, taken: keys, typed };
      }
    }
    if (line.trim()) least = Math.min(least, /^\s*/.exec(line)[0].length);
  }
  return null;
};
