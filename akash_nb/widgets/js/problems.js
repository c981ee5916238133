// The engine's problems as underlines and gutter marks, and its fixes as one click or one key.

import { forEachDiagnostic, setDiagnostics } from "@codemirror/lint";

const MOST_LINES = 200; // of one underline

// A place of the engine (line and column from 1, in code points) as an offset; it may belong to an older text.
export const offsetOf = (doc, line, column) => {
  const { from, text } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const isPlain = !/[\ud800-\udfff]/.test(text.slice(0, 2 * column));
  const units = isPlain ? column - 1 : [...text].slice(0, column - 1).join("").length;
  return from + Math.min(Math.max(units, 0), text.length);
};

// From where to where; at least one character, so that there is something to see.
const span = (doc, { line, column, end_line: endLine, end_column: endColumn }) => {
  const from = offsetOf(doc, line, column);
  const to = offsetOf(doc, Math.min(endLine, line + MOST_LINES), endColumn);
  if (to > from) return [from, to];
  const { from: start, to: end } = doc.lineAt(from);
  return from < end ? [from, from + 1] : [Math.max(start, from - 1), from];
};

// Do what a fix says, if the text there is still the one it was made for.
export const applyFix = (view, { line, column, old, new: insert }) => {
  const { doc } = view.state;
  const from = offsetOf(doc, line, column);
  if (doc.sliceString(from, from + old.length) !== old) return false;
  view.dispatch({ changes: { from, to: from + old.length, insert }, selection: { anchor: from + insert.length }, userEvent: "input.fix", scrollIntoView: true });
  view.focus();
  return true;
};

const messageNode = ({ message, hint }) => {
  const node = document.createElement("span");
  node.append(message);
  if (hint) node.append(Object.assign(document.createElement("em"), { textContent: ` ${hint}` }));
  return node;
};

// Problems of `doc`, shown in a view that has `changes` more.
export const showProblems = (view, doc, changes, problems) => {
  const found = problems.map((problem) => {
    const [from, to] = span(doc, problem);
    const actions = problem.fix ? [{ name: problem.fix.label, apply: () => applyFix(view, problem.fix) }] : [];
    const mapped = [changes.mapPos(from, 1), changes.mapPos(to, -1)];
    return {
      from: Math.min(...mapped),
      to: Math.max(...mapped),
      severity: problem.severity,
      message: problem.message,
      renderMessage: () => messageNode(problem),
      actions,
    };
  });
  view.dispatch(setDiagnostics(view.state, found));
};

// The first fix that there is on the cursor's line.
export const fixHere = (view) => {
  const line = view.state.doc.lineAt(view.state.selection.main.head);
  let action = null;
  forEachDiagnostic(view.state, (diagnostic, from, to) => {
    if (from <= line.to && to >= line.from) action ??= diagnostic.actions?.[0];
  });
  action?.apply();
  return action !== null;
};
