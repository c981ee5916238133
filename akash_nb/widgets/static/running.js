const TABS = { logs: "Logs", events: "Events", shell: "Shell" };
const MOST_LINES = 2000; // in the page; Python keeps more
const MOST_COMMANDS = 50;
const SVG = "http://www.w3.org/2000/svg";

let runningSerial = 0; // ids are per page, and there may be many views

const svg = (tag, props = {}, ...children) => {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) setAttr(node, name, value);
  node.append(...children);
  return node;
};

// The escrow's balance: solid as it was, dashed as it will go.
const burnDown = () => {
  const area = svg("path", { class: "aknb-area" });
  const past = svg("path", { class: "aknb-past" });
  const ahead = svg("path", { class: "aknb-ahead" });
  const now = svg("line", { class: "aknb-now", y1: 0, y2: 100 });
  const picture = svg("svg", { viewBox: "0 0 1000 100", preserveAspectRatio: "none", role: "img" }, area, past, ahead, now);
  const top = h("span");
  const begin = h("span");
  const until = h("span");
  const node = h("figure", { class: "aknb-burn", hidden: true }, h("figcaption", {}, "Balance of the escrow, at most ", top), picture, h("div", { class: "aknb-axis" }, begin, until));
  const update = (burn) => {
    show(node, Boolean(burn));
    if (!burn) return;
    setAttr(area, "d", burn.area);
    setAttr(past, "d", burn.past);
    setAttr(ahead, "d", burn.ahead);
    for (const end of ["x1", "x2"]) setAttr(now, end, burn.now);
    setAttr(picture, "aria-label", burn.words);
    setText(top, burn.top);
    setText(begin, burn.begin);
    setText(until, burn.until);
  };
  return { node, update };
};

// A text with what is searched for marked; the number of marks.
const marked = (node, text, query) => {
  node.replaceChildren();
  if (!query) {
    node.append(text);
    return 0;
  }
  const low = text.toLowerCase();
  let from = 0;
  let count = 0;
  for (let at = low.indexOf(query); at >= 0; at = low.indexOf(query, from)) {
    node.append(text.slice(from, at), h("mark", {}, text.slice(at, at + query.length)));
    from = at + query.length;
    count += 1;
  }
  node.append(text.slice(from));
  return count;
};

// Logs or events: lines that come, kept at the end until somebody scrolls up; search, filter, download.
const pane = (kind, { send, follow, announce }) => {
  let of = "";
  let next = 0; // how many lines there have been
  let service = "";
  let several = false;
  let query = "";
  let current = null;
  let stuck = true;
  let queue = [];
  let timer = null;

  const box = h("div", { class: "aknb-lines", tabindex: "0", role: "region", "aria-label": TABS[kind],
    onscroll: () => { stuck = box.scrollTop + box.clientHeight >= box.scrollHeight - 8; show(newest, !stuck); } });
  const search = h("input", { type: "search", class: "aknb-field", placeholder: "Search…", "aria-label": `Search the ${kind}`,
    oninput: () => { query = search.value.toLowerCase(); find(); },
    onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); step(event.shiftKey ? -1 : 1); } } });
  const hits = h("span", { class: "aknb-faint aknb-hits" });
  const before = h("button", { type: "button", "aria-label": "Previous match", onclick: () => step(-1) }, "↑");
  const after = h("button", { type: "button", "aria-label": "Next match", onclick: () => step(1) }, "↓");
  const following = h("input", { type: "checkbox", onchange: () => follow(following.checked) });
  const download = h("button", { type: "button", onclick: () => save() }, "Download");
  const newest = h("button", { type: "button", class: "aknb-newest", hidden: true, onclick: () => { toEnd(); box.focus(); } }, "Newest ↓");
  const gap = h("p", { class: "aknb-faint aknb-gap", hidden: true });
  const problem = h("p", { class: "aknb-trouble", hidden: true });
  const nothing = h("p", { class: "aknb-faint aknb-nothing" });
  const node = h("div", { class: "aknb-pane" },
    h("div", { class: "aknb-bar-row" }, h("label", { class: "aknb-check" }, following, "Follow"), search, before, after, hits, h("span", { class: "aknb-space" }), download),
    gap, h("div", { class: "aknb-frame" }, box, nothing, newest), problem);

  const toEnd = () => { box.scrollTop = box.scrollHeight; stuck = true; show(newest, false); };
  const lines = () => [...box.children];
  const fits = (line) => !service || line.dataset.service === service;
  const draw = (line) => {
    const count = marked(line.lastChild, line.text, query);
    setAttr(line, "data-hit", count ? "true" : null);
    if (!count) line.classList.remove("aknb-current");
    line.hidden = !fits(line);
    line.firstChild.hidden = !several;
  };
  const make = ([name, pod, text, mark]) => {
    const line = h("div", { class: "aknb-line", "data-service": name, "data-mark": mark || null }, h("b", { title: pod }, name), h("span"));
    line.text = text;
    draw(line);
    return line;
  };
  const found = () => lines().filter((line) => line.dataset.hit && !line.hidden);
  const count = () => {
    const all = query ? found() : [];
    const at = current ? all.indexOf(current) + 1 : 0;
    setText(hits, !query ? "" : all.length ? `${at ? `${at} of ` : ""}${all.length} ${all.length === 1 ? "line" : "lines"}` : "nothing found");
    for (const button of [before, after]) show(button, Boolean(query));
  };
  const find = () => {
    current = null;
    lines().forEach(draw);
    count();
    announce(hits.textContent);
  };
  const step = (way) => {
    const all = found();
    if (!all.length) return;
    const at = current ? all.indexOf(current) : way > 0 ? -1 : 0;
    current?.classList.remove("aknb-current");
    current = all[(at + way + all.length) % all.length];
    current.classList.add("aknb-current");
    current.scrollIntoView({ block: "nearest" });
    count();
    announce(hits.textContent);
  };
  const save = () => {
    const text = lines().filter(fits).map((line) => `${several ? `${line.dataset.service}  ` : ""}${line.text}\n`).join("");
    const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    h("a", { href: address, download: `${of}-${kind}.txt` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  };
  const say = () => {
    const lost = next - box.children.length;
    show(gap, lost > 0);
    setText(gap, `${lost.toLocaleString("en")} ${lost === 1 ? "line is" : "lines are"} not shown here: view.${kind} in Python has the last 10,000.`);
    setText(nothing, box.children.length ? "" : following.checked ? `No ${kind} yet.` : `Not followed: tick Follow to see ${kind}.`);
    count();
  };
  const flush = () => {
    timer = null;
    const fresh = queue.slice(-MOST_LINES).map(make);
    queue = [];
    box.append(...fresh);
    while (box.children.length > MOST_LINES) box.firstChild.remove();
    if (current && !current.isConnected) current = null;
    if (stuck) toEnd();
    say();
  };
  const take = (news) => {
    if (news.of !== of) reset(news.of);
    const known = Math.max(0, next - news.from); // a second page was told all again
    queue.push(...news.rows.slice(known));
    next = Math.max(next, news.from + news.rows.length);
    show(problem, Boolean(news.problem));
    setText(problem, news.problem);
    if (news.problem) announce(news.problem);
    timer ??= setTimeout(flush, document.hidden ? 100 : 16);
  };
  const reset = (key) => {
    of = key;
    next = 0;
    queue = [];
    current = null;
    box.replaceChildren();
    show(problem, false);
    stuck = true;
    say();
  };
  const update = ({ names, chosen, isFollowed, key }) => {
    if (key !== of) reset(key);
    following.checked = isFollowed;
    if (several !== names.length > 1 || service !== chosen) {
      several = names.length > 1;
      service = chosen;
      lines().forEach(draw);
      if (stuck) toEnd();
    }
    say();
  };
  return { node, take, update, shown: () => { if (stuck) toEnd(); }, dispose: () => clearTimeout(timer) };
};

// A command at a time: its output as it comes, errors marked, then its exit code.
const shell = ({ send, announce, isWaiting }) => {
  const history = [];
  let at = 0; // in the history
  let draft = "";
  let isRunning = false;
  const nodes = new Map();
  const box = h("div", { class: "aknb-lines aknb-terminal", tabindex: "0", role: "region", "aria-label": "Output of the commands" });
  const nothing = h("p", { class: "aknb-faint aknb-nothing" }, "Type a command: it runs in the container by sh -c, without a terminal.");
  const prompt = h("label", { class: "aknb-prompt" });
  const field = h("input", { type: "text", class: "aknb-field", "aria-label": "Command", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    onkeydown: (event) => {
      if (event.key === "ArrowUp" || event.key === "ArrowDown") { event.preventDefault(); recall(event.key === "ArrowUp" ? -1 : 1); }
      if (event.key === "c" && event.ctrlKey && field.selectionStart === field.selectionEnd && isRunning) send({ stop: true });
    } });
  const go = h("button", { type: "submit", class: "aknb-primary" }, "Run");
  const stop = h("button", { type: "button", title: "Ctrl+C in the field does the same", hidden: true, onclick: () => { send({ stop: true }); field.focus(); } }, "Stop");
  const form = h("form", { class: "aknb-command", onsubmit: (event) => {
    event.preventDefault();
    const text = field.value;
    if (!text.trim() || isRunning || isWaiting()) return;
    if (history.at(-1) !== text) history.push(text);
    at = history.length;
    draft = field.value = "";
    send({ run: text });
  } }, prompt, field, go, stop);
  const node = h("div", { class: "aknb-pane" }, h("div", { class: "aknb-frame" }, box, nothing), form);

  const recall = (way) => {
    if (at === history.length) draft = field.value;
    at = Math.min(Math.max(at + way, 0), history.length);
    field.value = at === history.length ? draft : history[at];
    field.setSelectionRange(field.value.length, field.value.length);
  };
  const take = (command, isWhole = false) => {
    const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 8;
    let entry = nodes.get(command.id);
    if (!entry) {
      const head = h("p", { class: "aknb-typed" });
      entry = { head, output: h("pre"), end: h("p", { class: "aknb-end" }) };
      nodes.set(command.id, entry);
      box.append(h("div", { class: "aknb-run" }, head, entry.output, entry.end));
      if (box.children.length > MOST_COMMANDS) box.firstChild.remove();
      if (isWhole) history.push(command.text);
    }
    if (isWhole) { entry.output.replaceChildren(); at = history.length; }
    setText(entry.head, `${command.service} $ ${command.text}`.trim());
    for (const [name, text] of command.parts) entry.output.append(h("span", { "data-stream": name, title: name === "stderr" ? "written to stderr" : null }, text));
    const code = command.code === null ? command.note : `exit code ${command.code}`;
    setText(entry.end, command.over ? code : "running …");
    setAttr(entry.end, "data-state", !command.over ? "running" : command.code === 0 ? "good" : "bad");
    isRunning = !command.over;
    show(stop, isRunning);
    show(go, !isRunning);
    show(nothing, false);
    if (command.over && !isWhole) announce(code);
    if (atEnd) box.scrollTop = box.scrollHeight;
  };
  const update = ({ names, chosen }) => {
    setText(prompt, `${chosen || (names.length === 1 ? names[0] : "")} $`.trim());
    setAttr(field, "placeholder", names.length > 1 && !chosen ? "Choose a service above, then type a command" : "ls -l");
  };
  return { node, take, all: (commands) => commands.forEach((command) => take(command, true)), update, shown: () => { box.scrollTop = box.scrollHeight; } };
};

const running = ({ model, root, send, isWaiting }) => {
  const own = `aknb-run-${Math.random().toString(36).slice(2)}-${(runningSerial += 1)}`;
  let view = null;
  const live = announcer();
  const set = (name, value) => { model.set(name, value); model.save_changes(); };
  const press = (name, values) => {
    if (!isWaiting() && buttons[name].node.getAttribute("aria-disabled") !== "true") send(values ? { press: name, with: values } : { press: name });
  };
  const button = (name, label, values) => {
    const why = h("span", { id: `${own}-${name}`, class: "aknb-unseen" });
    return { node: h("button", { type: "button", "data-action": name, "aria-describedby": why.id, onclick: () => press(name, values?.()) }, label), why };
  };
  const amount = h("input", { class: "aknb-field", type: "text", inputmode: "decimal", value: "1", "aria-label": "US dollars to add",
    onkeydown: (event) => { if (event.key === "Enter" && !event.repeat) press("deposit", { usd: amount.value }); } });
  const buttons = {
    refresh: button("refresh", "Refresh"),
    deposit: button("deposit", "Add funds", () => ({ usd: amount.value })),
    update: button("update", "Update"),
    close: button("close", "Close"),
  };
  const ready = h("span", { class: "aknb-faint" });
  const error = errorArea(send);
  const services = h("ul", { class: "aknb-services" });
  const figures = h("dl", { class: "aknb-figures" });
  const burn = burnDown();
  const head = deploymentHead("What runs", ready, h("span", { class: "aknb-space" }), buttons.refresh.node, buttons.refresh.why);

  const question = questionArea(send, isWaiting, (name) => [buttons[name]?.node, amount]);
  const doing = h("p", { class: "aknb-doing" });

  const picker = h("select", { class: "aknb-field", "aria-label": "Service", onchange: () => set("service", picker.value) });
  const common = { send, isWaiting, announce: (text) => live.say(text), follow: (on) => set("follow", on) };
  const parts = { logs: pane("logs", common), events: pane("events", common), shell: shell(common) };
  const tabs = Object.entries(TABS).map(([name, label]) => ({ name, label, panel: h("div", {}, parts[name].node) }));
  const strip = tabList(own, "What it tells", (name) => { set("tab", name); update(view); });
  strip.update(tabs, model.get("tab"));
  for (const { name, panel } of tabs) strip.join(name, panel);
  const told = h("section", { class: "aknb-told", "aria-label": "Logs, events and shell" }, h("div", { class: "aknb-tab-row" }, strip.node, h("span", { class: "aknb-space" }), picker), ...tabs.map(({ panel }) => panel));
  const empty = h("p", { class: "aknb-empty" });
  const trouble = h("span", { class: "aknb-trouble" });
  const note = h("span", { class: "aknb-faint" });
  const money = h("div", {}, figures,
    h("div", { class: "aknb-acts" }, h("span", { class: "aknb-dollar" }, "$", amount), ...["deposit", "update", "close"].flatMap((name) => [buttons[name].node, buttons[name].why])));
  const foot = h("footer", { class: "aknb-foot" }, trouble, h("span", { class: "aknb-space" }), note);
  // What the panel beside it says and does already.
  const panels = [ready, buttons.refresh.node, money, foot];
  root.classList.add("aknb-running");
  root.append(
    head.node, error.node, services, h("div", { class: "aknb-escrow" }, money, burn.node), question.node, doing, told, empty, foot, live.node);

  const makeService = () => h("li", {}, h("span", { class: "aknb-mark", "aria-hidden": "true" }), h("b"), h("span", { class: "aknb-faint" }), h("span", { class: "aknb-places" }));
  const makePlace = ([text, address]) => (address ? h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text) : h("code", {}, text));
  const setService = (node, service) => {
    setAttr(node, "data-ready", String(service.is_ready));
    setText(node.children[0], service.is_ready ? "✓" : "…");
    setText(node.children[1], service.name);
    setText(node.children[2], service.ready);
    keyed(node.children[3], service.places, (place) => place.join(" "), makePlace, () => {});
  };

  const update = (next) => {
    view = next;
    head.update(view);
    setText(ready, view.ready);
    for (const part of panels) show(part, !view.quiet);
    setAttr(root, "aria-label", `${view.mock ? "MOCK " : ""}${view.title}: what runs`);
    error.update(view.error);
    keyed(services, view.services, (service) => service.name, makeService, setService);
    keyed(figures, view.money, (money) => money.label, figure, setFigure);
    burn.update(view.burn);
    for (const [name, { node, why }] of Object.entries(buttons)) {
      setAttr(node, "aria-disabled", view.actions[name].why ? "true" : null);
      setAttr(node, "title", view.actions[name].why || null);
      setText(why, view.actions[name].why);
    }
    question.update(view.question);
    setText(doing, view.activity?.text ?? "");
    show(doing, Boolean(view.activity) && !view.quiet);

    const names = view.services.map((service) => service.name);
    const chosen = names.includes(model.get("service")) ? model.get("service") : "";
    const tab = model.get("tab");
    show(told, view.runs);
    show(empty, !view.runs);
    setText(empty, view.empty);
    show(picker, names.length > 1);
    keyed(picker, [["", "All services"], ...names.map((name) => [name, name])], ([value]) => value, ([value]) => h("option", { value }), (node, [, label]) => setText(node, label));
    picker.value = chosen;
    strip.update(tabs, tab);
    for (const { name, panel } of tabs) {
      const isChosen = name === tab;
      const wasHidden = panel.hidden;
      show(panel, isChosen);
      parts[name].update({ names, chosen, isFollowed: model.get("follow"), key: view.key });
      if (isChosen && wasHidden) parts[name].shown();
    }
    setText(trouble, view.trouble || view.stale);
    setText(note, footNote(view));
  };
  const redraw = () => { if (view) update(view); };
  const take = (message) => {
    if (message.lines) parts[message.lines.kind].take(message.lines);
    if (message.command) parts.shell.take(message.command);
    if (message.commands) parts.shell.all(message.commands);
  };
  model.on("msg:custom", take);
  for (const name of ["tab", "service", "follow"]) model.on(`change:${name}`, redraw);
  send({ resend: true });
  return {
    update,
    dispose: () => {
      model.off("msg:custom", take);
      for (const name of ["tab", "service", "follow"]) model.off(`change:${name}`, redraw);
      for (const part of Object.values(parts)) part.dispose?.();
      live.dispose();
    },
  };
};

export default { render: mount(running) };
