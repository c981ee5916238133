// Where a place in the text is in the document, by indentation alone: that also works while the YAML is broken.

const KEY = /^("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#'"[\]{},&*!|>%@`][^#]*?)\s*:(?=\s|$)/;
const LEAD = /^\s*(?:-(?:\s+|$))*/;

const unquoted = (text) => (/^(["']).*\1$/.test(text) ? text.slice(1, -1) : text);

// What opens on a line, from left to right: list items as "-", then a key; `to` is where its text ends.
export const openers = (text) => {
  if (/^\s*(#|$)/.test(text)) return [];
  const [lead] = LEAD.exec(text);
  const found = [...lead.matchAll(/-/g)].map(({ index }) => ({ at: index, to: index + 1, step: "-" }));
  const key = KEY.exec(text.slice(lead.length));
  if (key) found.push({ at: lead.length, to: lead.length + key[1].length, step: unquoted(key[1]) });
  return found;
};

// The steps from the root to what stands in column `at` (from 0) of a line, without itself.
export const parentsOf = (doc, number, at) => {
  const path = [];
  let limit = at;
  let orEqual = false; // a list may stand as far left as its key
  for (let n = number; n > 0 && (limit > 0 || orEqual); n -= 1) {
    for (const { at: column, step } of openers(doc.line(n).text).reverse()) {
      if (column >= limit && !(orEqual && step !== "-" && column === limit)) continue;
      path.unshift(step);
      limit = column;
      orEqual = step === "-";
    }
  }
  return path;
};

// The names right below a path of keys, such as those of the services.
export const namesUnder = (doc, steps) => {
  const found = [];
  const open = [];
  for (let n = 1; n <= doc.lines; n += 1) {
    for (const opener of openers(doc.line(n).text)) {
      while (open.length && open.at(-1).at >= opener.at) open.pop();
      open.push(opener);
      if (open.length === steps.length + 1 && steps.every((step, i) => open[i].step === step)) found.push(opener.step);
    }
  }
  return found;
};

// The other keys of the mapping that has a key in column `at` of this line.
export const siblingsOf = (doc, number, at) => {
  const found = new Set();
  for (const by of [-1, 1]) {
    for (let n = number + by; n > 0 && n <= doc.lines; n += by) {
      const opens = openers(doc.line(n).text);
      const same = opens.find((opener) => opener.at === at && opener.step !== "-");
      const left = opens.some((opener) => opener.at < at);
      if (same && !(left && by > 0)) found.add(same.step);
      if (left) break;
    }
  }
  return found;
};
