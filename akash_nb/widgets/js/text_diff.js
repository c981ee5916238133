// The changes from one text to another, as small as they can be had cheaply, so that cursor and folds stay in place.

const MOST_CELLS = 250_000; // of the table that pairs lines; larger changes are one piece

const common = (a, b, most, at) => {
  let n = 0;
  while (n < most && at(a, n) === at(b, n)) n += 1;
  return n;
};
const first = (a, n) => a[n];
const last = (a, n) => a[a.length - 1 - n];

// One changed piece of text, without what both ends have in common.
const trimmed = (from, old, text) => {
  const least = Math.min(old.length, text.length);
  const head = common(old, text, least, first);
  const tail = common(old, text, least - head, last);
  return { from: from + head, to: from + old.length - tail, insert: text.slice(head, text.length - tail) };
};

// Longest common subsequence of lines, as pairs of indices.
const pairs = (a, b) => {
  const width = b.length + 1;
  const best = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      best[i * width + j] = a[i] === b[j]
        ? best[(i + 1) * width + j + 1] + 1
        : Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
    }
  }
  const found = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) found.push([i++, j++]);
    else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return found;
};

const lines = (text) => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

export const textDiff = (old, text) => {
  const { from, to, insert } = trimmed(0, old, text);
  // whole lines around what differs, so that lines can be paired
  const start = old.lastIndexOf("\n", from - 1) + 1;
  const [a, b] = [lines(old.slice(start, to)), lines(old.slice(start, from) + insert)];
  if (from === to || !insert || a.length * b.length > MOST_CELLS) return from === to && !insert ? [] : [{ from, to, insert }];
  const found = [];
  let [i, j, at] = [0, 0, start];
  for (const [nextI, nextJ] of [...pairs(a, b), [a.length, b.length]]) {
    const gone = a.slice(i, nextI).join("");
    const come = b.slice(j, nextJ).join("");
    if (gone || come) found.push(trimmed(at, gone, come));
    at += gone.length + (a[nextI]?.length ?? 0);
    [i, j] = [nextI + 1, nextJ + 1];
  }
  return found;
};
