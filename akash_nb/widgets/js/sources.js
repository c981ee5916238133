// Where a text can come from, and where it can go: scaffolds, the service's templates, files of the reader's machine.

import { undo } from "@codemirror/commands";

import { h, keyed, setText, show } from "../static/base.js";

const MOST_BYTES = 512 * 1024;
const MOST_SHOWN = 60;

const matches = (words, texts) => {
  const all = texts.join(" ").toLowerCase();
  return words.every((word) => all.includes(word));
};

// `say` reads a text out; `push` sends what was typed last, so that the new text comes after it.
export const sources = ({ model, send, push, textOf, viewOf, say }) => {
  const press = (name, values = {}) => {
    push();
    send({ press: name, with: values });
  };
  const close = () => {
    menu.open = false;
    toggle.focus();
  };
  const choose = (name, values) => {
    close();
    press(name, values);
  };

  const find = h("input", { type: "search", class: "aknb-field", placeholder: "Find…", "aria-label": "Find a scaffold or template", oninput: () => draw() });
  const list = h("ul", { "aria-label": "Scaffolds and templates" });
  const state = h("p", { class: "aknb-faint", role: "status" });
  // At once, so that what is typed next is typed into it: the event that tells of an opening comes later.
  const toggle = h("summary", { onclick: (event) => {
    event.preventDefault();
    if (menu.open) return void close();
    menu.open = true;
    send({ press: "templates", with: {} });
    find.value = "";
    draw();
    find.focus();
  } }, "Start from");
  const menu = h("details", { class: "aknb-menu" }, toggle, h("div", { class: "aknb-menu-panel" }, find, list, state));
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) close();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const stops = [find, ...list.querySelectorAll("button")];
    stops[Math.max(0, stops.indexOf(document.activeElement) + step)]?.focus();
  });
  const leave = (event) => { if (!menu.contains(event.target)) menu.open = false; };
  document.addEventListener("pointerdown", leave);

  const make = ({ press: name, values, title, about }) =>
    h("li", {}, h("button", { type: "button", onclick: () => choose(name, values) }, h("b", {}, title), h("span", { class: "aknb-faint" }, about)));
  const draw = () => {
    const { scaffolds, templates, note } = model.get("sources");
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const items = [
      ...scaffolds.map(([name, about]) => ({ press: "scaffold", values: { name }, title: name, about })),
      ...templates.map(([id, name, category, about]) => ({ press: "template", values: { template_id: id }, title: name, about: `${category}: ${about}` })),
    ].filter(({ title, about }) => matches(words, [title, about]));
    keyed(list, items.slice(0, MOST_SHOWN), (item) => JSON.stringify(item), make, () => {});
    const rest = items.length - MOST_SHOWN;
    setText(state, rest > 0 ? `and ${rest} more: type to find them` : items.length ? note : "There is none of that name.");
    show(state, Boolean(state.textContent));
  };

  // ---- files

  const complain = (what) => {
    setText(wrong, what);
    show(wrong, Boolean(what));
  };
  const wrong = h("p", { class: "aknb-file-error", role: "alert", hidden: true });
  const picker = h("input", { type: "file", accept: ".yaml,.yml,text/yaml,text/plain", hidden: true, "aria-hidden": "true", tabindex: "-1", onchange: async () => {
    const [file] = picker.files;
    picker.value = ""; // the same file can be opened again
    if (!file) return;
    if (file.size > MOST_BYTES) return void complain(`${file.name} is larger than 512 KB: no SDL is. The text stays as it was.`);
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
      complain("");
      press("take", { name: file.name, text });
    } catch {
      complain(`${file.name} is no text (UTF-8). The text stays as it was.`);
    }
  } });
  const open = h("button", { type: "button", onclick: () => picker.click() }, "Open…");
  const download = h("button", { type: "button", onclick: () => {
    const href = `data:text/yaml;charset=utf-8,${encodeURIComponent(textOf())}`;
    h("a", { href, download: model.get("sources").file }).click();
  } }, "Download");

  // ---- what was done

  const said = h("span");
  const back = h("button", { type: "button", onclick: () => {
    undo(viewOf());
    viewOf().focus();
  } }, "Undo");
  const notice = h("p", { class: "aknb-loaded", hidden: true }, said, back);

  model.on("change:sources", draw);
  return {
    buttons: [menu, open, download, picker],
    notes: [wrong, notice],
    update: ({ loaded }) => {
      show(notice, Boolean(loaded));
      if (loaded && said.textContent !== loaded) say(loaded);
      setText(said, loaded);
    },
    dispose: () => {
      document.removeEventListener("pointerdown", leave);
      model.off("change:sources", draw);
    },
  };
};
