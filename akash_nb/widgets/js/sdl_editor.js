import { errorArea, h, keyed, mockBadge, mount, setAttr, setText, show } from "../static/base.js";

const DEBOUNCE_MS = 200;
const INDENT = "  ";

// One line of YAML as [class, text] pieces; `block` is the indentation of a running block scalar, or null.
const KEY = /^(\s*(?:- +)*)((?:"[^"]*"|'[^']*'|[^\s#:'"[\]{},&*!|>-][^:#]*?|[^\s:#])\s*)(:)(?=\s|$)/;
const PIECE = /("(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?)|(\s#.*$|^#.*$)|([&*][\w.-]+|![\w!.-]*)|((?<=^|[\s[,])(?:true|false|null|~|-?\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=$|[\s,\]}]))/g;
const tokens = (line, state) => {
  const indent = line.length - line.trimStart().length;
  if (state.block !== null && (line.trim() === "" || indent > state.block)) return [["str", line]];
  state.block = null;
  const found = [];
  let rest = line;
  const key = /^\s*#/.test(line) ? null : KEY.exec(line);
  if (key) {
    found.push(["", key[1]], ["key", key[2]], ["punct", key[3]]);
    rest = line.slice(key[0].length);
  }
  if (/(^|\s)[|>][+-]?\d?[+-]?\s*(#.*)?$/.test(rest)) state.block = indent;
  let at = 0;
  for (const match of rest.matchAll(PIECE)) {
    found.push(["", rest.slice(at, match.index)]);
    found.push([match[1] ? "str" : match[2] ? "note" : match[3] ? "anchor" : "num", match[0]]);
    at = match.index + match[0].length;
  }
  found.push(["", rest.slice(at)]);
  return found.filter(([, text]) => text);
};

// Pieces cut at the edges of the marks: [class, text, severity].
const marked = (pieces, marks) => {
  let at = 0;
  const cut = [];
  for (const [kind, text] of pieces) {
    const edges = new Set([0, text.length]);
    for (const { from, to } of marks) for (const edge of [from - at, to - at]) if (edge > 0 && edge < text.length) edges.add(edge);
    const stops = [...edges].sort((a, b) => a - b);
    for (let i = 0; i + 1 < stops.length; i += 1) {
      const hit = marks.find(({ from, to }) => from <= at + stops[i] && at + stops[i] < to);
      cut.push([kind, text.slice(stops[i], stops[i + 1]), hit?.severity]);
    }
    at += text.length;
  }
  return cut;
};

// Where a problem lies in its lines; it may belong to an older text, so everything is clamped.
const marksOf = (problems, lines) => {
  const byLine = new Map();
  for (const { line, column, end_line, end_column, severity } of problems) {
    for (let n = line; n <= Math.min(end_line, lines.length, line + 200); n += 1) {
      const text = lines[n - 1] ?? "";
      const first = n === line ? column - 1 : text.length - text.trimStart().length;
      const from = Math.max(0, Math.min(first, text.length - 1));
      const to = Math.max(n === end_line ? Math.min(end_column - 1, text.length) : text.length, from + 1);
      byLine.set(n, [...(byLine.get(n) ?? []), { from, to, severity }]);
    }
  }
  return byLine;
};

const editor = ({ model, root, send }) => {
  const own = `aknb-${Math.random().toString(36).slice(2)}`;
  let view = { problems: [] };
  let timer = null;

  const mock = mockBadge();
  const gutter = h("div", { class: "aknb-gutter", "aria-hidden": "true" });
  const paint = h("div", { class: "aknb-paint", "aria-hidden": "true" });
  const help = h("span", { id: `${own}-help`, class: "aknb-unseen" }, "Tab indents, Shift Tab outdents. To leave with Tab, press Escape first.");
  const area = h("textarea", { class: "aknb-text", spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off", "aria-label": "SDL", "aria-describedby": help.id });
  const stage = h("div", { class: "aknb-stage" }, paint, area);
  const pane = h("div", { class: "aknb-pane" }, gutter, stage);
  const verdict = h("b", { role: "status" });
  const groups = h("ul", { class: "aknb-groups" });
  const problems = h("ol", { class: "aknb-problems", "aria-label": "Problems" });
  const error = errorArea(send);
  const note = h("span", { class: "aknb-faint" });
  root.classList.add("aknb-sdl");
  root.append(
    h("header", { class: "aknb-head" }, mock, h("h3", {}, "SDL"), h("span", { class: "aknb-space" }), verdict),
    error.node, pane, help, problems, groups, h("footer", { class: "aknb-foot" }, h("span", { class: "aknb-space" }), note));

  const draw = () => {
    const lines = area.value.split("\n");
    const marks = marksOf(view.problems, lines);
    const state = { block: null };
    while (paint.children.length > lines.length) { paint.lastChild.remove(); gutter.lastChild.remove(); }
    lines.forEach((line, index) => {
      if (index >= paint.children.length) {
        paint.append(h("div"));
        gutter.append(h("div", {}, String(index + 1)));
      }
      const here = marks.get(index + 1) ?? [];
      const block = state.block;
      const pieces = tokens(line, state);
      const signature = JSON.stringify([line, block, here]);
      const [node, number] = [paint.children[index], gutter.children[index]];
      if (node.signature === signature) return;
      node.signature = signature;
      node.replaceChildren(...(line ? marked(pieces, here).map(([kind, text, severity]) =>
        h("span", { class: [kind && `aknb-y-${kind}`, severity && `aknb-mark-${severity}`].filter(Boolean).join(" ") || null }, text)) : [document.createTextNode("\u200b")]));
      const severity = here.some((mark) => mark.severity === "error") ? "error" : here.length ? "warning" : null;
      setAttr(number, "data-severity", severity);
    });
    area.style.height = "auto";
    area.style.height = `${paint.scrollHeight}px`;
    area.style.width = "auto";
    area.style.width = `max(100%, ${paint.scrollWidth + 8}px)`;
  };

  const push = () => {
    clearTimeout(timer);
    timer = null;
    if (model.get("value") === area.value) return;
    model.set("value", area.value);
    model.save_changes();
  };
  const typed = () => {
    draw();
    clearTimeout(timer);
    timer = setTimeout(push, DEBOUNCE_MS);
  };
  // Text from Python: only what differs is replaced, so that the cursor stays where it is.
  const pull = () => {
    const next = model.get("value");
    const old = area.value;
    if (next === old || timer !== null) return;
    let start = 0;
    while (start < Math.min(old.length, next.length) && old[start] === next[start]) start += 1;
    let end = 0;
    while (end < Math.min(old.length, next.length) - start && old[old.length - 1 - end] === next[next.length - 1 - end]) end += 1;
    replace(start, old.length - end, next.slice(start, next.length - end));
    draw();
  };
  // What a click beside the editor changes can be undone in it; that takes the focus for a moment, which is nobody
  // else's to lose.
  const replace = (start, stop, text) => {
    const active = document.activeElement;
    if (!active?.closest(".aknb")) {
      area.setRangeText(text, start, stop, "preserve");
      return;
    }
    const moved = (at) => (at >= stop ? at + text.length - (stop - start) : Math.min(at, start + text.length));
    const selection = [area.selectionStart, area.selectionEnd].map(moved);
    area.focus({ preventScroll: true });
    area.setSelectionRange(start, stop);
    if (!document.execCommand(text ? "insertText" : "delete", false, text)) area.setRangeText(text, start, stop);
    area.setSelectionRange(...selection);
    clearTimeout(timer); // it is not typed
    timer = null;
    active.focus({ preventScroll: true });
  };

  const indent = (back) => {
    const { selectionStart: from, selectionEnd: to, value } = area;
    if (!back && from === to) { insert(INDENT); return; }
    const start = value.lastIndexOf("\n", from - 1) + 1;
    const lines = value.slice(start, to).split("\n").map((line) => (back ? line.replace(/^ {1,2}/, "") : line && INDENT + line));
    area.setSelectionRange(start, to);
    insert(lines.join("\n"));
    area.setSelectionRange(from === to ? area.selectionEnd : start, area.selectionEnd);
  };
  // execCommand is old, but the only way that keeps the browser's undo.
  const insert = (text) => {
    if (!document.execCommand("insertText", false, text)) area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    typed();
  };
  let leaving = false;
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leaving = true;
    else if (event.key === "Tab" && !leaving && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      indent(event.shiftKey);
    } else if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
      const line = area.value.slice(area.value.lastIndexOf("\n", area.selectionStart - 1) + 1, area.selectionStart);
      event.preventDefault();
      insert(`\n${/^\s*/.exec(line)[0]}${/:\s*$/.test(line) ? INDENT : ""}`);
    } else if (event.key !== "Shift") leaving = false;
  });
  area.addEventListener("blur", () => { leaving = false; push(); });
  area.addEventListener("input", typed);

  const jump = ({ line, column }) => {
    const lines = area.value.split("\n");
    const at = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
    area.focus({ preventScroll: true });
    area.setSelectionRange(at, at);
    const row = paint.children[Math.min(line, paint.children.length) - 1];
    if (row) pane.scrollTop = Math.max(0, row.offsetTop - pane.clientHeight / 2);
  };
  const makeProblem = (problem) => h("li", { "data-severity": problem.severity },
    h("button", { type: "button", onclick: () => jump(problem) },
      h("span", { class: "aknb-place" }, `${problem.severity} ${problem.line}:${problem.column}`),
      h("span", {}, problem.message, problem.hint ? h("em", {}, ` ${problem.hint}`) : null)));

  const update = (next) => {
    view = next;
    show(mock, view.mock);
    setText(verdict, view.headline);
    setAttr(verdict, "data-verdict", view.verdict);
    keyed(problems, view.problems, (p) => JSON.stringify(p), makeProblem, () => {});
    show(problems, view.problems.length > 0);
    keyed(groups, view.groups, (g) => g.name, () => h("li", {}, h("b"), h("span"), h("strong")), (node, g) => {
      setText(node.children[0], g.name);
      setText(node.children[1], g.asks);
      setText(node.children[2], g.ceiling);
    });
    setText(note, view.note);
    error.update(view.error);
    pull();
    draw();
  };
  area.value = model.get("value");
  model.on("change:value", pull);
  const sized = new ResizeObserver(draw);
  sized.observe(pane);
  return { update, dispose: () => { sized.disconnect(); model.off("change:value", pull); push(); } };
};

export default { render: mount(editor) };
