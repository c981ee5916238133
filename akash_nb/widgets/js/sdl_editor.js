import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentService, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, nextDiagnostic, previousDiagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

import { announcer, errorArea, footNote, h, keyed, mockBadge, mount, setAttr, setText, show } from "../static/base.js";
import { completion, documentation, makeTree } from "./assist.js";
import { applyFix, fixHere, offsetOf, showProblems } from "./problems.js";
import { sharedText } from "./shared_text.js";
import { sources } from "./sources.js";
import { openers } from "./yaml_path.js";

const MOD = /Mac|iP(hone|ad)/.test(navigator.platform) ? "Cmd" : "Ctrl";
const KEYS = [
  [`${MOD}+Space`, "what can be written here"],
  ["F1", "what the key on this line means"],
  [`${MOD}+.`, "apply the fix on this line"],
  ["F8, Shift+F8", "next and previous problem"],
  [`${MOD}+F`, "find and replace"],
  [`${MOD}+Z, ${MOD}+${MOD === "Cmd" ? "Shift+Z" : "Y"}`, "undo, redo"],
  [MOD === "Cmd" ? "Cmd+Alt+[ and ]" : "Ctrl+Shift+[ and ]", "fold, unfold"],
  [`${MOD}+/`, "comment lines out and in"],
  ["Tab, Shift+Tab", "indent, outdent"],
  ["Escape, then Tab", "leave the editor"],
];

// JupyterLab takes these before they get to the page, unless the focus is in something with this mark.
const SUPPRESS = "data-lm-suppress-shortcuts";
const isOurs = ({ key, ctrlKey, metaKey }) => /^F(1|3|8)$/.test(key) || ((ctrlKey || metaKey) && /^([adfgikyzu./[\]{}]| |Home|End)$/i.test(key));

// A new line stands below the key of the one before, and deeper where that has no value yet, or an open bracket.
const isOpen = (text) => /:\s*(#.*)?$/.test(text) || text.replace(/[^[{]/g, "").length > text.replace(/[^\]}]/g, "").length;
const indentation = indentService.of((context, pos) => {
  const { text } = context.lineAt(pos, -1);
  const at = openers(text).at(-1)?.at ?? /^\s*/.exec(text)[0].length;
  return isOpen(text) ? at + 2 : at;
});

const editor = ({ model, root, send }) => {
  const own = `aknb-${Math.random().toString(36).slice(2)}`;
  const tree = makeTree(model.get("reference"));
  const live = announcer();
  const docs = documentation(tree, live.say);
  const text = sharedText({ model, send });

  const files = sources({ model, send, push: () => text.push(), textOf: () => view.state.doc.toString(), viewOf: () => view, say: live.say });
  const mock = mockBadge();
  const help = h("span", { id: `${own}-help`, class: "aknb-unseen" }, "Tab indents. To leave with Tab, press Escape first. The keys are listed below the editor.");
  const pane = h("div", { class: "aknb-pane" });
  const verdict = h("b", { role: "status" });
  const groups = h("ul", { class: "aknb-groups" });
  const [total, usual, basis, poor] = [h("strong"), h("span", { class: "aknb-usual" }), h("span", { class: "aknb-faint" }), h("p", { class: "aknb-poor" })];
  const market = h("p", {}, h("b", {}, "Market"), usual, basis);
  const cost = h("div", { class: "aknb-cost" }, total, market, poor);
  const against = h("b");
  const changes = h("ul", { "aria-label": "What differs from what is deployed" });
  const todo = h("p", { class: "aknb-faint" });
  const diff = h("div", { class: "aknb-diff" }, against, changes, todo);
  const makeChange = ({ text: change, takes, in_place: inPlace }) =>
    h("li", {}, h("code", {}, change), h("span", { class: "aknb-takes", "data-in-place": String(inPlace) }, takes));
  const problems = h("ol", { class: "aknb-problems", "aria-label": "Problems" });
  const error = errorArea(send);
  const note = h("span", { class: "aknb-faint" });
  const keys = h("details", { class: "aknb-keys" }, h("summary", {}, "Keys"),
    h("dl", {}, ...KEYS.flatMap(([key, does]) => [h("dt", {}, key), h("dd", {}, does)])));
  root.classList.add("aknb-sdl");
  root.append(
    h("header", { class: "aknb-head" }, mock, h("h3", {}, "SDL"), ...files.buttons, h("span", { class: "aknb-space" }), verdict),
    error.node, ...files.notes, pane, help, live.node, problems, groups, cost, diff,
    h("footer", { class: "aknb-foot" }, keys, h("span", { class: "aknb-space" }), note));

  const view = new EditorView({
    parent: pane,
    state: EditorState.create({
      doc: text.doc,
      extensions: [
        keymap.of([
          { key: "F1", run: docs.show },
          { key: "Escape", run: docs.hide },
          { key: "Mod-.", run: fixHere },
          { key: "F8", run: nextDiagnostic, shift: previousDiagnostic },
          ...closeBracketsKeymap, ...completionKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...defaultKeymap, indentWithTab,
        ]),
        lintGutter(), lineNumbers(), foldGutter(), codeFolding(), highlightActiveLine(), highlightActiveLineGutter(),
        history(), bracketMatching(), closeBrackets(), search({ top: true }), highlightSelectionMatches(),
        yaml(), syntaxHighlighting(classHighlighter), indentation, indentUnit.of("  "), EditorState.tabSize.of(2),
        autocompletion({ override: [completion(tree, () => model.get("catalogue"))], icons: false }),
        docs.extension,
        EditorView.updateListener.of(text.listen),
        EditorView.domEventHandlers({ blur: () => { text.push(); } }),
        EditorView.contentAttributes.of({ "aria-label": "SDL", "aria-describedby": help.id, spellcheck: "false", tabindex: "0" }),
      ],
    }),
  });
  text.attach(view);

  const claim = (event) => setAttr(pane, SUPPRESS, pane.contains(event.target) && isOurs(event) ? "true" : null);
  window.addEventListener("keydown", claim, { capture: true });

  const jump = ({ line, column }) => {
    view.dispatch({ selection: { anchor: offsetOf(view.state.doc, line, column) }, effects: EditorView.scrollIntoView(offsetOf(view.state.doc, line, column), { y: "center" }) });
    view.focus();
  };
  const makeProblem = (problem) => h("li", { "data-severity": problem.severity },
    h("button", { type: "button", onclick: () => jump(problem) },
      h("span", { class: "aknb-place" }, `${problem.severity} ${problem.line}:${problem.column}`),
      h("span", {}, problem.message, problem.hint ? h("em", {}, ` ${problem.hint}`) : null)),
    problem.fix ? h("button", { type: "button", class: "aknb-fix", onclick: () => applyFix(view, problem.fix) }, problem.fix.label) : null);

  const update = (next) => {
    setText(verdict, next.headline);
    setAttr(verdict, "data-verdict", next.verdict);
    show(mock, next.mock);
    keyed(problems, next.problems, (p) => JSON.stringify(p), makeProblem, () => {});
    show(problems, next.problems.length > 0);
    keyed(groups, next.groups, (g) => g.name, () => h("li", {}, h("b"), h("span"), h("strong")), (node, g) => {
      setText(node.children[0], g.name);
      setText(node.children[1], g.asks);
      setText(node.children[2], g.ceiling);
    });
    show(cost, Boolean(next.cost));
    setText(total, next.cost?.total);
    show(total, Boolean(next.cost?.total));
    setText(usual, next.cost?.market);
    setText(basis, next.cost?.basis);
    cost.classList.toggle("aknb-old", Boolean(next.cost?.is_old));
    setText(poor, next.cost?.warning);
    show(poor, Boolean(next.cost?.warning));
    setText(note, footNote(next));
    show(diff, Boolean(next.diff));
    setText(against, next.diff?.title);
    keyed(changes, next.diff?.changes ?? [], (change) => JSON.stringify(change), makeChange, () => {});
    show(changes, changes.children.length > 0);
    setText(todo, next.diff?.todo);
    show(todo, Boolean(next.diff?.todo));
    files.update(next);
    error.update(next.error);
  };
  const mark = () => text.at(model.get("checked"), (doc, changes) => showProblems(view, doc, changes, model.get("view").problems));
  model.on("change:checked", mark);
  mark();
  return {
    update,
    dispose: () => {
      window.removeEventListener("keydown", claim, { capture: true });
      model.off("change:checked", mark);
      files.dispose();
      text.dispose();
      live.dispose();
      view.destroy();
    },
  };
};

export default { render: mount(editor) };
