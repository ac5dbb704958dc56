// Without this the card of a token stands at the foot of the window; with it, beside the token.
(() => {
  const tokens = [...document.querySelectorAll(".t")];
  if (!tokens.length) return;
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  document.body.append(tip);
  document.documentElement.classList.add("scripted");
  const show = (token) => {
    tip.textContent = token.dataset.tip;
    token.setAttribute("aria-description", token.dataset.tip);
    tip.hidden = false;
    const at = token.getClientRects()[0], width = document.documentElement.clientWidth;
    const left = Math.max(8, Math.min(at.left, width - tip.offsetWidth - 8));
    const below = at.bottom + 8 + tip.offsetHeight < window.innerHeight;
    const top = below ? at.bottom + 8 : Math.max(8, at.top - 8 - tip.offsetHeight);
    tip.style.left = `${left + window.scrollX}px`;
    tip.style.top = `${top + window.scrollY}px`;
  };
  const hide = () => { tip.hidden = true; };
  const token = (event) => event.target.closest?.(".t");
  document.addEventListener("mouseover", (event) => token(event) ? show(token(event)) : hide());
  document.addEventListener("focusin", (event) => token(event) ? show(token(event)) : hide());
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => {
    const at = tokens.indexOf(document.activeElement);
    if (at < 0) return;
    const rightToLeft = getComputedStyle(tokens[at].parentElement).direction === "rtl";
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key] * (rightToLeft ? -1 : 1);
    if (event.key === "Escape") document.activeElement.blur();
    if (!step) return;
    event.preventDefault();
    tokens[at + step]?.focus();
  });
})();
