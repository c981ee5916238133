// Shared by all widgets; Python puts it in front of each widget's script, the bundled ones import it. No imports, no
// network.

// An element: h("button", { class: "x", onclick: f, "aria-label": "…" }, "text", child).
// Text always becomes a text node: what providers wrote is never read as HTML.
const h = (tag, props = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else setAttr(node, name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};

// Both change the page only where something differs, so that focus, selection and scroll survive an update.
const setAttr = (node, name, value) => {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? "" : String(value));
};
const setText = (node, value) => {
  const text = value ?? "";
  if (node.childNodes.length === 1 && node.firstChild.nodeType === Node.TEXT_NODE) {
    if (node.firstChild.data !== text) node.firstChild.data = text;
  } else if (node.textContent !== text) node.textContent = text;
};
const show = (node, visible) => { if (node.hidden === visible) node.hidden = !visible; };

// Children in step with items: made once per key, updated in place, moved only when out of order.
const keyed = (parent, items, keyOf, make, update) => {
  const present = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const wanted = new Set(items.map((item) => String(keyOf(item))));
  for (const [key, node] of present) if (!wanted.has(key)) node.remove(); // first, so that the others need not move
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let node = present.get(key);
    if (!node) {
      node = make(item);
      node.dataset.key = key;
    }
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
    update(node, item);
  }
  if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
};

// A web address as a link, and nothing else as one.
const link = (uri) =>
  /^https?:\/\//.test(uri)
    ? h("a", { href: uri, target: "_blank", rel: "noopener noreferrer" }, uri)
    : h("span", {}, uri);

// A polite live region that speaks at most every five seconds, and the last text in the end.
const announcer = () => {
  const node = h("div", { class: "aknb-unseen", role: "status", "aria-live": "polite" });
  let timer = null;
  let pending = null;
  const speak = () => {
    timer = null;
    if (pending === null) return;
    setText(node, pending);
    pending = null;
    timer = setTimeout(speak, 5000);
  };
  return {
    node,
    say: (text) => {
      if (text === (pending ?? node.textContent)) return;
      pending = text;
      if (timer === null) speak();
    },
    dispose: () => clearTimeout(timer),
  };
};

// The error area: what happened, what it means, what to do.
const errorArea = (send) => {
  const [what, means, todo] = ["what", "means", "todo"].map((name) => h("p", { class: `aknb-${name}` }));
  const box = h("div", { class: "aknb-body", role: "alert" });
  const node = h("div", { class: "aknb-error", hidden: true },
    h("span", { class: "aknb-icon", "aria-hidden": "true" }, "!"), box,
    h("button", { type: "button", class: "aknb-quiet", "aria-label": "Dismiss", onclick: () => send({ dismiss: true }) }, "✕"));
  return {
    node,
    update: (error) => {
      show(node, Boolean(error));
      for (const part of [what, means, todo]) setText(part, error?.[part.className.slice(5)]);
      box.replaceChildren(...[what, means, todo].filter((part) => error && part.textContent));
    },
  };
};

// The head of a column that can be sorted by: a button with its label and the mark of the way, "" for none.
const sortHead = (node, way) => {
  setAttr(node, "aria-sort", way || "none");
  setText(node.firstChild.lastChild, { ascending: " ▲", descending: " ▼" }[way]);
};

// What a foot says: as of when, and what money is converted with; the latter once in views beside each other.
const footNote = ({ note, prices, quiet }) => [note, quiet ? "" : prices].filter(Boolean).join(" · ");

const mockBadge = () =>
  h("span", { class: "aknb-mock", title: "The bundled simulated market: no real money, no network" }, "MOCK");

const BEAT_MS = 5000;
const SILENT_MS = 20000; // a beat without an answer
const SLOW_MS = 3000; // a click without one

// The widget's life in the page: draws `view`, beats while it is seen, says when the kernel is silent.
const mount = (build) => ({ model, el }) => {
  const id = Math.random().toString(36).slice(2);
  const root = h("section", { class: "aknb" });
  const silence = h("p", { class: "aknb-silent", role: "status", hidden: true });
  let answered = Date.now();
  let asked = null; // since when an answer is missing
  let clicked = null; // since when one to a click is missing
  const send = (message) => {
    asked ??= Date.now();
    if (!("beat" in message || "resend" in message)) clicked ??= Date.now();
    try { model.send(message); } catch { /* the kernel is gone: the silence notice says so */ }
  };
  const listen = (message) => {
    if (!message.ack) return;
    answered = Date.now();
    asked = clicked = null;
    show(silence, false);
  };
  // JupyterLab marks the widgets of a kernel that has ended.
  const isDead = () => root.closest(".jupyter-widgets-disconnected") !== null;
  // Not behind another tab, of the browser, of the host or of the studio.
  const isSeen = () => document.visibilityState === "visible" && root.getClientRects().length > 0;
  let wasSeen = false;
  const beat = () => {
    wasSeen = isSeen();
    if (wasSeen) send({ beat: id });
  };
  const silenceText = () => {
    const then = new Date(answered).toLocaleTimeString();
    if (isDead()) return `The kernel has ended: this is from ${then}. Run the cell again; Resume finds what is open.`;
    const isSlow = clicked !== null && Date.now() - clicked > SLOW_MS;
    if (asked === null || Date.now() - asked <= SILENT_MS) return isSlow ? "The kernel is busy: your click waits for its turn." : "";
    return `The kernel is busy or gone: this is from ${then}.${isSlow ? " Your click has not been answered: it may still be carried out." : ""}`;
  };
  // The static picture below a live view is for when there is none.
  const hidePicture = (hidden) => {
    const area = root.closest(".jp-OutputArea, .cell_container"); // of JupyterLab, of VS Code
    for (const picture of area?.querySelectorAll(".aknb-still") ?? []) {
      const output = picture.closest(".jp-OutputArea-child") ?? picture;
      if (output.hidden !== hidden) output.hidden = hidden;
      output.style.display = hidden ? "none" : "";
    }
  };
  const watch = () => {
    hidePicture(true);
    if (isSeen() && !wasSeen) beat();
    const text = silenceText();
    root.classList.toggle("aknb-dead", isDead());
    setText(silence, text);
    show(silence, Boolean(text) && !model.get("view").quiet);
  };
  let part = null;
  const draw = () => {
    try {
      part ??= build({ model, root, send, isWaiting: () => clicked !== null || isDead() });
      part.update(model.get("view"));
    } catch (error) {
      root.replaceChildren(h("p", { role: "alert" }, `This view could not be drawn: ${error}`));
      throw error;
    }
  };
  // The notebook's one-letter commands must not fire while a control in here has the focus.
  root.addEventListener("keydown", (event) => {
    const command = event.ctrlKey || event.metaKey;
    const isOurs = !(command || event.altKey) || event.key === "Enter" || (command && /^[zya]$/i.test(event.key));
    if (isOurs) event.stopPropagation();
    if (event.repeat && event.key === "Enter" && event.target.tagName === "BUTTON") event.preventDefault();
  });
  // JupyterLab takes the undo of any text in a notebook for its own.
  root.addEventListener("beforeinput", (event) => {
    if (event.inputType.startsWith("history")) event.stopPropagation();
  }, { capture: true });
  el.replaceChildren(root);
  draw();
  root.append(silence);
  model.on("change:view", draw);
  model.on("msg:custom", listen);
  document.addEventListener("visibilitychange", beat);
  const timers = [setInterval(beat, BEAT_MS), setInterval(watch, 1000)];
  requestAnimationFrame(() => { // not in the page before
    hidePicture(true);
    beat();
  });
  return () => {
    timers.forEach(clearInterval);
    document.removeEventListener("visibilitychange", beat);
    model.off("change:view", draw);
    model.off("msg:custom", listen);
    part?.dispose?.();
    hidePicture(false);
    el.replaceChildren(); // the host keeps `el` for as long as the page lives
    try { model.send({ gone: id }); } catch { /* nobody is left to tell */ }
  };
};

export { announcer, errorArea, footNote, h, keyed, link, mockBadge, mount, setAttr, setText, show };
