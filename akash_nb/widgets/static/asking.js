// The question before something spends, replaces or ends. `askers` gives the controls that may have asked one of that
// name: the focus comes from them, never from somebody who types elsewhere, goes to the question and not onto Confirm,
// and returns to the first of them.
const questionArea = (send, isWaiting, askers) => {
  let asked = null;
  const answer = (value) => {
    if (isWaiting() || asked === null) return;
    send({ answer: value, to: asked.text }); // a question that came in its place meanwhile is not answered
    askers(asked.name)[0]?.focus();
  };
  const text = h("p");
  const yes = h("button", { type: "button", class: "aknb-primary", onclick: () => answer(true) }, "Confirm");
  const no = h("button", { type: "button", onclick: () => answer(false) }, "Cancel");
  const node = h("div", { class: "aknb-ask", role: "group", "aria-label": "Please confirm", tabindex: "-1", hidden: true,
    onkeydown: (event) => { if (event.key === "Escape") answer(false); } }, text, h("div", { class: "aknb-answers" }, yes, no));
  const update = (question) => {
    const isNew = Boolean(question) && question.text !== asked?.text;
    asked = question ?? null;
    show(node, asked !== null);
    setText(text, asked?.text);
    if (isNew && askers(asked.name).includes(document.activeElement)) node.focus({ preventScroll: true });
  };
  return { node, update };
};
