const MARKS = { done: "✓", now: "●", todo: "", skipped: "–" };
const STATES = { done: "done", now: "next", todo: "to come", skipped: "not taken" };

// Buttons by the step that they belong to; `amount`, `time` and `choice` are fields beside them.
const BUTTONS = {
  certificate: [["certificate", "Certificate"]],
  deployment: [["create", "Create deployment", { amount: ["5", "Deposit in US dollars"] }]],
  bids: [["wait", "Wait for bids"], ["explain", "Why no bids?"]],
  lease: [["lease", "Lease", { choice: true }]],
  running: [["refresh", "Refresh"], ["update", "Update"], ["deposit", "Add funds", { amount: ["1", "US dollars to add"] }],
    ["extend", "More time", { time: ["1h", "Time to add, such as 2h or 1 d 12 h"] }]],
  closed: [["close", "Close"]],
};

let serial = 0; // ids are per page, and there may be many panels

// Why no bids came: each cause that was checked, and a button for each change of the SDL that takes one away.
const explanationArea = (id, send, isWaiting) => {
  const title = h("h4", { id });
  const list = h("ol", { class: "aknb-findings" });
  const note = h("p", { class: "aknb-faint" });
  const node = h("section", { class: "aknb-why", "aria-labelledby": id, hidden: true }, title, list, note);
  const apply = (fix, button) => {
    if (isWaiting() || button.getAttribute("aria-disabled") === "true") return;
    button.classList.add("aknb-pending");
    send({ press: "apply", with: { n: fix } });
  };
  const makeFix = ({ change, gain, fix }) => {
    const button = h("button", { type: "button", "data-fix": fix, onclick: () => apply(fix, button) });
    return h("p", { class: "aknb-fix" }, button, h("code", {}, change), h("span", { class: "aknb-faint" }, gain));
  };
  const make = (finding) =>
    h("li", { class: "aknb-finding" }, h("span", { class: "aknb-verdict" }),
      h("div", {}, h("p", {}, h("b", {}, `${finding.cause}: `), finding.text),
        finding.advice ? h("p", { class: "aknb-faint" }, finding.advice) : null,
        finding.fix === null ? null : makeFix(finding)));
  const draw = (item, { mark, verdict, is_applied: isApplied, cause }) => {
    setText(item.firstChild, mark);
    setAttr(item, "data-verdict", verdict);
    const button = item.querySelector("button");
    if (!button) return;
    setText(button, isApplied ? "In the editor" : "Apply");
    setAttr(button, "aria-label", `${isApplied ? "In the editor" : "Apply"}: the fix for ${cause}`);
    setAttr(button, "aria-disabled", isApplied ? "true" : null);
    button.classList.remove("aknb-pending");
  };
  const update = (view) => {
    show(node, Boolean(view));
    setText(title, view?.title);
    setText(note, view?.note);
    keyed(list, view?.findings ?? [], (finding) => JSON.stringify([finding.cause, finding.text, finding.fix]), make, draw);
  };
  return { node, update };
};

const panel = ({ root, send, isWaiting }) => {
  const own = `aknb-${Math.random().toString(36).slice(2)}-${(serial += 1)}`;
  const actions = new Map();
  let touched = false; // the policy was chosen by hand
  let picked = ""; // the bids that are picked in the table
  let view = {};

  const press = (name) => {
    const action = actions.get(name);
    if (action.button.getAttribute("aria-disabled") === "true" || isWaiting()) return;
    action.button.classList.add("aknb-pending");
    const values = {};
    if (action.field) values[action.takes] = action.field.value;
    if (name === "lease") values.policy = policy.value;
    send({ press: name, with: values });
  };
  const policy = h("select", { class: "aknb-field", "aria-label": "How to choose the bids", onchange: () => { touched = true; } });
  const action = (name, label, { amount, time, choice } = {}) => {
    const why = h("span", { id: `${own}-${name}`, class: "aknb-unseen" });
    const button = h("button", { type: "button", "data-action": name, "aria-describedby": why.id, onclick: () => press(name) }, label);
    const entry = { button, why };
    actions.set(name, entry);
    if (choice) return h("div", { class: "aknb-control aknb-stacked" }, policy, button, why);
    if (!(amount || time)) return h("div", { class: "aknb-control" }, button, why);
    const [usual, meaning] = amount ?? time;
    entry.takes = amount ? "usd" : "by";
    entry.field = h("input", {
      class: "aknb-field", type: "text", inputmode: amount ? "decimal" : null, value: usual, "aria-label": meaning,
      oninput: () => { entry.touched = true; },
      onkeydown: (event) => { if (event.key === "Enter" && !event.repeat) press(name); },
    });
    return h("div", { class: "aknb-control" }, h("span", { class: "aknb-dollar" }, amount ? "$" : "+", entry.field), button, why);
  };

  const picker = h("select", {
    class: "aknb-field", "aria-label": "Deployment to show",
    onchange: () => send(picker.value ? { press: "show", with: { dseq: picker.value } } : { press: "new" }),
  });
  const resume = action("resume", "Resume");
  const head = deploymentHead("Deployment", h("span", { class: "aknb-space" }), picker, resume);

  const parts = new Map();
  const steps = h("ol", { class: "aknb-steps" });
  const makeStep = ({ id, label }) => {
    const mark = h("span", { class: "aknb-mark", "aria-hidden": "true" });
    const state = h("span", { class: "aknb-unseen" });
    const detail = h("p", { class: "aknb-detail" });
    const buttons = BUTTONS[id].map((spec) => action(...spec));
    const controls = h("div", { class: "aknb-controls" }, ...buttons);
    parts.set(id, { mark, state, detail, controls });
    return h("li", { class: "aknb-step" }, h("h4", {}, mark, label, state), detail, controls);
  };

  const error = errorArea(send);
  const question = questionArea(send, isWaiting, (name) => [actions.get(name)?.button, actions.get(name)?.field]);

  const doing = h("p");
  const elapsed = h("span", { class: "aknb-elapsed" });
  const bar = h("div", { class: "aknb-bar", role: "progressbar", "aria-label": "Time waited" }, h("i"));
  const busy = h("div", { class: "aknb-busy", hidden: true }, h("span", { class: "aknb-spinner", "aria-hidden": "true" }), doing, bar, elapsed, action("stop", "Stop"));
  const standing = h("p", { class: "aknb-standing" });
  const notice = h("p", { class: "aknb-notice" });
  const status = h("div", { class: "aknb-status" }, standing, question.node, busy, notice); // always there, so that nothing below jumps
  let since = null;
  let name = "";
  const tick = () => {
    if (since === null || root.classList.contains("aknb-dead")) return;
    const seconds = Math.floor((performance.now() - since) / 1000);
    setText(elapsed, [`${seconds} s`, view.activity?.waited].filter(Boolean).join(" · "));
  };
  const timer = setInterval(tick, 500);

  const why = explanationArea(`${own}-why`, send, isWaiting);
  const money = h("dl", { class: "aknb-money" });
  const services = h("ul", { class: "aknb-services" });
  const ports = h("ul", { class: "aknb-ports" });
  const receiptTitle = h("h4");
  const receiptRows = h("dl");
  const receipt = h("div", { class: "aknb-receipt", hidden: true }, receiptTitle, receiptRows);
  const note = h("span", { class: "aknb-faint" });
  const foot = h("footer", { class: "aknb-foot" }, h("span", { class: "aknb-space" }), note);
  const live = announcer();
  root.classList.add("aknb-life");
  root.append(head.node, steps, error.node, why.node, status, money, services, ports, receipt, foot, live.node);

  const setService = (node, service) => {
    setAttr(node, "data-ready", String(service.is_ready));
    setText(node.children[0], service.is_ready ? "✓" : "…");
    setText(node.children[1], service.name);
    setText(node.children[2], service.ready);
    keyed(node.children[3], service.uris, (uri) => uri, (uri) => h("span", {}, link(uri)), () => {});
  };

  // The usual deposit changes with the budget; what was typed stays.
  const setDeposit = (usd) => {
    const entry = actions.get("create");
    if (entry && !entry.touched && entry.field.value !== usd) entry.field.value = usd;
  };

  const update = (next) => {
    view = next;
    head.update(view);
    setAttr(root, "aria-label", `${view.mock ? "MOCK " : ""}${view.title}`);
    show(picker, !view.is_pinned && view.deployments.length > 0);
    show(resume, !view.is_pinned);
    const choices = [{ dseq: "", label: "New deployment" }, ...view.deployments];
    keyed(picker, choices, (d) => d.dseq, (d) => h("option", { value: d.dseq }), (node, d) => setText(node, d.label));
    picker.value = view.deployments.find((d) => d.is_current)?.dseq ?? "";

    keyed(steps, view.steps, (step) => step.id, makeStep, (node, step) => {
      const { mark, state, detail, controls } = parts.get(step.id);
      show(controls, !(view.is_pinned && (step.id === "certificate" || step.id === "deployment"))); // behind it for good
      setAttr(node, "data-state", step.state);
      setAttr(node, "aria-current", step.state === "now" ? "step" : null);
      setText(mark, MARKS[step.state]);
      setText(state, ` (${STATES[step.state]})`);
      setText(detail, step.detail);
      setAttr(detail, "title", step.detail);
    });
    setDeposit(view.deposit);
    for (const [id, { button, why }] of actions) {
      const reason = view.actions[id].why;
      setAttr(button, "aria-disabled", reason ? "true" : null);
      setAttr(button, "title", reason || null);
      setText(why, reason);
      button.classList.remove("aknb-pending");
      button.classList.toggle("aknb-primary", id === view.next && !reason);
      show(button.parentElement, !view.hidden.includes(id));
    }
    for (const [id, label] of Object.entries(view.labels)) setText(actions.get(id).button, label);
    show(actions.get("stop").button, view.activity?.name.startsWith("wait_"));
    keyed(policy, view.policies, (p) => p.id, (p) => h("option", { value: p.id }), (node, p) => {
      setText(node, p.label);
      setAttr(node, "disabled", Boolean(p.why));
      setAttr(node, "title", p.why || null);
    });
    if (view.picked !== picked) touched = touched && !view.picked; // a new pick is what will be leased
    picked = view.picked;
    if (!touched || policy.selectedOptions[0]?.disabled) policy.value = view.policy;

    error.update(view.error);
    question.update(view.question);

    if ((view.activity?.name ?? "") !== name) {
      name = view.activity?.name ?? "";
      since = name ? performance.now() : null;
    }
    show(busy, Boolean(view.activity));
    setText(doing, view.activity?.text);
    const part = view.activity?.part ?? null;
    show(bar, part !== null);
    if (part !== null) {
      setAttr(bar, "aria-valuenow", Math.round(part * 100));
      bar.firstChild.style.width = `${Math.min(100, part * 100)}%`;
    }
    tick();

    why.update(view.explanation);
    keyed(money, view.money, (m) => m.label, figure, setFigure);
    keyed(services, view.services, (s) => s.name, () => h("li", {}, h("span", { class: "aknb-mark" }), h("b"), h("span"), h("span", { class: "aknb-uris" })), setService);
    keyed(ports, view.ports, (p) => p, (p) => h("li", {}, h("code", {}, p)), () => {});
    show(receipt, Boolean(view.receipt));
    setText(receiptTitle, view.receipt?.title);
    keyed(receiptRows, view.receipt?.rows ?? [], (r) => r.label, figure, setFigure);
    setText(standing, view.standing);
    const told = view.stale || view.notice;
    setText(notice, view.trouble || told);
    show(notice, Boolean(view.trouble) || !(view.activity || view.question));
    notice.classList.toggle("aknb-trouble", Boolean(view.trouble || view.stale));
    setText(note, footNote(view));
    live.say(view.activity?.text || told);
  };
  return { update, dispose: () => { clearInterval(timer); live.dispose(); } };
};

export default { render: mount(panel) };
